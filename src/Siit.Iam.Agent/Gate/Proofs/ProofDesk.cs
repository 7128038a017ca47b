using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Notices;
using Siit.Iam.Agent.People;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Gate.Proofs;

/// <summary>
/// Where people prove who they are before a reset. It sends codes and pushes, takes what comes back, and records what a manager or
/// an approver says. Everything that counts is in the audit log before it counts.
/// </summary>
internal sealed class ProofDesk(
    IdpConnections connections, ProofReading reading, IStore store, AuditLog log, ProofCodes codes, ResetMessages messages, INotices notices, KeyedLocks locks,
    GateOptions options, Ids ids, TimeProvider time, IEnumerable<IProofObserver> observers)
{
    private const int LongestRequest = 64;

    /// <summary>For a caller, who may start proofs for what it may call, and for nothing else.</summary>
    /// <param name="connection">Null when the caller may use only one.</param>
    /// <param name="by">Null: the caller itself starts it.</param>
    /// <param name="ways">What to send; null for everything that can be.</param>
    public async Task<ProofAnswer> StartAsync(
        CallerRecord caller, string action, string? connection, string person, string request, string? factor, CancellationToken cancellationToken,
        string? by = null, IReadOnlyList<ProofMethod>? ways = null)
    {
        var allowed = connections.All.Where(one => caller.MayUse(one.Name)).Select(one => one.Name).ToList();
        var named = PersonFinder.ConnectionOf(person, allowed) ?? connection ?? (allowed.Count == 1 ? allowed[0] : null);
        if (named is null || !allowed.Contains(named))
            return new ProofAnswer(null, new Refusal("which_connection", $"Say which connection is meant: {string.Join(", ", allowed)}."));
        if (ActionCatalog.Find(action) is { } wanted && !caller.MayUse(wanted))
            return new ProofAnswer(null, new Refusal("action_not_allowed", $"Caller '{caller.Id}' may not use '{action}'. Its operator ({caller.Operator}) can have that changed."));
        return await StartAsync(new ProofWish(action, named, person, request, factor, caller.Id, by ?? caller.Id, ways ?? []), cancellationToken);
    }

    /// <summary>Starts a proof, or goes on with the one that is open for exactly this, and sends what can be sent.</summary>
    public async Task<ProofAnswer> StartAsync(ProofWish wish, CancellationToken cancellationToken)
    {
        if (Wrong(wish) is { } wrong)
            return new ProofAnswer(null, wrong);
        var connection = connections.Find(wish.Connection)!;
        var found = await PersonFinder.FindAsync(connection, wish.Person, cancellationToken);
        if (found.Account is not { } account)
            return new ProofAnswer(null, new Refusal(found.Code!, found.Message!));

        var look = await reading.LookAsync(connection, account, cancellationToken);
        using var held = await locks.AcquireAsync($"proof:{look.Contacts.Key}", cancellationToken);
        var proof = await OpenAsync(wish, account, look, cancellationToken);
        if (proof is null)
            return new ProofAnswer(null, Meanwhile);
        Refusal? refusal = null;
        foreach (var way in wish.Ways.Count > 0 ? wish.Ways : reading.Sendable(proof, look))
            (proof, refusal) = await SendAsync(proof, way, wish.Factor, look, connection, account, refusal, cancellationToken);
        return new ProofAnswer(await reading.ViewAsync(proof, look, wish.Factor, cancellationToken), wish.Ways.Count > 0 ? refusal : null);
    }

    /// <summary>How it stands; asks the IdP for answers to pushes.</summary>
    public async Task<ProofAnswer> LookAsync(string id, CancellationToken cancellationToken)
    {
        if (await FindAsync(id, cancellationToken) is not { } stored)
            return new ProofAnswer(null, Unknown);
        using var held = await locks.AcquireAsync($"proof:{stored.Person}", cancellationToken);
        var (proof, connection, account) = await FreshAsync(id, cancellationToken);
        var look = await reading.LookAsync(connection, account, cancellationToken);
        foreach (var push in proof.Challenges.Where(challenge => challenge.Push is not null && challenge.IsOpen(time.GetUtcNow())).ToList())
        {
            if (proof.IsOpen)
                proof = await AskedAsync(proof, push, (IPushChallenge)connection, account, cancellationToken);
        }

        return new ProofAnswer(await reading.ViewAsync(proof, look, null, cancellationToken), null);
    }

    /// <summary>Takes a code that the person was sent. Which one it is, it says itself.</summary>
    /// <param name="by">Who typed it, for the audit log.</param>
    public async Task<ProofAnswer> EnterAsync(string id, string code, string by, CancellationToken cancellationToken)
    {
        if (await FindAsync(id, cancellationToken) is not { } stored)
            return new ProofAnswer(null, Unknown);
        using var held = await locks.AcquireAsync($"proof:{stored.Person}", cancellationToken);
        var (proof, connection, account) = await FreshAsync(id, cancellationToken);
        var look = await reading.LookAsync(connection, account, cancellationToken);
        var (next, refusal) = await EnteredAsync(proof, code, by, cancellationToken);
        return new ProofAnswer(await reading.ViewAsync(next, look, null, cancellationToken), refusal);
    }

    /// <summary>The manager, who has just signed in himself, says that it is they.</summary>
    public async Task<ProofAnswer> VouchAsync(string id, string manager, DateTimeOffset signedInAt, CancellationToken cancellationToken)
    {
        if (await FindAsync(id, cancellationToken) is not { } stored)
            return new ProofAnswer(null, Unknown);
        using var held = await locks.AcquireAsync($"proof:{stored.Person}", cancellationToken);
        var (proof, connection, account) = await FreshAsync(id, cancellationToken);
        var look = await reading.LookAsync(connection, account, cancellationToken);
        var why = !proof.IsOpen ? "The proof is closed."
            : signedInAt > time.GetUtcNow() || signedInAt < time.GetUtcNow() - ProofRule.LongestLife ? "Sign in again first: the sign-in is too old."
            : look.Contacts.IsPerson(manager) ? "Nobody vouches for themselves."
            : !string.Equals(look.Contacts.Manager, manager.Trim(), StringComparison.OrdinalIgnoreCase) ? $"The manager of {HiddenText.Shown(proof.Login, 100)} is somebody else, as far as this server knows."
            : look.Contacts.ManagerNotBecause is { } because ? NotTheirWord(because).Message
            : null;
        if (why is not null)
        {
            await RefusedAsync(proof, ProofMethod.Vouch, "may_not_vouch", manager, cancellationToken);
            return new ProofAnswer(null, new Refusal("may_not_vouch", why));
        }

        var (next, refusal) = await ShownAsync(proof, ProofMethod.Vouch, manager, manager, null, cancellationToken);
        return new ProofAnswer(await reading.ViewAsync(next, look, null, cancellationToken), refusal);
    }

    /// <summary>What a manager who has signed in is asked to say; nothing for everybody else.</summary>
    public async Task<(ProofRecord? Proof, Refusal? Refusal)> ToVouchForAsync(string id, string manager, CancellationToken cancellationToken)
    {
        if (await FindAsync(id, cancellationToken) is null)
            return (null, null);
        var (proof, connection, account) = await FreshAsync(id, cancellationToken);
        var look = await reading.LookAsync(connection, account, cancellationToken);
        if (!string.Equals(look.Contacts.Manager, manager.Trim(), StringComparison.OrdinalIgnoreCase))
            return (null, null);
        if (!proof.IsOpen)
            return (null, new Refusal("proof_closed", "Nobody needs to say anything any more: it was used, or it was not the person."));
        return look.Contacts.ManagerNotBecause is { } because ? (null, NotTheirWord(because)) : (proof, null);
    }

    /// <summary>An approver, present with a code, has checked the person's identity anew.</summary>
    /// <param name="how">What was checked and how, for the audit log.</param>
    public async Task<ProofAnswer> RecordProofingAsync(string id, ApproverRecord by, string how, CancellationToken cancellationToken)
    {
        if (await FindAsync(id, cancellationToken) is not { } stored)
            return new ProofAnswer(null, Unknown);
        using var held = await locks.AcquireAsync($"proof:{stored.Person}", cancellationToken);
        var (proof, connection, account) = await FreshAsync(id, cancellationToken);
        var look = await reading.LookAsync(connection, account, cancellationToken);
        var caller = await store.GetAsync<CallerRecord>(proof.Caller, cancellationToken);
        var why = !proof.IsOpen ? "The proof is closed."
            : look.Contacts.Work.Any(by.IsPerson) ? "Nobody checks their own identity."
            : by.IsPerson(caller?.Operator) ? "The person answerable for the caller does not check identities for its calls."
            : null;
        if (why is not null)
        {
            await RefusedAsync(proof, ProofMethod.Proofing, "may_not_check", by.Email, cancellationToken);
            return new ProofAnswer(null, new Refusal("may_not_check", why));
        }

        var (next, refusal) = await ShownAsync(proof, ProofMethod.Proofing, by.Email, by.Email, null, cancellationToken, how);
        return new ProofAnswer(await reading.ViewAsync(next, look, null, cancellationToken), refusal);
    }

    /// <summary>It was not the person who asked: the proof counts for nothing any more.</summary>
    public async Task<Refusal?> VoidAsync(string id, string by, CancellationToken cancellationToken)
    {
        if (await FindAsync(id, cancellationToken) is not { } stored)
            return Unknown;
        using var held = await locks.AcquireAsync($"proof:{stored.Person}", cancellationToken);
        if (await store.GetAsync<ProofRecord>(id, cancellationToken) is not { IsOpen: true } proof)
            return new Refusal("proof_closed", "This proof was used or voided already.");
        return (await VoidedAsync(proof, by, cancellationToken)).IsOpen ? Meanwhile : null;
    }

    public ValueTask<IReadOnlyList<ProofRecord>> OfRequestAsync(string request, CancellationToken cancellationToken) =>
        store.FindAsync<ProofRecord>("request", request, 50, newestFirst: true, cancellationToken: cancellationToken);

    private static Refusal Unknown { get; } = new("unknown_proof", "There is no such proof.");

    private static Refusal NotTheirWord(string because) => new("may_not_vouch", $"The manager's word does not count: {because}.");

    private static Refusal Meanwhile { get; } = new("changed_meanwhile", "It changed meanwhile; look at it again.");

    private Refusal? Wrong(ProofWish wish)
    {
        if (!ProofOptions.IsReset(wish.Action))
            return new Refusal("invalid_input", "'action' must be reset_mfa or reset_password: nothing else needs a proof.");
        if (wish.Request.Trim().Length is 0 or > LongestRequest || HiddenText.First(wish.Request) is not null)
            return new Refusal("invalid_input", $"'request' must be the service request's id, 1 to {LongestRequest} visible characters.");
        return connections.Find(wish.Connection) is null
            ? new Refusal("which_connection", $"Say which connection is meant: {string.Join(", ", connections.All.Select(connection => connection.Name))}.")
            : null;
    }

    private async Task<ProofRecord?> FindAsync(string id, CancellationToken cancellationToken) =>
        id.Length is > 0 and <= 100 ? await store.GetAsync<ProofRecord>(id, cancellationToken) : null;

    private async Task<(ProofRecord Proof, IIdpConnection Connection, Account Account)> FreshAsync(string id, CancellationToken cancellationToken)
    {
        var proof = await store.GetAsync<ProofRecord>(id, cancellationToken) ?? throw new StoreUnavailableException($"The proof {id} has gone from the store.");
        var connection = connections.Find(proof.Connection) ?? throw new StoreUnavailableException($"The connection '{proof.Connection}' is not configured any more.");
        return (proof, connection, (await connection.GetPictureAsync(proof.Account, PictureParts.None, cancellationToken)).Account);
    }

    private async Task<ProofRecord?> OpenAsync(ProofWish wish, Account account, ProofLook look, CancellationToken cancellationToken)
    {
        var subject = ProofRecord.SubjectOf(wish.Request, wish.Connection, account.Id, wish.Action, wish.Caller);
        if (await store.FindAsync<ProofRecord>("subject", subject, 1, newestFirst: true, cancellationToken: cancellationToken) is [{ IsOpen: true } open])
            return open;
        var proof = new ProofRecord
        {
            Id = ids.New("proof"),
            Request = wish.Request,
            Connection = wish.Connection,
            Account = account.Id,
            Login = account.Login,
            Person = look.Contacts.Key,
            Action = wish.Action,
            Caller = wish.Caller,
            StartedBy = wish.By,
            StartedAt = time.GetUtcNow(),
        };
        await log.WriteAsync(Draft(AuditKinds.ProofStarted, proof, new JsonObject { ["by"] = wish.By, ["caller"] = wish.Caller }), cancellationToken);
        return (await store.CommitAsync([Change.Create(proof)], CancellationToken.None)).Done ? proof with { Version = 1 } : null;
    }

    private async Task<(ProofRecord Proof, Refusal? Refusal)> SendAsync(
        ProofRecord proof, ProofMethod way, string? factor, ProofLook look, IIdpConnection connection, Account account, Refusal? before, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (reading.NotPossible(way, proof, look, factor) is { } why)
            return (proof, before ?? new Refusal("not_possible", $"{ProofRule.Told(way)}: {why}."));
        var pace = await store.GetAsync<ProofPace>(proof.Person, cancellationToken) ?? new ProofPace { Id = proof.Person };
        if (pace.MaySend(options.Proof, now) is { } throttled)
            return (proof, before ?? throttled);

        var id = ids.New("ch");
        if (way == ProofMethod.Push)
        {
            // Counted before it is sent: a push that cannot be counted is none.
            if (!(await store.CommitAsync([pace.WithSent(now).Saved()], CancellationToken.None)).Done)
                return (proof, before ?? Meanwhile);
            var push = await ((IPushChallenge)connection).PushAsync(account, look.Push!.Id, cancellationToken);
            return await KeptAsync(proof, new Challenge(id, way, "device", look.Push.Id, null, push, now, now + ProofOptions.TextCodeLifetime), [], before);
        }

        if (way == ProofMethod.Vouch)
        {
            var asked = new Challenge(id, way, look.Contacts.Manager!, look.Contacts.Manager!, null, null, now, now + options.Proof.MailCodeLifetime);
            return await KeptAsync(proof, asked, [pace.WithSent(now).Saved(), notices.Post(messages.Vouch(proof, id, look.Contacts.Manager!))], before);
        }

        var contact = look.Contacts.Best(way == ProofMethod.MailCode ? ContactKind.Mail : ContactKind.Phone)!;
        var code = ProofCodes.New();
        var good = now + (way == ProofMethod.MailCode ? options.Proof.MailCodeLifetime : ProofOptions.TextCodeLifetime);
        var challenge = new Challenge(id, way, contact.Masked, contact.Print, codes.Mac(proof.Id, id, code), null, now, good);
        return await KeptAsync(proof, challenge, [pace.WithSent(now).Saved(), notices.Post(messages.Code(proof, challenge, contact.Value, code))], before);
    }

    private async Task<(ProofRecord, Refusal?)> KeptAsync(ProofRecord proof, Challenge challenge, IReadOnlyList<Change> with, Refusal? before)
    {
        // A new one takes the place of those before it: only the last code that was sent by a way is good.
        var others = proof.Challenges.Select(other => other.Method == challenge.Method && other.ClosedAt is null ? other with { ClosedAt = challenge.SentAt } : other);
        var next = proof with { Challenges = [.. others, challenge] };
        return (await store.CommitAsync([Change.Save(next), .. with], CancellationToken.None)).Done ? (next with { Version = next.Version + 1 }, before) : (proof, before ?? Meanwhile);
    }

    private async Task<(ProofRecord, Refusal?)> EnteredAsync(ProofRecord proof, string code, string by, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (!proof.IsOpen)
            return (proof, new Refusal("proof_closed", "This proof was used or voided; start another one."));
        var pace = await store.GetAsync<ProofPace>(proof.Person, cancellationToken) ?? new ProofPace { Id = proof.Person };
        if (pace.MayTry(options.Proof, now) is { } throttled)
        {
            await RefusedAsync(proof, null, throttled.Code, by, cancellationToken);
            return (proof, throttled);
        }

        if (codes.Answered(proof, code, now) is { } answered)
            return await ShownAsync(proof, answered.Method, "this server", answered.Contact, answered, cancellationToken);
        // Counted before it is answered: a guess that cannot be counted is no guess.
        var counted = await store.CommitAsync([pace.WithWrong(now).Saved()], CancellationToken.None);
        await RefusedAsync(proof, null, "wrong_code", by, cancellationToken);
        return (proof, counted.Done ? new Refusal("wrong_code", "This code is wrong, was used, or is not good any more.") : Meanwhile);
    }

    private async Task<ProofRecord> AskedAsync(ProofRecord proof, Challenge push, IPushChallenge idp, Account account, CancellationToken cancellationToken)
    {
        switch (await AnswerAsync(idp, account, push, cancellationToken))
        {
            case PushAnswer.Accepted:
                return (await ShownAsync(proof, ProofMethod.Push, proof.Connection, push.Contact, push, cancellationToken)).Proof;
            // The person holds the device and says that it is somebody else who asks.
            case PushAnswer.Rejected:
                return await VoidedAsync(proof, "the person, on the device", cancellationToken);
            case PushAnswer.TimedOut:
                return (await KeptAsync(proof with { Challenges = [.. proof.Challenges.Select(other => other.Id == push.Id ? other with { ClosedAt = time.GetUtcNow() } : other)] })).Proof;
            default:
                return proof;
        }
    }

    private static async Task<PushAnswer> AnswerAsync(IPushChallenge idp, Account account, Challenge push, CancellationToken cancellationToken)
    {
        try
        {
            return await idp.ReadPushAsync(account, push.Contact, push.Push!, cancellationToken);
        }
        // An IdP's reads lag behind its writes: what it does not know yet nobody has answered, and codes count meanwhile. Any other trouble hides an answer.
        catch (IdpException trouble) when (trouble.Trouble == IdpTrouble.NotFound)
        {
            return PushAnswer.Waiting;
        }
    }

    private async Task<(ProofRecord Proof, Refusal? Refusal)> ShownAsync(
        ProofRecord proof, ProofMethod method, string verifier, string contact, Challenge? answered, CancellationToken cancellationToken, string? how = null)
    {
        var now = time.GetUtcNow();
        var evidence = new Evidence(method, verifier, contact, now, now + options.Proof.EvidenceLifetime);
        var told = new JsonObject { ["method"] = ProofRule.Word(method), ["verifier"] = verifier, ["until"] = evidence.ExpiresAt.ToUnixTimeSeconds() };
        if (how is not null)
            told["how"] = HiddenText.Shown(how, 300);
        await log.WriteAsync(Draft(AuditKinds.ProofEvidence, proof, told), cancellationToken);
        return await KeptAsync(proof with
        {
            Challenges = [.. proof.Challenges.Select(other => other.Id == answered?.Id || (answered is null && other.Method == method) ? other with { ClosedAt = now } : other)],
            Evidence = [.. proof.Evidence, evidence],
        });
    }

    private async Task<(ProofRecord Proof, Refusal? Refusal)> KeptAsync(ProofRecord next)
    {
        if (!(await store.CommitAsync([Change.Save(next)], CancellationToken.None)).Done)
            return (await store.GetAsync<ProofRecord>(next.Id) ?? next, Meanwhile);
        foreach (var observer in observers)
            await observer.ProofChangedAsync(next);
        return (next with { Version = next.Version + 1 }, null);
    }

    private async Task<ProofRecord> VoidedAsync(ProofRecord proof, string by, CancellationToken cancellationToken)
    {
        await log.WriteAsync(Draft(AuditKinds.ProofVoided, proof, new JsonObject { ["by"] = by }), cancellationToken);
        return (await KeptAsync(proof with { VoidedAt = time.GetUtcNow() })).Proof;
    }

    private async Task RefusedAsync(ProofRecord proof, ProofMethod? method, string code, string by, CancellationToken cancellationToken)
    {
        var told = new JsonObject { ["method"] = method is { } way ? ProofRule.Word(way) : "code", ["code"] = code, ["by"] = by };
        await log.WriteAsync(Draft(AuditKinds.ProofRefused, proof, told), cancellationToken);
    }

    private static AuditDraft Draft(string kind, ProofRecord proof, JsonObject data)
    {
        data["proof"] = proof.Id;
        return new AuditDraft(kind) { Request = proof.Request, Action = proof.Action, Connection = proof.Connection, Target = proof.Account, Data = data };
    }
}
