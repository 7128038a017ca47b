using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.People.Events;
using Siit.Iam.Agent.People.Sync;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Gate;

/// <summary>Tells the copy of the directory what we ourselves change: so that it follows at once, and knows our events from foreign ones.</summary>
internal sealed class OwnEffects(IStore store, Lazy<DirectorySync> sync) : IOwnEffects, ICallObserver
{
    public async Task<IReadOnlyList<OwnEffect>> OnAsync(string connection, IReadOnlyCollection<string> accounts, DateTimeOffset since, CancellationToken cancellationToken)
    {
        var calls = new Dictionary<string, CallRecord>(StringComparer.Ordinal);
        foreach (var key in accounts.Select(account => $"{connection}:{account}"))
        {
            Add(await store.FindAllAsync<CallRecord>("account", key, cancellationToken));
            Add(await store.FindAllAsync<CallRecord>("created", key, cancellationToken));
        }

        // The account that a call creates is seen before the call knows its id.
        foreach (var state in new[] { CallState.Executing, CallState.Unknown, CallState.NeedsPerson })
            Add((await store.FindAllAsync<CallRecord>("state", state.Word(), cancellationToken)).Where(call => call.Connection == connection));

        return [.. calls.Values.Where(call => call.Intent!.At > since).OrderByDescending(call => call.Intent!.At).Select(call => new OwnEffect(
            call.Id, call.Connection!, call.Action, call.Target?.AccountId ?? call.Outcome?.NewId, call.Target?.Email ?? Text(call, "person"),
            ObjectOf(call), call.Intent!.At, call.EndedAt))];

        void Add(IEnumerable<CallRecord> found)
        {
            foreach (var call in found.Where(call => call.Intent is not null))
                calls[call.Id] = call;
        }
    }

    public Task CallEndedAsync(CallRecord call)
    {
        if (call is { State: CallState.Succeeded, Intent: not null, Connection: { } connection } && (call.Target?.AccountId ?? call.Outcome?.NewId) is { } account)
            sync.Value.Touch(connection, [account], [.. TiesOf(call, account)]);
        return Task.CompletedTask;
    }

    private static IEnumerable<TieChange> TiesOf(CallRecord call, string account) => (call.Action, ObjectOf(call)) switch
    {
        ("add_to_group", { } group) => [new TieChange(TieKind.Member, group, account, true)],
        ("remove_from_group", { } group) => [new TieChange(TieKind.Member, group, account, false)],
        ("add_application", { } application) => [new TieChange(TieKind.Assignment, application, account, true)],
        ("remove_application", { } application) => [new TieChange(TieKind.Assignment, application, account, false)],
        _ => [],
    };

    private static string? ObjectOf(CallRecord call) => Text(call, "group") ?? Text(call, "application") ?? Text(call, "factor");

    private static string? Text(CallRecord call, string name) =>
        call.Input[name] is System.Text.Json.Nodes.JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
}
