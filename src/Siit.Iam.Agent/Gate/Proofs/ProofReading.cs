using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Notices;

namespace Siit.Iam.Agent.Gate.Proofs;

/// <summary>A person as a proof looks at them, read fresh.</summary>
/// <param name="Push">The factor that a push can go to; null: none.</param>
/// <param name="PushNotBecause">Why no push is possible; null: it is.</param>
internal sealed record ProofLook(PersonContacts Contacts, IReadOnlyList<Factor> Factors, Factor? Push, string? PushNotBecause, ProofLevel Level);

/// <summary>Which ways of proving there are for somebody, and how far a proof has come.</summary>
internal sealed class ProofReading(ContactBook book, IdentityChecks checks, Resets resets, INotices notices, TimeProvider time)
{
    private static readonly ProofMethod[] Sent = [ProofMethod.MailCode, ProofMethod.TextCode, ProofMethod.Push];

    public async Task<ProofLook> LookAsync(IIdpConnection connection, Account account, CancellationToken cancellationToken)
    {
        var contacts = await book.OfAsync(connection, account, cancellationToken);
        var factors = (await connection.GetPictureAsync(account.Id, PictureParts.Factors, cancellationToken)).Factors ?? [];
        var push = factors.FirstOrDefault(factor => factor.Kind == "push" && checks.IsSettled(factor.EnrolledAt));
        var notBecause = connection is not IPushChallenge ? $"{connection.Idp.Title()} has no push that this server could send"
            : push is not null ? null
            : factors.Any(factor => factor.Kind == "push") ? "the device was enrolled lately, or nobody knows when"
            : "no device is enrolled for it";
        var level = await resets.LevelAsync(contacts.Key, $"{connection.Name}:{account.Id}", cancellationToken);
        return new ProofLook(contacts, factors, push, notBecause, level);
    }

    /// <summary>What is sent when nobody says what; the manager is asked where the person alone cannot show enough.</summary>
    public IReadOnlyList<ProofMethod> Sendable(ProofRecord proof, ProofLook look)
    {
        var possible = Sent.Where(way => NotPossible(way, proof, look, null) is null).ToList();
        var now = time.GetUtcNow();
        if (!ProofRule.IsMet(look.Level, possible) && NotPossible(ProofMethod.Vouch, proof, look, null) is null)
            possible.Add(ProofMethod.Vouch);
        return [.. possible.Where(way => !proof.Challenges.Any(challenge => challenge.Method == way && challenge.IsOpen(now))
            && !proof.Evidence.Any(evidence => evidence.Method == way && ProofRule.Counts(evidence, now)))];
    }

    public string? NotPossible(ProofMethod way, ProofRecord proof, ProofLook look, string? factor) =>
        ResetChannels.Excludes(way, proof.Action, factor, look.Factors) ?? way switch
        {
            ProofMethod.MailCode => !notices.CanReach(NoticeChannel.Mail) ? "this server sends no mail" : NoContact(look, ContactKind.Mail, "no private mail address is known"),
            ProofMethod.TextCode => !notices.CanReach(NoticeChannel.Webhook) ? "this server has no webhook for short messages" : NoContact(look, ContactKind.Phone, "no private phone number is known"),
            ProofMethod.Push => look.PushNotBecause,
            ProofMethod.Vouch => look.Contacts.Manager is null || look.Contacts.ManagerNotBecause is not null ? look.Contacts.ManagerNotBecause
                : !notices.CanReach(NoticeChannel.Mail) ? "this server sends no mail" : null,
            _ => "an approver records it: siit-iam proofs record",
        };

    public async Task<ProofView> ViewAsync(ProofRecord proof, ProofLook look, string? factor, CancellationToken cancellationToken)
    {
        var counting = await checks.CountingAsync(proof, look.Contacts, factor, look.Factors, null, null, cancellationToken);
        var enough = proof.IsOpen ? ProofRule.EnoughUntil(look.Level, counting) : null;
        var state = proof.UsedBy is not null ? "used" : proof.VoidedAt is not null ? "voided" : enough is not null ? "enough" : "open";
        return new ProofView
        {
            Id = proof.Id,
            State = state,
            Message = state switch
            {
                "used" => $"It was used for {proof.UsedBy}; the next reset needs another one.",
                "voided" => "Somebody said that it was not the person who asked. It counts for nothing.",
                "enough" => $"It is proved who asks. The call must have begun by {enough!.Value.Until:HH:mm:ss}Z, approval included.",
                _ => $"Wanted: {ProofRule.Wanted(look.Level)}.",
            },
            Level = look.Level.ToString().ToLowerInvariant(),
            Request = proof.Request,
            Connection = proof.Connection,
            Login = proof.Login,
            Action = proof.Action,
            Caller = proof.Caller,
            Ways = [.. Enum.GetValues<ProofMethod>().Select(way => Way(way, proof, look, factor, counting))],
            EnoughUntil = enough?.Until,
            UsedBy = proof.UsedBy,
        };
    }

    private ProofWay Way(ProofMethod way, ProofRecord proof, ProofLook look, string? factor, IReadOnlyList<Evidence> counting)
    {
        var (name, now) = (ProofRule.Word(way), time.GetUtcNow());
        if (counting.LastOrDefault(evidence => evidence.Method == way) is { } shown)
            return new ProofWay(name, null, "shown", null, shown.ExpiresAt);
        if (proof.Challenges.LastOrDefault(challenge => challenge.Method == way && challenge.IsOpen(now)) is { } sent)
            return new ProofWay(name, sent.To, "sent", null, sent.GoodUntil);
        var why = NotPossible(way, proof, look, factor);
        var to = way switch
        {
            ProofMethod.MailCode => look.Contacts.Best(ContactKind.Mail)?.Masked,
            ProofMethod.TextCode => look.Contacts.Best(ContactKind.Phone)?.Masked,
            ProofMethod.Vouch => look.Contacts.Manager,
            _ => null,
        };
        return new ProofWay(name, to, way == ProofMethod.Proofing || why is null ? "possible" : "not_possible", why, null);
    }

    private static string? NoContact(ProofLook look, ContactKind kind, string none)
    {
        if (look.Contacts.Best(kind) is not null)
            return null;
        var known = look.Contacts.Contacts.Where(contact => contact.Kind == kind).ToList();
        return known.Count == 0 ? none : string.Join("; ", known.Select(contact => $"{contact.Masked}: {contact.NotBecause}"));
    }
}
