using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Gate.StandingApprovals;
using Siit.Iam.Agent.Playbooks.Expressions;
using Siit.Iam.Agent.Playbooks.Format;

namespace Siit.Iam.Agent.Playbooks.Runs;

/// <summary>What a run asks of the gate.</summary>
internal sealed partial class RunWalk
{
    /// <summary>Of one kind on a card.</summary>
    private const int MostTold = 10;

    private Task<StepEnd> ReadAsync(DoStep step, string path, Scope scope) => ReadAsync(
        step, path, step.Action.Title, step.Unsupported == Unsupported.Skip,
        caller => tools.Executor.ExecuteAsync(
            new ActionCall { Action = step.Action.Name, Input = Arguments(step, scope, write: false), Caller = caller, Door = Doors.Playbook, Step = Of(path) }, cancellationToken));

    /// <param name="skips">What the IdP does not have is left out.</param>
    private async Task<StepEnd> ReadAsync(ActingStep step, string path, string title, bool skips, Func<CallerRecord, Task<CallAnswer>> ask)
    {
        var known = journal.Find(path, JournalKind.Done) ?? journal.Find(path, JournalKind.Failed);
        if (known is null)
        {
            if (await CallerAsync() is not { } caller)
                return Orphaned(path);
            var answer = await ask(caller);
            // Stopping the server is no answer of the other one.
            cancellationToken.ThrowIfCancellationRequested();
            if (IsPassing(answer))
                return new LaterEnd(answer.Message);
            known = answer.State.IsSuccess()
                ? await journal.WriteAsync(path, JournalKind.Done, answer.Data, $"{title}: read.")
                : await journal.WriteAsync(path, JournalKind.Failed, null, answer.Message, answer.Code);
        }

        if (known.Kind == JournalKind.Failed)
            return step.OnError == OnError.Continue || (skips && known.Code == "unsupported") ? StepEnd.Done : new FailedEnd(path, known.Code, known.Text, Fatal: true);
        _steps[step.Id] = known.Value?.DeepClone();
        return StepEnd.Done;
    }

    private Task<StepEnd> WriteAsync(DoStep step, string path, Place place) =>
        WriteAsync(step, path, place, step.Unsupported == Unsupported.Skip, () => IntendAsync(step, path, place), intent => Through(step.Action, intent));

    /// <summary>One change: within the limits, intended once, asked for until something came of it.</summary>
    private async Task<StepEnd> WriteAsync(
        ActingStep step, string path, Place place, bool skips, Func<Task<(StepEnd? Behind, JournalEntry? Intent)>> intend, Func<JournalEntry, Func<CallerRecord, RunStep, Task<CallAnswer>>> through)
    {
        var intent = journal.Find(path, JournalKind.Intent);
        if (intent is null)
        {
            if (_writes == 0 && OverLimits(Ahead(place, step, path)) is { } over)
                return over;
            (var behind, intent) = await intend();
            if (intent is null)
                return behind!;
        }

        Count(intent);
        var (end, entry) = await OutcomeAsync(skips, path, intent, through(intent));
        if (entry is null)
            return end!;
        _steps[step.Id] = entry.Value?.DeepClone();
        return entry.Kind == JournalKind.Done || step.OnError == OnError.Continue
            ? StepEnd.Done
            : new FailedEnd(path, entry.Code, entry.Text, Fatal: false);
    }

    /// <summary>What came of a call that is intended: known from before, or asked for now.</summary>
    private async Task<(StepEnd? End, JournalEntry? Entry)> OutcomeAsync(bool skips, string path, JournalEntry intent, Func<CallerRecord, RunStep, Task<CallAnswer>> ask) =>
        (journal.Find(path, JournalKind.Done) ?? journal.Find(path, JournalKind.Failed)) is { } known ? (null, known) : await AskAsync(skips, path, intent, ask);

    private async Task<(StepEnd? Behind, JournalEntry? Intent)> IntendAsync(DoStep step, string path, Place place)
    {
        var input = Arguments(step, place.Scope, write: true);
        var person = input["person"]!.GetValue<string>();
        if (!IsTarget(person, place.Scope))
            return (NotATarget(path, person), null);
        if (OverLimits((List<PlanEntry>)[new PlanEntry(path, step.Action.Name, input)]) is { } more)
            return (more, null);
        if (await tools.Daily.HaltsAsync(playbook, run, person, cancellationToken) is { } halted)
            return (new ParkedEnd(null, $"{path}: {halted}"), null);
        return await IntendAsync(
            path, new JsonObject { ["input"] = input, ["plan"] = _plan, ["undo"] = UndoOf(step, input, place.Scope) }, $"Asks for {step.Action.Name} of {HiddenText.Shown(person, 100)}.");
    }

    /// <summary>Through the gate like everybody. The call's id follows from run and path: asked again, it is the same call.</summary>
    private async Task<(StepEnd?, JournalEntry?)> AskAsync(bool skips, string path, JournalEntry intent, Func<CallerRecord, RunStep, Task<CallAnswer>> ask)
    {
        var plan = intent.Value!["plan"]?.GetValue<string>();
        var of = Of(path) with { Plan = plan };
        var id = Intake.IdOf(of);
        // A call that is known is answered from its record, whoever asks by now.
        var caller = await CallerAsync();
        if (caller is null && await tools.Store.GetAsync<CallRecord>(id, cancellationToken) is null)
            return (Orphaned(path), null);
        var answer = await ask(caller ?? RunCallers.Withdrawing(run), of);
        // Without a record the gate has decided nothing: the log cannot be written, or the pace is too fast.
        if (await tools.Store.GetAsync<CallRecord>(id, cancellationToken) is not { } call)
            return (new LaterEnd(answer.Message), null);
        // A person may still say what happened; until then nothing else is done.
        if (!call.State.IsEnded() || call.State == CallState.NeedsPerson)
            return (new ParkedEnd(call.Id, $"{path}: {call.Message}"), null);

        var skipped = call.Code == "unsupported" && skips;
        var fine = skipped || call.State.IsSuccess();
        var value = new JsonObject { ["state"] = skipped ? "skipped" : call.State.Word(), ["call"] = call.Id, ["message"] = call.Message };
        foreach (var (name, said) in call.Answer ?? [])
            value[name] = said?.DeepClone();
        await TellAsync(path, skipped ? "skipped" : call.State.Word(), call.Code, null, call.Id);
        return (null, await journal.WriteAsync(path, fine ? JournalKind.Done : JournalKind.Failed, value, call.Message, call.Code, call.Id));
    }

    private Func<CallerRecord, RunStep, Task<CallAnswer>> Through(ActionDefinition action, JournalEntry intent) => (caller, of) => tools.Executor.ExecuteAsync(
        new ActionCall { Action = action.Name, Input = intent.Value!["input"]!.DeepClone().AsObject(), Caller = caller, Door = Doors.Playbook, Step = of },
        // Withdrawing it because the server stops would be its end for good.
        CancellationToken.None);

    private async Task<StepEnd> ApproveAsync(ApproveStep step, string path, Place place)
    {
        var done = journal.Find(path, JournalKind.Done);
        if (done is null)
        {
            if (journal.Find(path, JournalKind.Failed) is { } no)
                return NotAgreed(path, no.Code, no.Text);
            var look = journal.Find(path, JournalKind.Decided) is null ? Ahead(place, null, path, toNextApprove: true) : null;
            if (look is not null)
            {
                if (OverLimits(Ahead(place, null, path)) is { } over)
                    return over;
                // Nobody is asked for what would not be done.
                if (look.NotATarget is { } not)
                    return not;
            }

            var proposed = (await journal.DecideAsync(
                path, () => Proposal(step, place, look!), value => $"Asks for approval of {value!["entries"]!.AsArray().Count} effects: {HiddenText.Shown(value["summary"]!.GetValue<string>(), 300)}"))!;
            var (end, call) = await ProposeAsync(step, path, proposed, place.InLoop);
            if (end is not null)
                return end;
            var value = new JsonObject
            {
                ["approvers"] = new JsonArray([.. call!.Approval!.Decisions.Where(decision => decision.Approved).Select(decision => (JsonNode)decision.Email)]),
                ["at"] = (call.Approval.CompleteAt ?? call.EndedAt)!.Value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'"),
            };
            await TellAsync(path, "approved", null, value, call.Id);
            done = await journal.WriteAsync(path, JournalKind.Done, value, $"Approved by {string.Join(", ", call.Approval.Decisions.Select(decision => decision.Email))}.", call: call.Id);
        }

        // Nobody agreed, and that is only this item's end.
        if (done.Code is not null)
            return SkippedEnd.Item;
        _plan = done.Call;
        _steps[step.Id] = done.Value?.DeepClone();
        return StepEnd.Done;
    }

    /// <param name="inLoop">The run may go on although nobody agreed: then that stands in its journal.</param>
    private async Task<(StepEnd?, CallRecord?)> ProposeAsync(ApproveStep step, string path, JsonNode proposed, bool inLoop)
    {
        var id = Intake.IdOf(Of(path));
        var call = await tools.Store.GetAsync<CallRecord>(id, cancellationToken);
        if (call is null)
        {
            if (await CallerAsync() is not { } caller)
                return (Orphaned(path), null);
            var entries = proposed["entries"]!.AsArray()
                .Select(entry => new PlanEntry(entry!["path"]!.GetValue<string>(), entry["action"]!.GetValue<string>(), entry["input"]!.DeepClone().AsObject(), entry["skip"]?.GetValue<bool>() == true, entry["when"]?.GetValue<string>(),
                    entry["may_fail"]?.GetValue<bool>() == true));
            var answer = await tools.Executor.ProposeAsync(
                new PlanProposal(caller, Of(path), run.Request, proposed["summary"]!.GetValue<string>(), [.. entries], step.Approvers, step.Timeout, proposed["headroom"]?.GetValue<string>(), step.Seats), cancellationToken);
            call = await tools.Store.GetAsync<CallRecord>(id, cancellationToken);
            if (call is null)
                return (new LaterEnd(answer.Message), null);
        }

        if (call.State == CallState.Succeeded)
            return (null, call);
        if (!call.State.IsEnded())
            return (new ParkedEnd(call.Id, $"{path}: {call.Message}"), null);
        await TellAsync(path, call.State.Word(), call.Code, null, call.Id);
        var code = call.State == CallState.Refused ? call.Code : call.State.Word();
        if (step.Skips && call.State is (CallState.Denied or CallState.Expired))
        {
            await journal.WriteAsync(path, JournalKind.Done, null, $"{call.Message} This item is skipped.", code, call.Id);
            return (SkippedEnd.Item, null);
        }

        if (inLoop)
            await journal.WriteAsync(path, JournalKind.Failed, null, call.Message, code, call.Id);
        return (NotAgreed(path, code, call.Message), null);
    }

    private static FinishedEnd NotAgreed(string path, string? code, string message) => new(RunState.Refused, code, $"{path}: {message}") { NotAgreedAt = path };

    /// <param name="look">What follows, up to the next approve.</param>
    private JsonObject Proposal(ApproveStep step, Place place, Look look)
    {
        var ahead = look.Entries;
        return new JsonObject
        {
            ["summary"] = step.Summary.Render(place.Scope),
            ["headroom"] = string.Join(" ", look.Models.Distinct().Take(MostTold).Append(Headroom(ahead))),
            ["entries"] = new JsonArray([.. ahead.Select(entry =>
                new JsonObject { ["path"] = entry.Path, ["action"] = entry.Action, ["input"] = entry.Input, ["skip"] = entry.SkipUnsupported, ["when"] = entry.When, ["may_fail"] = entry.MayFail })]),
        };
    }

    /// <summary>With what was done before.</summary>
    private string Headroom(List<PlanEntry> ahead)
    {
        var limits = playbook.Policy.Limits;
        var people = PeopleWith(ahead);
        return $"With this the run will have changed {people} of at most {limits.People} people, in {_writes + ahead.Count} of at most {limits.Writes} changes.";
    }

    /// <summary>The arguments exactly as they are sent; those of the run's own are given by it.</summary>
    private JsonObject Arguments(DoStep step, Scope scope, bool write)
    {
        var input = Given(step, scope);
        if (!write)
            return input;
        if (!input.ContainsKey(RunArguments.Reason))
            input[RunArguments.Reason] = $"Playbook {run.Title}, run {run.Id}.";
        if (run.Request is { } request)
            input["request"] = request;
        return input;
    }

    /// <summary>What the playbook itself gives.</summary>
    private static JsonObject Given(ActingStep step, Scope scope)
    {
        var input = new JsonObject();
        foreach (var (name, value) in step.With)
        {
            if (value.Evaluate(scope) is { } argument)
                input[name] = argument.DeepClone();
        }

        return input;
    }

    private static FailedEnd NotATarget(string path, string person) =>
        new(path, "not_a_target", $"The playbook's own policy does not allow a change of {HiddenText.Shown(person, 100)}.", Fatal: false);

    private bool IsTarget(string person, Scope scope) =>
        playbook.Policy.TargetsPerson is null || playbook.Policy.TargetsPerson.IsTrue(scope.With("person", person));

    private void Count(JournalEntry intent)
    {
        _writes++;
        if (intent.Value!["input"]!["person"]?.GetValue<string>() is { } person)
            _people.Add(person);
    }

    /// <summary>A call of another server's tool is about nobody of its own.</summary>
    private int PeopleWith(List<PlanEntry> ahead) => _people.Union(ahead.Select(entry => entry.Input["person"]?.GetValue<string>()).OfType<string>(), StringComparer.OrdinalIgnoreCase).Count();

    private FinishedEnd? OverLimits(Look ahead) => ahead.TooMany ?? OverLimits(ahead.Entries);

    /// <summary>Over the limit means that nothing of it runs.</summary>
    private FinishedEnd? OverLimits(List<PlanEntry> ahead)
    {
        var limits = playbook.Policy.Limits;
        var people = PeopleWith(ahead);
        if (people > limits.People)
            return new FinishedEnd(RunState.Failed, "over_limit", $"The run would change {people} people; its playbook allows {limits.People} (policy.limits.people). Nothing of this was begun.");
        return _writes + ahead.Count > limits.Writes
            ? new FinishedEnd(RunState.Failed, "over_limit", $"The run would make {_writes + ahead.Count} changes; its playbook allows {limits.Writes} (policy.limits.writes). Nothing of this was begun.")
            : null;
    }

    private RunStep Of(string path) => new(run.Id, path, run.Title, run.Requester, null)
    {
        Trigger = run.StartedBy,
        Authors = run.Authors,
        Standing = run.Published && playbook.Policy.Standing is { } standing ? new StandingClaim(standing, run.Playbook, run.Sha256) : null,
    };

    private async Task<CallerRecord?> CallerAsync() => !await PageStarters.StandsAsync(tools.Store, run.Starter.Caller, cancellationToken) ? null :
        RunCallers.Of(run, playbook.Policy, await tools.Store.GetAsync<CallerRecord>(run.Starter.Caller, cancellationToken));

    /// <summary>For what is refused here and not the run's end.</summary>
    private static Refusal NoCaller { get; } = new("caller_removed", "Whoever started this run is not registered any more.");

    private static FinishedEnd Orphaned(string path) =>
        new(RunState.Failed, "caller_removed", $"{path}: whoever started this run is not registered any more. Nothing more is done.");

    private static bool IsPassing(CallAnswer answer) => answer.Code is "audit_unavailable" or "too_many_calls";
}
