using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using OtpNet;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Gate.Standing;
using Siit.Iam.Agent.People.Copy;
using Siit.Iam.Agent.Secrets;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Gate;

/// <summary>A person to enrol as approver.</summary>
/// <param name="Account">The id at the source of standing; null: the one that has the email there, where it is certain.</param>
internal sealed record NewApprover(string Email, string Name, IReadOnlyList<string> Groups, IReadOnlyList<string> AlsoKnownAs, string? Account = null);

/// <param name="Uri">For the authenticator app, shown once: <c>otpauth://…</c>. Null when nobody was enrolled.</param>
internal sealed record Enrolment(ApproverRecord? Approver, string? Uri, IReadOnlyList<string> Problems);

/// <summary>Lets the first approver be enrolled while there is none; used once.</summary>
[Stored("bootstraps")]
internal sealed record BootstrapRecord : IRecord
{
    public const string TheId = "first-approver";

    public string Id { get; init; } = TheId;

    public long Version { get; init; }

    public required string CodeHash { get; init; }

    [JsonIgnore]
    public IReadOnlyDictionary<string, string> Keys => new Dictionary<string, string>();
}

/// <summary>Who may decide. Enrolling needs the code of somebody already enrolled, the first one the bootstrap code.</summary>
internal sealed class ApproverRegistry(IStore store, AuditLog log, Sealer sealer, GateOptions options, Ids ids, TimeProvider time, StandingBook standing) : ILogLearner
{
    private static readonly TimeSpan Remembered = TimeSpan.FromSeconds(5);
    private volatile KnownApprovers? _known;
    private const string Issuer = "Siit IAM";

    /// <summary>The code to print once, when there was never an approver; null when there is nothing to print.</summary>
    public async Task<string?> MakeBootstrapCodeAsync(CancellationToken cancellationToken)
    {
        var approvers = await ListAsync(cancellationToken);
        var before = await store.GetAsync<BootstrapRecord>(BootstrapRecord.TheId, cancellationToken);
        if (approvers.Any(approver => approver.IsActive) || (!options.DangerouslyForgetLockedApprovers && (approvers.Count > 0 || before is not null)))
            return null;
        var code = Base32Encoding.ToString(RandomNumberGenerator.GetBytes(10)).ToLowerInvariant();
        var made = new BootstrapRecord { Version = before?.Version ?? 0, CodeHash = Hash(code) };
        return (await store.CommitAsync([before is null ? Change.Create(made) : Change.Save(made)], cancellationToken)).Done ? code : null;
    }

    /// <summary>Whether the approvers' codes can be checked at all; before anybody may ask.</summary>
    /// <exception cref="StoreUnavailableException">The key is not the one that sealed them.</exception>
    public async Task CheckSecretsAsync(CancellationToken cancellationToken)
    {
        var locked = (await ListAsync(cancellationToken))
            .Where(approver => approver.IsActive && sealer.Open(PurposeOf(approver.Id), approver.SealedSecret) is null).ToList();
        if (locked.Count > 0 && !options.DangerouslyForgetLockedApprovers)
            throw new StoreUnavailableException(
                $"data.key is missing or not the one that sealed the approvers' secrets ({string.Join(", ", locked.Select(approver => approver.Email))}). Put the right one back; it is part of no backup. "
                + "If it is lost, start once with gate:dangerouslyForgetLockedApprovers, which removes them and prints a code for a new first approver.");
        foreach (var approver in locked)
        {
            var told = new JsonObject { ["id"] = approver.Id, ["email"] = approver.Email, ["by"] = "dangerouslyForgetLockedApprovers" };
            await log.WriteAsync(new AuditDraft(AuditKinds.ApproverRemoved) { Data = told }, cancellationToken);
            await store.CommitAsync([Change.Save(approver with { RemovedAt = time.GetUtcNow() })], CancellationToken.None);
        }
    }

    /// <summary>All, also removed ones.</summary>
    public ValueTask<IReadOnlyList<ApproverRecord>> ListAsync(CancellationToken cancellationToken) =>
        store.ListAsync<ApproverRecord>(1000, cancellationToken: cancellationToken);

    /// <summary>The enrolled approver with this email or this other address; null when there is none.</summary>
    public async Task<ApproverRecord?> FindAsync(string email, CancellationToken cancellationToken) =>
        (await ListAsync(cancellationToken)).FirstOrDefault(approver => approver.IsActive && approver.IsPerson(email));

    /// <summary>
    /// Whether one of these addresses, or the account, is an approver's. From memory: every change is judged by it, also those that need
    /// nobody. Whoever decides is always read anew.
    /// </summary>
    public async ValueTask<bool> IsApproverAsync(PersonIdentity person, CancellationToken cancellationToken)
    {
        var known = _known;
        if (known is null || time.GetElapsedTime(known.ReadAt) > Remembered)
        {
            var active = (await ListAsync(cancellationToken)).Where(approver => approver.IsActive).ToList();
            _known = known = new KnownApprovers(
                [.. active.SelectMany(approver => approver.AlsoKnownAs.Prepend(approver.Email)).Select(AddressKey.Of)], [.. active.Select(approver => approver.Account).OfType<string>()], time.GetTimestamp());
        }

        return known.Addresses.Overlaps(person.Addresses) || known.Accounts.Overlaps(person.Keys);
    }

    /// <summary>Approvers are read anew.</summary>
    public void Forget() => _known = null;

    /// <summary>Says as whom an approver is a manager or owner. Null when done, or why not.</summary>
    /// <param name="account">The id at the source of standing.</param>
    public async Task<Refusal?> LinkAsync(string email, string account, ApproverRecord by, CancellationToken cancellationToken)
    {
        if (await FindAsync(email, cancellationToken) is not { } approver)
            return new Refusal("unknown_approver", $"There is no approver '{email}'. siit-iam approvers list shows them.");
        if (AccountProblem(account, await ListAsync(cancellationToken), approver.Id) is { } problem)
            return new Refusal("invalid_input", problem);
        if (by.Id == approver.Id)
            return new Refusal("is_target", "Nobody says himself as whom he is a manager or owner; another approver does.");
        await log.WriteAsync(
            new AuditDraft(AuditKinds.ApproverLinked) { Data = new JsonObject { ["id"] = approver.Id, ["account"] = account, ["by"] = by.Id } }, cancellationToken);
        var done = (await store.CommitAsync([Change.Save(approver with { Account = account })], CancellationToken.None)).Done;
        Forget();
        return done ? null : new Refusal("changed_meanwhile", "It changed meanwhile; try again.");
    }

    /// <summary>Enrols the first approver with the bootstrap code.</summary>
    public async Task<Enrolment> EnrolFirstAsync(NewApprover wanted, string bootstrapCode, CancellationToken cancellationToken)
    {
        if (await store.GetAsync<BootstrapRecord>(BootstrapRecord.TheId, cancellationToken) is not { } bootstrap
            || !CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(Hash(bootstrapCode.Trim().ToLowerInvariant())), Encoding.ASCII.GetBytes(bootstrap.CodeHash)))
            return new Enrolment(null, null, ["This is not the bootstrap code, or it was used. The first start of 'siit-iam serve' printed it; later approvers are enrolled with the code of one who is."]);
        return await EnrolAsync(wanted, "bootstrap", [Change.Delete<BootstrapRecord>(bootstrap.Id, bootstrap.Version)], cancellationToken);
    }

    /// <param name="by">An approver who has proved presence with a one-time code.</param>
    public Task<Enrolment> EnrolAsync(NewApprover wanted, ApproverRecord by, CancellationToken cancellationToken) => EnrolAsync(wanted, by.Id, [], cancellationToken);

    /// <summary>Null when done, or why not.</summary>
    public async Task<Refusal?> RemoveAsync(string email, ApproverRecord by, CancellationToken cancellationToken)
    {
        if (await FindAsync(email, cancellationToken) is not { } approver)
            return new Refusal("unknown_approver", $"There is no approver '{email}'. siit-iam approvers list shows them.");
        if ((await ListAsync(cancellationToken)).All(other => !other.IsActive || other.Id == approver.Id))
            return new Refusal("last_approver", "This is the last approver; without one nobody could decide, or enrol another. Enrol another one first.");
        await log.WriteAsync(
            new AuditDraft(AuditKinds.ApproverRemoved) { Data = new JsonObject { ["id"] = approver.Id, ["email"] = approver.Email, ["by"] = by.Id } }, cancellationToken);
        var done = (await store.CommitAsync([Change.Save(approver with { RemovedAt = time.GetUtcNow() })], CancellationToken.None)).Done;
        Forget();
        return done
            ? null
            : new Refusal("changed_meanwhile", "It changed meanwhile; try again.");
    }

    /// <summary>An approver whom the log knows as removed stays removed in a store that was restored from before.</summary>
    public async Task LearnAsync(IReadOnlyList<AuditEntry> entries, CancellationToken cancellationToken)
    {
        Forget();
        foreach (var entry in entries.Where(entry => entry.Kind == AuditKinds.ApproverRemoved))
        {
            if (entry.Data?["id"]?.GetValue<string>() is { } id && await store.GetAsync<ApproverRecord>(id, cancellationToken) is { IsActive: true } approver)
                await store.CommitAsync([Change.Save(approver with { RemovedAt = entry.Time })], cancellationToken);
        }

        // Where the log has seen approvers, a bootstrap code opens nothing any more, and a store that forgot them makes no new one.
        if (entries.All(entry => entry.Kind != AuditKinds.ApproverAdded))
            return;
        var bootstrap = await store.GetAsync<BootstrapRecord>(BootstrapRecord.TheId, cancellationToken);
        var used = new BootstrapRecord { Version = bootstrap?.Version ?? 0, CodeHash = "used" };
        await store.CommitAsync([bootstrap is null ? Change.Create(used) : Change.Save(used)], cancellationToken);
    }

    public static string PurposeOf(string approverId) => $"approver:{approverId}";

    private async Task<Enrolment> EnrolAsync(NewApprover wanted, string by, IReadOnlyList<Change> with, CancellationToken cancellationToken)
    {
        List<string> problems = [.. Problems(wanted)];
        foreach (var address in wanted.AlsoKnownAs.Prepend(wanted.Email))
        {
            if (await FindAsync(address, cancellationToken) is { } known)
                problems.Add($"{address} is enrolled already, as {known.Email}. One person is one approver.");
        }

        var account = wanted.Account ?? await standing.KeyOfAsync(wanted.Email, cancellationToken);
        if (account is not null && AccountProblem(account, await ListAsync(cancellationToken), null) is { } problem)
        {
            if (wanted.Account is not null)
                problems.Add(problem);
            account = null;
        }

        if (problems.Count > 0)
            return new Enrolment(null, null, problems);

        var secret = RandomNumberGenerator.GetBytes(20);
        var id = ids.New("ap");
        var approver = new ApproverRecord
        {
            Id = id,
            Email = wanted.Email,
            Name = wanted.Name,
            Groups = wanted.Groups,
            AlsoKnownAs = wanted.AlsoKnownAs,
            Account = account,
            SealedSecret = sealer.Seal(PurposeOf(id), secret),
            EnrolledAt = time.GetUtcNow(),
        };
        await log.WriteAsync(new AuditDraft(AuditKinds.ApproverAdded) { Data = Told(approver, by) }, cancellationToken);
        if (!(await store.CommitAsync([Change.Create(approver), .. with], CancellationToken.None)).Done)
            return new Enrolment(null, null, ["Somebody was enrolled at the same moment; try again."]);
        Forget();
        return new Enrolment(approver with { Version = 1 }, new OtpUri(OtpType.Totp, secret, wanted.Email, Issuer).ToString(), []);
    }

    private string? AccountProblem(string account, IReadOnlyList<ApproverRecord> approvers, string? but) =>
        standing.Rules.Source is not { } source ? "gate:standingSource is not set: nobody is a manager or owner as long as it is not said where that is known."
        : !account.StartsWith(source + ":", StringComparison.Ordinal) || !standing.IsActive(account) ? $"'{Actions.HiddenText.Shown(account, 80)}' is no active account at {source}. Write it as {source}:ID; siit-iam people show EMAIL tells the id."
        : approvers.FirstOrDefault(other => other.IsActive && other.Account == account && other.Id != but) is { } taken ? $"{account} is {taken.Email}'s already. One person is one approver."
        : null;

    private static IEnumerable<string> Problems(NewApprover wanted)
    {
        foreach (var address in wanted.AlsoKnownAs.Prepend(wanted.Email).Where(address => !Addresses.LooksLikeOne(address)))
            yield return $"'{Actions.HiddenText.Shown(address, 60)}' must be a work email.";
        if (wanted.Name.Trim().Length is 0 or > 100 || Actions.HiddenText.First(wanted.Name) is not null)
            yield return "'name' must be how people call the approver, 1 to 100 visible characters.";
        if (wanted.Groups.Count == 0)
            yield return "'groups' is empty: name at least one, such as service-desk. A call that needs two takes them from distinct groups.";
        foreach (var group in wanted.Groups.Where(group => group.Length is 0 or > 60 || !group.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')))
            yield return $"'{Actions.HiddenText.Shown(group, 60)}' cannot be a group: letters, digits, '-' and '_', at most 60.";
    }

    private static JsonObject Told(ApproverRecord approver, string by) => new()
    {
        ["id"] = approver.Id,
        ["email"] = approver.Email,
        ["groups"] = new JsonArray([.. approver.Groups.Select(group => (JsonNode)group)]),
        ["also_known_as"] = new JsonArray([.. approver.AlsoKnownAs.Select(address => (JsonNode)address)]),
        ["account"] = approver.Account,
        ["by"] = by,
    };

    private static string Hash(string code) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(code)));
}

/// <summary>Of the active ones.</summary>
internal sealed record KnownApprovers(HashSet<string> Addresses, HashSet<string> Accounts, long ReadAt);
