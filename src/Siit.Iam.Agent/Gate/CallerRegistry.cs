using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Store;
using Siit.Iam.Agent.ToolServers;

namespace Siit.Iam.Agent.Gate;

/// <summary>A caller to register; see <see cref="CallerRecord"/> for what the lists mean.</summary>
internal sealed record NewCaller(
    string Id, string Operator, string? Person, IReadOnlyList<string> Actions, IReadOnlyList<string> Connections, IReadOnlyList<string> ActsFor);

/// <param name="Token">Shown once; only its hash is kept. Null when it was not added.</param>
/// <param name="Problems">Everything that is wrong, at once; empty when it was added.</param>
internal sealed record AddedCaller(CallerRecord? Caller, string? Token, IReadOnlyList<string> Problems);

/// <summary>Who may call at all.</summary>
internal sealed class CallerRegistry(IStore store, AuditLog log, IdpConnections connections, ToolServerSet tools, TimeProvider time) : ILogLearner
{
    private const string TokenPrefix = "siit_";

    /// <summary>The caller whose token this is; null when there is none or it was removed.</summary>
    public async ValueTask<CallerRecord?> FindByTokenAsync(string token, CancellationToken cancellationToken)
    {
        if (token.Length is 0 or > 200 || !token.StartsWith(TokenPrefix, StringComparison.Ordinal))
            return null;
        // By its hash: what is compared tells nothing about the token, however long the comparison takes.
        var found = await store.FindAsync<CallerRecord>("token", Hash(token), 1, cancellationToken: cancellationToken);
        return found is [{ IsActive: true } caller] ? caller : null;
    }

    /// <summary>All, also removed ones, in the order of their ids.</summary>
    public ValueTask<IReadOnlyList<CallerRecord>> ListAsync(CancellationToken cancellationToken) =>
        store.ListAsync<CallerRecord>(1000, cancellationToken: cancellationToken);

    /// <param name="by">An approver who has proved presence with a one-time code.</param>
    /// <exception cref="AuditUnavailableException">It could not be recorded, so nobody was added.</exception>
    public async Task<AddedCaller> AddAsync(NewCaller wanted, ApproverRecord by, CancellationToken cancellationToken)
    {
        List<string> problems = [.. Problems(wanted)];
        if (await store.GetAsync<CallerRecord>(Clean(wanted.Id), cancellationToken) is not null)
            problems.Add($"A caller '{wanted.Id}' exists or existed. An id is never used again; choose another.");
        if (problems.Count > 0)
            return new AddedCaller(null, null, problems);

        var token = TokenPrefix + Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)).TrimEnd('=').Replace('+', '-').Replace('/', '_');
        var caller = new CallerRecord
        {
            Id = wanted.Id,
            Operator = wanted.Operator,
            Person = wanted.Person,
            Actions = wanted.Actions,
            Connections = wanted.Connections,
            ActsFor = wanted.ActsFor,
            TokenHash = Hash(token),
            AddedAt = time.GetUtcNow(),
        };
        await log.WriteAsync(new AuditDraft(AuditKinds.CallerAdded) { Data = Told(caller, by) }, cancellationToken);
        return (await store.CommitAsync([Change.Create(caller)], CancellationToken.None)).Done
            ? new AddedCaller(caller with { Version = 1 }, token, [])
            : new AddedCaller(null, null, [$"A caller '{wanted.Id}' was added at the same moment."]);
    }

    /// <summary>From now on its token opens nothing. Open to every operator, as stopping is. Null when done, or why not.</summary>
    public async Task<Refusal?> RemoveAsync(string id, string @operator, CancellationToken cancellationToken)
    {
        if (await store.GetAsync<CallerRecord>(Clean(id), cancellationToken) is not { IsActive: true } caller)
            return new Refusal("unknown_caller", $"There is no caller '{id}'. siit-iam callers list shows them.");
        await log.WriteAsync(new AuditDraft(AuditKinds.CallerRemoved) { Data = new JsonObject { ["id"] = id, ["by"] = @operator } }, cancellationToken);
        return (await store.CommitAsync([Change.Save(caller with { RemovedAt = time.GetUtcNow() })], CancellationToken.None)).Done
            ? null
            : new Refusal("changed_meanwhile", "It changed meanwhile; try again.");
    }

    /// <summary>A caller that the log knows as removed stays removed in a store that was restored from before.</summary>
    public async Task LearnAsync(IReadOnlyList<AuditEntry> entries, CancellationToken cancellationToken)
    {
        foreach (var entry in entries.Where(entry => entry.Kind == AuditKinds.CallerRemoved))
        {
            if (entry.Data?["id"]?.GetValue<string>() is { } id && await store.GetAsync<CallerRecord>(id, cancellationToken) is { IsActive: true } caller)
                await store.CommitAsync([Change.Save(caller with { RemovedAt = entry.Time })], cancellationToken);
        }
    }

    public static string Hash(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));

    private IEnumerable<string> Problems(NewCaller wanted)
    {
        if (Clean(wanted.Id) != wanted.Id)
            yield return $"'{HiddenText.Shown(wanted.Id, 60)}' cannot be an id: 1 to 40 lower-case letters, digits and hyphens.";
        if (!Addresses.LooksLikeOne(wanted.Operator))
            yield return "'operator' must be the work email of the person answerable for it.";
        if (wanted.Person is { } person && !Addresses.LooksLikeOne(person))
            yield return "'person' must be the work email of the one person whose tool it is.";
        if (wanted.Actions.Count == 0)
            yield return "'actions' is empty: name actions, or 'read', or '*'.";
        foreach (var action in wanted.Actions.Where(action => action is not ("*" or "read") && ActionCatalog.Find(action) is null && tools.Rule(action) is null))
            yield return $"There is no action '{HiddenText.Shown(action, 60)}'; see siit-iam actions.";
        if (wanted.Connections.Count == 0)
            yield return "'connections' is empty: name connections, or '*'.";
        foreach (var connection in wanted.Connections.Where(connection => connection != "*" && connections.Find(connection) is null))
            yield return $"There is no connection '{HiddenText.Shown(connection, 60)}'; configured: {string.Join(", ", connections.All.Select(known => known.Name))}.";
        foreach (var email in wanted.ActsFor.Where(email => email != "*" && !Addresses.LooksLikeOne(email)))
            yield return $"'{HiddenText.Shown(email, 60)}' in 'acts for' must be a work email, or '*'.";
    }

    private static string Clean(string id) => id.Length is > 0 and <= 40 && id.All(c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '-') ? id : "-";

    private static JsonObject Told(CallerRecord caller, ApproverRecord by) => new()
    {
        ["id"] = caller.Id,
        ["operator"] = caller.Operator,
        ["person"] = caller.Person,
        ["actions"] = List(caller.Actions),
        ["connections"] = List(caller.Connections),
        ["acts_for"] = List(caller.ActsFor),
        ["by"] = by.Id,
    };

    private static JsonArray List(IReadOnlyList<string> texts) => new([.. texts.Select(text => (JsonNode)text)]);
}

/// <summary>Told what the audit log knows since the store was last seen to agree with it: the log wins.</summary>
internal interface ILogLearner
{
    Task LearnAsync(IReadOnlyList<AuditEntry> entries, CancellationToken cancellationToken);
}

internal static class Addresses
{
    /// <summary>Good enough to tell a work email from a name or a slip; whether it exists is for the directory to say.</summary>
    public static bool LooksLikeOne(string text) =>
        text.Length <= 320 && text.Split('@') is [{ Length: > 0 } name, { Length: > 2 } domain]
        && domain.Contains('.', StringComparison.Ordinal) && !(name + domain).Any(c => char.IsWhiteSpace(c) || char.IsControl(c) || c is ',' or ';' or '<' or '>')
        && HiddenText.First(text) is null;
}
