using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Notices;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Gate.Proofs;

/// <summary>
/// Whether it is proved who wishes a reset: asked when the call comes in, and again right before its effect. A proof is found by what
/// the call is about (request, account, action, caller), never by an id that somebody sends. An approval cannot stand for it, nor it
/// for an approval.
/// </summary>
internal sealed class IdentityChecks(IStore store, ContactBook book, Resets resets, ApproverRegistry approvers, INotices notices, ResetMessages messages, GateOptions options, TimeProvider time)
{
    public async Task<IdentityFinding> CheckAsync(IdentityQuestion question, CancellationToken cancellationToken)
    {
        if (question.Action.Write?.HandsOutAWayIn?.Invoke(question.Input) != true)
            return IdentityFinding.None;
        var contacts = await book.OfAsync(question.Connection, question.Situation.Account, cancellationToken);
        var finding = new IdentityFinding { Contacts = contacts };
        if (question.Input.PasswordMode == PasswordMode.Temporary)
            finding = Delivered(finding, contacts);
        return IsDemanded(question, contacts) ? await ProvedAsync(finding, question, contacts, cancellationToken) : finding;
    }

    /// <summary>The evidence of a proof that counts now for a reset: in time, not over what is reset, and nothing about it has changed.</summary>
    public async Task<IReadOnlyList<Evidence>> CountingAsync(
        ProofRecord proof, PersonContacts contacts, string? factor, IReadOnlyList<Factor> factors, string? requester, string? callersOperator, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var counting = new List<Evidence>();
        foreach (var evidence in proof.Evidence.Where(evidence => ProofRule.Counts(evidence, now)))
        {
            var stands = ResetChannels.Excludes(evidence.Method, proof.Action, factor, factors) is null && evidence.Method switch
            {
                ProofMethod.MailCode => contacts.Contacts.Any(contact => contact is { Kind: ContactKind.Mail, Counts: true } && contact.Print == evidence.Contact),
                ProofMethod.TextCode => contacts.Contacts.Any(contact => contact is { Kind: ContactKind.Phone, Counts: true } && contact.Print == evidence.Contact),
                ProofMethod.Push => factors.Any(held => held.Id == evidence.Contact && IsSettled(held.EnrolledAt)),
                ProofMethod.Vouch => contacts.ManagerNotBecause is null && Same(contacts.Manager, evidence.Contact)
                    && IsOutsider(evidence.Contact, contacts, requester, callersOperator),
                _ => await approvers.FindAsync(evidence.Contact, cancellationToken) is { } approver
                    && !approver.IsPerson(requester) && !approver.IsPerson(callersOperator) && !contacts.Work.Any(approver.IsPerson),
            };
            if (stands)
                counting.Add(evidence);
        }

        return counting;
    }

    /// <summary>A factor that was enrolled lately, or nobody knows when, may be somebody else's.</summary>
    public bool IsSettled(DateTimeOffset? since) => since is { } at && at <= time.GetUtcNow() - options.Proof.Settled;

    public static async Task<IReadOnlyList<Factor>> FactorsAsync(IIdpConnection connection, AccountPicture picture, CancellationToken cancellationToken) =>
        picture.Factors ?? (await connection.GetPictureAsync(picture.Account.Id, PictureParts.Factors, cancellationToken)).Factors ?? [];

    private static bool IsOutsider(string email, PersonContacts contacts, string? requester, string? callersOperator) =>
        !contacts.IsPerson(email) && (!Same(email, requester) || contacts.IsPerson(requester)) && !Same(email, callersOperator);

    private static bool Same(string? one, string? other) => string.Equals(one?.Trim(), other?.Trim(), StringComparison.OrdinalIgnoreCase);

    private bool IsDemanded(IdentityQuestion question, PersonContacts contacts)
    {
        var action = question.Action.Name;
        if (options.DangerouslyWithoutProof.Contains(action))
            return false;
        // Whoever is only claimed may be the person, however called.
        return options.Proof.Always.Contains(action) || !question.Requester.Proved || contacts.IsPerson(question.Requester.Email);
    }

    private async Task<IdentityFinding> ProvedAsync(IdentityFinding finding, IdentityQuestion question, PersonContacts contacts, CancellationToken cancellationToken)
    {
        var (connection, account) = (question.Connection, question.Situation.Account);
        var level = await resets.LevelAsync(contacts.Key, $"{connection.Name}:{account.Id}", cancellationToken);
        var demand = $"The person has to prove who they are: {ProofRule.Wanted(level)}.";
        if (question.Input.Request is not { Length: > 0 } request)
            return Refused(finding, "proof_needed", $"{demand} Name the service request ('request') that the proof is for, and start one with start_proof.");
        var caller = question.Caller.Starter ?? question.Caller.Id;
        var subject = ProofRecord.SubjectOf(request, connection.Name, account.Id, question.Action.Name, caller);
        if (await FindAsync(subject, cancellationToken) is not { } proof)
            return Refused(finding, "proof_needed", $"{demand} There is none for this request, account, action and caller: start one with start_proof, or siit-iam proofs start.");

        var factors = await FactorsAsync(connection, question.Situation.Picture!, cancellationToken);
        var evidence = await CountingAsync(proof, contacts, question.Situation.FactorId, factors, question.Requester.Email, question.Caller.Operator, cancellationToken);
        if (ProofRule.EnoughUntil(level, evidence) is not { } enough)
        {
            var shown = evidence.Count == 0 ? "Nothing counts so far" : $"What counts so far: {string.Join(", ", evidence.Select(one => ProofRule.Told(one.Method)))}";
            return Refused(finding, "proof_not_enough", $"{demand} {shown} (proof {proof.Id}; each piece counts for {options.Proof.EvidenceLifetime.TotalMinutes:0.#} minutes).");
        }

        var told = string.Join("; ", enough.Enough.OrderBy(one => one.At).Select(one => $"{ProofRule.Told(one.Method)} at {one.At:HH:mm}Z, verified by {HiddenText.Shown(one.Verifier, 100)}"));
        return finding with
        {
            Proof = proof,
            Until = enough.Until,
            Facts = Facts(proof, level, enough.Enough),
            Sentences = [.. finding.Sentences, $"Who asks was proved for request \"{HiddenText.Shown(request, 64)}\": {told}. Counts until {enough.Until:HH:mm}Z."],
        };
    }

    /// <summary>The newest that nobody used; one that was voided hides those before it.</summary>
    private async Task<ProofRecord?> FindAsync(string subject, CancellationToken cancellationToken) =>
        await store.FindAsync<ProofRecord>("subject", subject, 1, newestFirst: true, cancellationToken: cancellationToken) is [{ IsOpen: true } proof] ? proof : null;

    private IdentityFinding Delivered(IdentityFinding finding, PersonContacts contacts)
    {
        if (!messages.HasPage)
            return Refused(finding, "no_way_to_deliver", "A temporary password is shown on a page, and nobody has told this server where people reach it (notices:page). Or use another mode.");
        var mail = notices.CanReach(NoticeChannel.Mail) ? contacts.Best(ContactKind.Mail) : null;
        if ((mail ?? (notices.CanReach(NoticeChannel.Webhook) ? contacts.Best(ContactKind.Phone) : null)) is { } way)
        {
            var sentence = $"The link to it goes to {way.Masked} ({way.Source}) and shows it once.";
            return finding with { Delivery = way, Sentences = [.. finding.Sentences, sentence] };
        }

        var missing = contacts.Contacts.Count == 0
            ? "no private address or phone number of the person is known (HRIS columns private_email and private_phone, or the account's recovery contacts)"
            : string.Join("; ", contacts.Contacts.Select(contact => $"{contact.Masked}: {contact.NotBecause ?? (contact.Kind == ContactKind.Mail ? "mail is not set up here" : "no webhook is set up here")}"));
        return Refused(finding, "no_way_to_deliver", $"A temporary password needs a way to the person that is not the one being reset: {missing}. Or use another mode.");
    }

    private static IdentityFinding Refused(IdentityFinding finding, string code, string message) =>
        finding with { Refusals = [.. finding.Refusals, new Refusal(code, message)] };

    private static JsonObject Facts(ProofRecord proof, ProofLevel level, IReadOnlyList<Evidence> enough) => new()
    {
        ["level"] = level.ToString().ToLowerInvariant(),
        ["proof"] = proof.Id,
        ["request"] = proof.Request,
        ["evidence"] = new JsonArray([.. enough.OrderBy(one => one.Method).Select(one => (JsonNode)new JsonObject
        {
            ["method"] = ProofRule.Word(one.Method),
            ["verifier"] = HiddenText.Shown(one.Verifier, 100),
            ["at"] = Answers.Time(one.At),
            ["until"] = Answers.Time(one.ExpiresAt),
        })]),
    };
}
