using System.Text.Json.Nodes;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.People.Copy;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.People.Persons;

/// <summary>What people have settled about persons: in the audit log first, then in the store.</summary>
internal sealed class DecisionBook(IStore store, AuditLog log, Ids ids, TimeProvider time)
{
    private volatile Decisions? _inForce;

    public async ValueTask<Decisions> InForceAsync(CancellationToken cancellationToken) =>
        _inForce ??= new Decisions(await ListAsync(cancellationToken));

    /// <summary>All, also those that were taken back, oldest first.</summary>
    public async Task<IReadOnlyList<PersonDecision>> ListAsync(CancellationToken cancellationToken) => await store.ListAllAsync<PersonDecision>(cancellationToken);

    /// <param name="by">Id of an approver who has proved presence.</param>
    /// <exception cref="AuditUnavailableException">It could not be recorded, so nothing is decided.</exception>
    public async Task<PersonDecision> AddAsync(
        DecisionKind kind, IEnumerable<AccountKey> accounts, IEnumerable<AccountKey> from, string? address, string by, CancellationToken cancellationToken)
    {
        var decision = new PersonDecision
        {
            Id = ids.New("decision"),
            Kind = kind,
            Accounts = [.. accounts.Select(key => key.ToString())],
            From = [.. from.Select(key => key.ToString())],
            Address = address,
            By = by,
            At = time.GetUtcNow(),
        };
        await log.WriteAsync(new AuditDraft(AuditKinds.PersonDecided) { Data = Told(decision) }, cancellationToken);
        await store.CommitAsync([Change.Create(decision)], CancellationToken.None);
        _inForce = null;
        return decision;
    }

    /// <summary>False when there is none in force with this id.</summary>
    /// <inheritdoc cref="AddAsync"/>
    public async Task<bool> TakeBackAsync(string id, string by, CancellationToken cancellationToken)
    {
        if (await store.GetAsync<PersonDecision>(id, cancellationToken) is not { IsInForce: true } decision)
            return false;
        await log.WriteAsync(new AuditDraft(AuditKinds.PersonDecisionTakenBack) { Data = new JsonObject { ["id"] = id, ["by"] = by } }, cancellationToken);
        var done = (await store.CommitAsync([Change.Save(decision with { TakenBackBy = by, TakenBackAt = time.GetUtcNow() })], CancellationToken.None)).Done;
        _inForce = null;
        return done;
    }

    /// <summary>What the log knows as decided, or as taken back, is so in a store that was restored from before.</summary>
    public async Task LearnAsync(IEnumerable<AuditEntry> entries, CancellationToken cancellationToken)
    {
        foreach (var entry in entries.Where(entry => entry.Kind is AuditKinds.PersonDecided or AuditKinds.PersonDecisionTakenBack && entry.Data?["id"] is not null))
        {
            var data = entry.Data!;
            var known = await store.GetAsync<PersonDecision>(Text(data, "id")!, cancellationToken);
            if (entry.Kind == AuditKinds.PersonDecided && known is null)
                await store.CommitAsync([Change.Create(Of(data, entry.Time))], cancellationToken);
            else if (entry.Kind == AuditKinds.PersonDecisionTakenBack && known is { IsInForce: true })
                await store.CommitAsync([Change.Save(known with { TakenBackBy = Text(data, "by"), TakenBackAt = entry.Time })], cancellationToken);
        }

        _inForce = null;
    }

    private static JsonObject Told(PersonDecision decision) => new()
    {
        ["id"] = decision.Id,
        ["kind"] = decision.Kind.ToString().ToLowerInvariant(),
        ["accounts"] = List(decision.Accounts),
        ["from"] = List(decision.From),
        ["address"] = decision.Address,
        ["by"] = decision.By,
    };

    private static PersonDecision Of(JsonObject data, DateTimeOffset at) => new()
    {
        Id = Text(data, "id")!,
        Kind = Text(data, "kind") == "join" ? DecisionKind.Join : DecisionKind.Split,
        Accounts = Texts(data, "accounts"),
        From = Texts(data, "from"),
        Address = Text(data, "address"),
        By = Text(data, "by") ?? "",
        At = at,
    };

    private static string? Text(JsonObject data, string name) => data[name]?.GetValue<string>();

    private static List<string> Texts(JsonObject data, string name) => data[name] is JsonArray list ? [.. list.Select(text => text!.GetValue<string>())] : [];

    private static JsonArray List(IReadOnlyList<string> texts) => new([.. texts.Select(text => (JsonNode)text)]);
}
