using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Playbooks.Runs;
using Effect = Siit.Iam.Emulator.Common.Effect;

namespace Siit.Iam.Agent.Tests.Journeys.Kills;

/// <summary>Holds what the IdP saw, what the log says, what the store says and what was acknowledged against each other.</summary>
internal sealed class KillInvariants(
    IReadOnlyList<Effect> effects, IReadOnlyDictionary<string, CallRecord> calls, IReadOnlyDictionary<string, RunRecord> runs, IReadOnlyList<AuditEntry> log, KillTold told)
{
    private static readonly Dictionary<string, string[]> Verbs = new()
    {
        ["add_application"] = ["app.add_user", "app.update_user"],
        ["add_to_group"] = ["group.add_member"],
        ["clear_sessions"] = ["user.clear_sessions"],
        ["remove_application"] = ["app.remove_user"],
        ["remove_from_group"] = ["group.remove_member"],
        ["reset_mfa"] = ["user.reset_factors"],
        ["suspend_user"] = ["user.suspend"],
        ["unsuspend_user"] = ["user.unsuspend"],
    };

    private readonly ILookup<string, AuditEntry> _byCall = log.Where(entry => entry.Call is not null).ToLookup(entry => entry.Call!);
    private readonly ILookup<string, AuditEntry> _intents = log.Where(entry => entry.Kind == AuditKinds.EffectIntent).ToLookup(entry => entry.Target!);

    /// <summary>Calls whose outcome was found out after a kill.</summary>
    public int Interrupted => log.Where(entry => entry.Kind == AuditKinds.CallSettled).DistinctBy(entry => entry.Call).Count();

    /// <summary>Of those, how many only a person could tell.</summary>
    public int NeedPerson => log.Where(entry => entry.Kind == AuditKinds.CallSettled && Text(entry, "state") == CallState.NeedsPerson.Word()).DistinctBy(entry => entry.Call).Count();

    public IEnumerable<string> Violations()
    {
        var owned = effects.Select(effect => (Effect: effect, Intent: IntentOf(effect))).ToList();
        return
        [
            .. owned.Where(one => one.Intent is null).Select(one => $"I4 no durable intent before {Told(one.Effect)}"),
            .. owned.Where(one => one.Intent is { } intent && !IsEffectOf(one.Effect, intent.Action!, Input(intent)))
                .Select(one => $"I4 {Told(one.Effect)} is not what the intent before it says: {one.Intent!.Call} {one.Intent.Action}"),
            .. owned.Where(one => one.Intent is not null).GroupBy(one => one.Intent!.Call!).Where(group => group.Count() > 1)
                .Select(group => $"I2 call {group.Key} acted {group.Count()} times: {string.Join("; ", group.Select(one => Told(one.Effect)))}"),
            .. owned.Where(one => one.Intent is { } intent && calls.GetValueOrDefault(intent.Call!) is { Plan: not null })
                .GroupBy(one => (calls[one.Intent!.Call!].Plan, calls[one.Intent.Call!].StepPath)).Where(group => group.Count() > 1)
                .Select(group => $"I2 entry {group.Key.StepPath} of plan {group.Key.Plan} acted {group.Count()} times"),
            .. owned.Where(one => one.Intent is not null).SelectMany(one => RequestIds(one.Effect, one.Intent!)),
            .. owned.Where(one => one.Intent is { } intent && !calls.ContainsKey(intent.Call!)).Select(one => $"I3 call {one.Intent!.Call} acted ({Told(one.Effect)}) and the store has no such call"),
            .. owned.Where(one => one.Intent is not null).Select(one => Unapproved(one.Intent!) is { } why ? $"I1 {Told(one.Effect)} of call {one.Intent!.Call}: {why}" : null).OfType<string>(),
            .. told.Decisions.Select(Forgotten).OfType<string>(),
            .. told.Answers.Distinct().Select(TakenBack).OfType<string>(),
            .. told.Runs.Keys.Where(run => !runs.ContainsKey(run)).Select(run => $"I3 run {run} was acknowledged and is gone"),
            .. calls.Values.Select(call => Untrue(call, owned.Count(one => one.Intent?.Call == call.Id))).OfType<string>(),
        ];
    }

    public static string AccountOf(Effect effect) => effect.Verb.StartsWith("user.", StringComparison.Ordinal) ? effect.Objects[0] : effect.Objects[1];

    public static bool IsEffectOf(Effect effect, string action, JsonObject input) => Verbs.TryGetValue(action, out var verbs) && verbs.Contains(effect.Verb)
        && (effect.Verb.StartsWith("user.", StringComparison.Ordinal) || effect.Objects[0] == (input["group"] ?? input["application"])?.GetValue<string>());

    /// <summary>One effect at a time per account: the last intent before it is its own.</summary>
    private AuditEntry? IntentOf(Effect effect) => _intents[AccountOf(effect)].LastOrDefault(entry => entry.Time <= effect.At);

    /// <summary>The IdP's own id of the request names the same call, where the outcome was written.</summary>
    private IEnumerable<string> RequestIds(Effect effect, AuditEntry intent) => _byCall[intent.Call!]
        .Where(entry => entry.Kind == AuditKinds.EffectOutcome && Text(entry, "state") == "succeeded" && Text(entry, "idp_request_id") is { } id && id != effect.RequestId)
        .Select(entry => $"I2 call {intent.Call} says that it acted as request {Text(entry, "idp_request_id")}, but {Told(effect)}");

    private string? Unapproved(AuditEntry intent)
    {
        if (!calls.TryGetValue(intent.Call!, out var call))
            return null;
        var needed = ActionCatalog.Find(intent.Action!)!.Approval;
        if (needed == Approvers.None)
            return null;
        if (call.Plan is not { } plan)
            return Undecided(call.Id, intent, intent.Action == "reset_mfa" ? 2 : 1);
        if (!calls.TryGetValue(plan, out var approved) || approved.Run != call.Run || approved.State != CallState.Succeeded)
            return $"its plan {plan} is not approved, or another run's";
        var covered = approved.Input["entries"]!.AsArray().Any(entry => entry!["path"]!.GetValue<string>() == call.StepPath
            && entry["action"]!.GetValue<string>() == call.Action && entry["account"]?.GetValue<string>() == call.Target!.AccountId && JsonNode.DeepEquals(entry["input"], call.Input));
        return covered ? Undecided(plan, intent, intent.Action == "reset_mfa" ? 2 : 1) : $"its plan {plan} has no such entry";
    }

    private string? Undecided(string asked, AuditEntry intent, int needed)
    {
        var last = _byCall[asked].LastOrDefault(entry => entry.Kind == AuditKinds.CallAwaitingApproval && entry.Seq < intent.Seq);
        if (last is null)
            return "nobody was ever asked";
        var digest = Text(last, "digest")!;
        if (asked == intent.Call && Text(intent, "digest") != digest)
            return "its intent names another digest than was asked about";
        var decisions = _byCall[asked].Where(entry => entry.Kind == AuditKinds.ApprovalDecided && entry.Seq > last.Seq && entry.Seq < intent.Seq && Text(entry, "digest") == digest).ToList();
        if (decisions.Any(entry => !Flag(entry, "approved")))
            return "somebody had denied it";
        var people = decisions.Select(entry => Text(entry, "email")!).Distinct().ToList();
        if (people.Count < needed)
            return $"{people.Count} people had approved, {needed} are needed";
        if (people.Any(email => email == intent.Actor!.Operator || email == intent.Actor.Requester))
            return "its operator or requester approved it";
        var expires = DateTimeOffset.FromUnixTimeSeconds(last.Data!["expires"]!.GetValue<long>());
        return decisions.All(entry => entry.Time <= expires.AddSeconds(1)) ? null : "it was approved after it had expired";
    }

    private string? Forgotten(ToldDecision told)
    {
        var logged = _byCall[told.Call].Any(entry => entry.Kind == AuditKinds.ApprovalDecided
            && Text(entry, "email") == told.Email && Flag(entry, "approved") == told.Approved && Text(entry, "digest") == told.Digest);
        if (!logged)
            return $"I3 {told} is not in the log";
        if (!calls.TryGetValue(told.Call, out var call))
            return $"I3 {told}: the store has no such call";
        var askedAnew = _byCall[told.Call].Any(entry => entry.Kind == AuditKinds.CallAwaitingApproval && Text(entry, "digest") != told.Digest);
        var stored = call.Approval?.Decisions.Any(decision => decision.Email == told.Email && decision.Approved == told.Approved && decision.Digest == told.Digest) == true;
        if (!stored && !askedAnew)
            return $"I3 {told} is not in the store: {call.State.Word()} with {call.Approval?.Decisions.Count ?? 0} decisions";
        return !told.Approved && call.State != CallState.Denied ? $"I3 {told}: denied, and is {call.State.Word()} now" : null;
    }

    private string? TakenBack(ToldAnswer told)
    {
        if (!calls.TryGetValue(told.Call, out var call))
            return $"I3 call {told.Call} was answered with {told.State} and is gone";
        var ended = Enum.GetValues<CallState>().Any(state => state.Word() == told.State && state.IsEnded() && state != CallState.NeedsPerson);
        return ended && call.State.Word() != told.State ? $"I3 call {told.Call} was told to be {told.State} and is {call.State.Word()} ({call.Code})" : null;
    }

    /// <summary>What the store says has happened has, and nothing else.</summary>
    private string? Untrue(CallRecord call, int acted)
    {
        var fits = call.State switch
        {
            CallState.Succeeded when call.Action == Plans.ActionName => acted == 0,
            // Clearing the sessions of somebody who has none changes nothing at the IdP.
            CallState.Succeeded => acted == 1 || (acted == 0 && call.Action == "clear_sessions"),
            CallState.NeedsPerson => acted <= 1,
            _ => acted == 0,
        };
        if (!fits)
            return $"I6 call {call.Id} ({call.Action} {call.Target?.Login}) is {call.State.Word()} ({call.Code}, {call.Outcome?.ReadBack}), and acted {acted} times";
        var begun = _byCall[call.Id].Any(entry => entry.Kind == AuditKinds.EffectIntent);
        var told = _byCall[call.Id].Any(entry => entry.Kind is AuditKinds.EffectOutcome or AuditKinds.CallSettled);
        return begun && !told && call.State != CallState.NeedsPerson ? $"I4 call {call.Id} has an intent in the log and no outcome; it is {call.State.Word()}" : null;
    }

    private static JsonObject Input(AuditEntry intent) => intent.Data?["input"]?.AsObject() ?? [];

    private static string? Text(AuditEntry entry, string name) => entry.Data?[name]?.GetValue<string>();

    private static bool Flag(AuditEntry entry, string name) => entry.Data?[name]?.GetValue<bool>() == true;

    private static string Told(Effect effect) => $"{effect.Verb} of {string.Join('/', effect.Objects)} at {effect.At:HH:mm:ss.fff} (request {effect.RequestId})";
}
