using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.People.Events;
using Siit.Iam.Agent.People.Sync;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Gate;

/// <summary>Tells the copy of the directory what we ourselves change: so that it follows at once, and knows our events from foreign ones.</summary>
internal sealed class OwnEffects(IStore store, Lazy<DirectorySync> sync) : IOwnEffects, ICallObserver
{
    /// <summary>A call can wait for days before its effect; its id says when it was received.</summary>
    private const int CallsLookedAt = 1000;

    public async Task<IReadOnlyList<OwnEffect>> SinceAsync(DateTimeOffset time, CancellationToken cancellationToken)
    {
        var calls = await store.ListAsync<CallRecord>(CallsLookedAt, newestFirst: true, cancellationToken: cancellationToken);
        return [.. calls.Where(call => call.Intent is { } intent && intent.At > time && call.Connection is not null).Select(call => new OwnEffect(
            call.Id, call.Connection!, call.Action, call.Target?.AccountId ?? call.Outcome?.NewId, call.Target?.Email ?? Text(call, "person"),
            ObjectOf(call), call.Intent!.At, call.EndedAt))];
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
