using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Gate.Proofs;
using Siit.Iam.Agent.Gate.ToolCalls;
using Siit.Iam.Agent.Notices;
using Siit.Iam.Agent.Playbooks.Agents;
using Siit.Iam.Agent.Playbooks.Expressions;
using Siit.Iam.Agent.Playbooks.Format;
using Siit.Iam.Agent.Requests;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Playbooks.Runs;

/// <summary>What a walk works with.</summary>
internal sealed record RunTools(
    IStore Store, AuditLog Log, ActionExecutor Executor, ModelLoop Model, RequestDesk Requests, RunStarts Starts, DailyPeople Daily, INotices Notices, TimeProvider Time,
    IRunProofs Proofs, PersonLeases Leases, ApproverRegistry Approvers, ToolExecutor Tools);

/// <summary>
/// Walks a playbook from its top. Everything that was decided or done before is read from the journal, by step path; the first
/// thing that is not there is decided now, written, and only then used.
/// </summary>
internal sealed partial class RunWalk(RunRecord run, Playbook playbook, Journal journal, RunTools tools, CancellationToken cancellationToken)
{
    /// <summary>Arguments that say of which object a change would have been.</summary>
    private static readonly IReadOnlyList<string> TellingOf = ["person", "connection", "group", "application"];

    private readonly JsonObject _steps = [];
    private readonly List<FailedEnd> _failures = [];
    private readonly HashSet<string> _people = new(StringComparer.OrdinalIgnoreCase);
    private int _writes;
    private string? _plan;

    /// <summary>As far as it goes now.</summary>
    public async Task<(StepEnd End, JsonObject? Outputs)> RunAsync()
    {
        var scope = Scope.Empty.With("input", run.Inputs.DeepClone()).With("run", Now()).With("steps", _steps);
        try
        {
            var vars = new JsonObject();
            foreach (var (name, value) in playbook.Vars)
                vars[name] = await journal.DecideAsync($"/vars/{name}", () => value.Evaluate(scope.With("vars", vars)), _ => $"'{name}' is computed.");
            scope = scope.With("vars", vars);

            // What is being taken back is not walked into again.
            var end = TakingBack() ?? await ListAsync(new Place(playbook.Steps, "", scope, null, InLoop: false));
            if (await WhyBackAsync(end) is { } why)
                end = await CompensateAsync(why);
            if (end is ParkedEnd or LaterEnd)
                return (end, null);
            var outputs = end is FinishedEnd { State: not RunState.Succeeded } ? null : Outputs(scope);
            return (end switch
            {
                FinishedEnd { State: RunState.Succeeded } when _failures.Count > 0 => Over(),
                FinishedEnd finished => finished,
                FailedEnd failed => new FinishedEnd(RunState.Failed, failed.Code, $"{failed.Path}: {failed.Message}"),
                _ => Over(),
            }, outputs);
        }
        catch (ExpressionException broken)
        {
            return (new FinishedEnd(RunState.Failed, "cannot_compute", broken.Message), null);
        }
        catch (JournalFullException)
        {
            return (new FinishedEnd(RunState.Failed, "journal_full", $"The run has written {Journal.Longest} journal entries and is ended: no checked playbook needs so many."), null);
        }
    }

    private FinishedEnd Over() => _failures.Count == 0
        ? new FinishedEnd(RunState.Succeeded, null, "Every step is done.")
        : new FinishedEnd(RunState.Failed, _failures[0].Code,
            $"Done but for {_failures.Count}, for a person to see to, or to start again when nothing stands in the way: {string.Join(" ", _failures.Select(Told))}");

    /// <summary>A failed step by what it would have changed, which its path alone does not say.</summary>
    private string Told(FailedEnd failed) => journal.Find(failed.Path, JournalKind.Intent)?.Value is not { } intent || intent["input"] is not JsonObject input || input["person"] is null
        ? $"{failed.Path}: {failed.Message}"
        : $"{failed.Path} of {string.Join(", ", TellingOf.Select(name => input[name]).OfType<JsonValue>().Select(value => HiddenText.Shown(value.ToString(), 100)))}: {failed.Message}";

    private async Task<StepEnd> ListAsync(Place place)
    {
        for (var at = 0; at < place.Rest.Count; at++)
        {
            var step = place.Rest[at];
            var here = place with { Rest = [.. place.Rest.Skip(at + 1)] };
            var end = await StepAsync(step, $"{place.Path}/{step.Id}", here);
            if (end is FailedEnd { Fatal: false } failed && GoesOn && !place.InLoop)
                _failures.Add(failed);
            else if (!ReferenceEquals(end, StepEnd.Done))
                return end;
        }

        return StepEnd.Done;
    }

    private async Task<StepEnd> StepAsync(Step step, string path, Place place)
    {
        // Only before something new: what was begun is read to its end first.
        if (journal.Find(path, JournalKind.Done) is null && journal.Find(path, JournalKind.Intent) is null && await CancelledAsync() is { } cancelled)
            return cancelled;
        try
        {
            return step switch
            {
                DoStep { Action.IsRead: true } read => await ReadAsync(read, path, place.Scope),
                DoStep write => await WriteAsync(write, path, place),
                ToolStep tool => await ToolAsync(tool, path, place),
                ApproveStep approve => await ApproveAsync(approve, path, place),
                AskStep ask => await AskPeopleAsync(ask, path, place.Scope),
                CallStep call => await CallAsync(call, path, place.Scope),
                ForeachStep each => await ForeachAsync(each, path, place),
                ParallelStep parallel => await ParallelAsync(parallel, path, place),
                RequestStep request => await RequestAsync(request, path, place.Scope),
                WaitStep wait => await WaitAsync(wait, path, place.Scope),
                ChooseStep choose => await ChooseAsync(choose, path, place),
                AgentStep agent => await AgentAsync(agent, path, place.Scope),
                RequireStep require => await RequireAsync(require, path, place.Scope),
                VerifyStep verify => await VerifyAsync(verify, path, place.Scope),
                LetStep let => await LetAsync(let, path, place.Scope),
                NotifyStep notify => await NotifyAsync(notify, path, place.Scope),
                FinishStep finish => new FinishedEnd(
                    finish.Status == FinishStatus.Done ? RunState.Succeeded : RunState.Refused, finish.Status == FinishStatus.Done ? null : "finished_refused",
                    await TextAsync(path, finish.Message, place.Scope) ?? "The playbook ends here."),
                _ => throw new InvalidOperationException($"The runner does not know {step.GetType().Name}."),
            };
        }
        catch (ExpressionException wrong)
        {
            return new FailedEnd(path, "cannot_compute", wrong.Message, Fatal: true);
        }
    }

    private async Task<StepEnd> AgentAsync(AgentStep step, string path, Scope scope)
    {
        if (journal.Find(path, JournalKind.Failed) is { } known)
            return new FailedEnd(path, known.Code, known.Text, Fatal: true);
        var done = journal.Find(path, JournalKind.Done);
        foreach (var intent in journal.Entries.Where(entry => entry.Kind == JournalKind.Intent && entry.Path.StartsWith($"{path}/call[", StringComparison.Ordinal)))
            Count(intent);
        if (done is null)
        {
            AgentEnd end;
            try
            {
                end = await tools.Model.RunAsync(new AgentTask(run.Id, path, step, scope, Actor(), run.Request), CallsOf(path, scope), cancellationToken);
            }
            catch (AgentWaitsException waits)
            {
                return waits.End;
            }

            await TellAsync(path, end.Value is null ? "failed" : end.Substituted ? "substituted" : "done", end.Code, end.Value);
            done = await journal.WriteAsync(path, end.Value is null ? JournalKind.Failed : JournalKind.Done, end.Value, end.Message, end.Code);
            if (end.Value is null)
                return new FailedEnd(path, end.Code, end.Message, Fatal: true);
        }

        _steps[step.Id] = done.Value?.DeepClone();
        return StepEnd.Done;
    }

    private AgentCalls CallsOf(string path, Scope scope) => new(
        (action, input, number, stop) => AgentReadAsync(action, input, $"{path}/call[{number}]", scope, stop),
        (tool, input, number, stop) => AgentToolAsync(tool, input, $"{path}/call[{number}]", stop),
        (tool, input, number, _) => AgentWriteAsync(tool, input, $"{path}/call[{number}]"));

    private async Task<CallAnswer> AgentReadAsync(ActionDefinition action, JsonObject input, string path, Scope scope, CancellationToken stop)
    {
        if (input["person"] is JsonValue person && person.TryGetValue<string>(out var who) && !IsTarget(who, scope))
            return CallAnswers.Refused(new Refusal("not_a_target", "This playbook is not about that person."));
        return await CallerAsync() is { } caller
            ? await tools.Executor.ExecuteAsync(new ActionCall { Action = action.Name, Input = input, Caller = caller, Door = Doors.Playbook, Step = Of(path) }, stop)
            : CallAnswers.Refused(NoCaller);
    }

    private async Task<StepEnd> NotifyAsync(NotifyStep step, string path, Scope scope)
    {
        if (journal.Find(path, JournalKind.Done) is not null)
            return StepEnd.Done;
        var text = (await TextAsync(path, step.Template, scope))!;
        if (run.Request is { } request)
            await tools.Requests.NoteAsync(run.Id + path, request, text, run.Id, cancellationToken);
        var people = step.To is null ? [] : await PeopleAsync(path, step.To, scope);
        var mails = Mails(people, path, "playbook_message", text);
        var told = run.Request is null && people.Count == 0 ? $"Would tell the request, but there is none: {text}"
            : people.Count == 0 ? $"Told: {text}"
            : mails.Count == 0 ? $"Nobody could be written to, because no mail is configured ({string.Join(", ", people)}): {text}"
            : $"Told {string.Join(", ", people)}: {text}";
        await journal.WriteAsync(path, JournalKind.Done, null, told, with: mails);
        return StepEnd.Done;
    }

    /// <summary>Whom an expression names, decided once.</summary>
    private async Task<IReadOnlyList<string>> PeopleAsync(string path, Expression of, Scope scope)
    {
        // No id of a step holds a dot.
        var people = (await journal.DecideAsync($"{path}.to", () => new JsonArray([.. Named(of.Evaluate(scope)!).Select(who => (JsonNode)who)]), _ => "Whom to tell is computed."))!;
        return [.. people.AsArray().Select(who => who!.GetValue<string>())];
    }

    private static IEnumerable<string> Named(JsonNode of) =>
        (of is JsonArray several ? several.Select(who => who!.GetValue<string>()) : [of.GetValue<string>()]).Select(who => who.ToLowerInvariant()).Distinct();

    /// <summary>To be stored with what they tell of; none when no mail is configured.</summary>
    private List<Change> Mails(IReadOnlyList<string> people, string path, string kind, string text, DateTimeOffset? until = null) => !tools.Notices.Wants(kind, NoticeChannel.Mail) ? [] :
    [
        .. people.Select(person => tools.Notices.Post(new Notice
        {
            Key = $"{run.Id}{path}/{person}",
            Kind = kind,
            Channel = NoticeChannel.Mail,
            To = person,
            Subject = playbook.Title,
            Text = $"{text}\n\nPlaybook {run.Title}, run {run.Id}.",
            Run = run.Id,
            Request = run.Request,
            ExpiresAt = until,
        })),
    ];

    private async Task<string?> TextAsync(string path, Template? template, Scope scope) => template is null
        ? null
        : HiddenText.Shown((await journal.DecideAsync(path, () => template.Render(scope), text => HiddenText.Shown(text!.GetValue<string>(), 500)))!.GetValue<string>(), 1_000);

    private JsonObject? Outputs(Scope scope)
    {
        var outputs = new JsonObject();
        foreach (var (name, value) in playbook.Outputs)
        {
            try
            {
                outputs[name] = value.Evaluate(scope);
            }
            catch (ExpressionException)
            {
                // Of a step that failed or was not reached: left out, the message says which.
            }
        }

        return outputs.Count > 0 ? outputs : null;
    }

    private async Task<FinishedEnd?> CancelledAsync() =>
        await tools.Store.GetAsync<RunRecord>(run.Id, cancellationToken) is { CancelledBy: { } by }
            ? new FinishedEnd(RunState.Cancelled, "cancelled", $"Cancelled by {by}; what was done before stays done.")
            : null;

    private void Forget(IReadOnlyList<Step> steps)
    {
        foreach (var step in steps.SelectMany(step => step.All))
            _steps.Remove(step.Id);
    }

    private JsonObject Now()
    {
        var now = new JsonObject { ["id"] = run.Id, ["now"] = run.StartedAt.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'") };
        if (run.Requester.Email is { } requester)
            now["requester"] = requester;
        return now;
    }

    private AuditActor Actor() => new()
    {
        Requester = run.Requester.Email,
        RequesterProved = run.Requester.Proved,
        Caller = run.Starter.Caller,
        Operator = run.Starter.Operator,
        Door = Doors.Playbook,
    };

    private async Task TellAsync(string path, string state, string? code, JsonNode? value, string? call = null) => await tools.Log.WriteAsync(
        new AuditDraft(AuditKinds.RunStep)
        {
            Run = run.Id,
            Request = run.Request,
            Call = call,
            Actor = Actor(),
            Data = new JsonObject { ["step"] = path, ["state"] = state, ["code"] = code, ["value"] = value is null ? null : CanonicalJson.Digest(value) },
        },
        cancellationToken);
}
