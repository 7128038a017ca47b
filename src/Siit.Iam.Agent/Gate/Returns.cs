using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.People.Copy;
using Siit.Iam.Agent.People.Events;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Gate;

/// <summary>
/// Taking away at the end of a term what the same run gave. Whoever agreed to the one saw the other beside it, and it only shrinks
/// what the run itself has added: nobody is asked a second time.
/// </summary>
internal sealed class Returns(IStore store, DirectoryCopy copy, EventBook events)
{
    /// <summary>More calls on one account within a term say nothing new: then people are asked.</summary>
    private const int MostCalls = 500;

    /// <summary>Whether the second call takes away exactly what the first gives.</summary>
    public static bool TakesBack(ActionDefinition giving, TargetsPerson given, ActionDefinition taking, TargetsPerson taken) =>
        (giving == AddToGroup.Definition || giving == AddApplication.Definition) && giving.Inverse == taking.Name
        && given.GroupId == taken.GroupId && given.ApplicationId == taken.ApplicationId;

    /// <summary>The situation as it is when the giving call is done.</summary>
    public static Situation After(ActionDefinition giving, TargetsPerson given, Situation situation) => giving.Write!.Apply(situation, given);

    /// <summary>Why what is to be taken away is not what the run gave, as sentences; empty when it is.</summary>
    /// <param name="call">The one that takes away.</param>
    /// <param name="path">Of the step that gave it.</param>
    public async Task<IReadOnlyList<string>> WhyNotAsync(CallRecord call, string path, CancellationToken cancellationToken)
    {
        var given = await store.GetAsync<CallRecord>(Intake.IdOf(call.Run!, path), cancellationToken);
        if (given is not { State: CallState.Succeeded, Intent: { } intent } || given.Connection != call.Connection || given.Target?.AccountId != call.Target?.AccountId || ObjectOf(given) != ObjectOf(call))
            return [$"{path} of this run has not given it: it was there before, or nobody knows."];
        var account = new AccountKey(call.Connection!, call.Target!.AccountId);
        var later = await store.FindAsync<CallRecord>("account", account.ToString(), MostCalls, newestFirst: true, cancellationToken: cancellationToken);
        if (later.FirstOrDefault(other => other.Id != given.Id && other.Action == given.Action && other.State == CallState.Succeeded && other.Intent?.At >= intent.At && ObjectOf(other) == ObjectOf(given)) is { } again)
            return [$"Call {again.Id} has given it again since."];
        if (later.Count == MostCalls)
            return ["So much was done on this account since that it is not certain who gave it."];
        return copy.IsLoaded && events.Of(account, MostCalls).Any(happened => happened.Kind is LifecycleKind.MembershipRemoved or LifecycleKind.AssignmentRemoved && happened.Object == ObjectOf(given) && happened.Time > intent.At)
            ? ["It was taken away and given again at the IdP since."]
            : [];
    }

    private static string? ObjectOf(CallRecord call) => (call.Input["group"] ?? call.Input["application"]) is JsonValue value && value.TryGetValue<string>(out var id) ? id : null;
}
