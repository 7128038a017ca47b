using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Gate.ToolCalls;
using Siit.Iam.Agent.People;
using Siit.Iam.Agent.Playbooks.Agents;
using Siit.Iam.Agent.Playbooks.Format;
using Siit.Iam.Agent.Playbooks.Publishing;
using Siit.Iam.Agent.Playbooks.Triggers;
using Siit.Iam.Agent.Requests;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Playbooks.Runs;

/// <summary>What somebody, or something, wants to be started.</summary>
/// <param name="Inputs">As given, unchecked.</param>
/// <param name="Door">Where it came in: one of <see cref="Doors"/>.</param>
internal sealed record RunWish(Playbook Playbook, JsonObject Inputs, CallerRecord Caller, string Door)
{
    /// <summary>Claimed by the caller; ignored when its credential proves one.</summary>
    public string? Requester { get; init; }

    /// <summary>The service request it is for; that of the inputs when left out.</summary>
    public string? Request { get; init; }

    /// <summary>Set when a trigger starts it: once.</summary>
    public TriggerKey? Key { get; init; }

    /// <inheritdoc cref="RunRecord.Chain"/>
    public IReadOnlyList<string> Chain { get; init; } = [];

    /// <summary>The run that calls it.</summary>
    public RunRecord? Parent { get; init; }
}

/// <summary>Starts runs: everything that can be told beforehand is told now, all at once, and nothing is begun.</summary>
internal sealed class RunStarts(
    IStore store, AuditLog log, RequestDesk requests, EmployeeBook employees, PlaybooksInForce playbooks, StopSwitches stops, ConnectionDesk connections, RunEndings endings,
    RunDispatcher dispatcher, ToolGuard guard, ModelInUse model, KeyedLocks locks, Ids ids, TimeProvider time)
{
    /// <returns>The run, stored and woken; or the refusal. Neither when its trigger has started one before.</returns>
    public async Task<(RunRecord? Run, Refusal? Refusal)> StartAsync(RunWish wish, CancellationToken cancellationToken)
    {
        var (playbook, caller, request) = (wish.Playbook, wish.Caller, wish.Request);
        var (whole, problem) = await WholeAsync(wish, cancellationToken);
        var isRequest = request is null || (request.Length is > 0 and <= 64 && HiddenText.First(request) is null);
        var (given, ofRequest, problems) = await InputsAsync(playbook, wish.Inputs, cancellationToken);
        var known = request is null || !isRequest ? ofRequest : await requests.GetAsync(request, cancellationToken);
        var by = RequesterOf(caller, wish.Requester, known);
        List<Refusal?> refusals =
        [
            problem,
            model.Model is null && whole.Any(each => HasAgent(each.Steps)) ? new Refusal("no_model", ModelOptions.Missing) : null,
            isRequest ? null : new Refusal("invalid_input", "'request' must be the id of a service request: 1 to 64 visible characters."),
            problems.Count > 0 ? new Refusal("invalid_input", string.Join(" ", problems)) : null,
            .. Refused(playbook, caller, by),
            .. await ToolsAsync(whole, cancellationToken),
            // What starts by itself is not tried again: it starts, and the gate says no where it is stopped by then.
            .. wish.Key is null ? whole.SelectMany(Stopped) : [],
        ];
        if (Together([.. refusals.OfType<Refusal>()]) is { } refused)
            return (null, refused);
        var callees = wish.Parent is { } parent ? parent.Callees : whole.Skip(1).ToDictionary(callee => callee.Id, callee => callee.File.Sha256);
        var concurrency = ConcurrencyOf(playbook, given);
        using var turn = concurrency is null ? null : await locks.AcquireAsync($"concurrency:{concurrency}", cancellationToken);
        if (concurrency is not null && await MakeRoomAsync(playbook, concurrency, cancellationToken) is { } taken)
            return (null, taken);
        var run = new RunRecord
        {
            Id = ids.New("run"),
            State = RunState.Running,
            Message = "Started.",
            Playbook = playbook.Id,
            PlaybookVersion = playbook.Version,
            Sha256 = playbook.File.Sha256,
            Inputs = given,
            Starter = new RunStarter(caller.Id, caller.Operator, wish.Door, caller.Actions, caller.Connections, caller.ActsFor),
            Requester = by,
            Request = request ?? ofRequest?.Id,
            Subject = SubjectOf(playbook, given),
            Trigger = wish.Key?.Id,
            Chain = wish.Chain,
            Concurrency = concurrency,
            Preempts = playbook.Policy.Preempts,
            Parent = wish.Parent?.Id,
            Root = wish.Parent?.Root ?? wish.Parent?.Id,
            Callees = callees,
            Tools = [.. whole.SelectMany(each => each.Policy.OtherTools).DistinctBy(tool => tool.Name)],
            Published = playbooks.IsPublished(playbook),
            Authors = [.. playbooks.AuthorsOf(whole).Concat(wish.Parent?.Authors ?? []).Distinct(StringComparer.OrdinalIgnoreCase)],
            StartedAt = time.GetUtcNow(),
        };
        await log.WriteAsync(new AuditDraft(AuditKinds.RunStarted) { Run = run.Id, Request = run.Request, Actor = Actor(run), Data = Told(run, wish) }, cancellationToken);
        foreach (var each in whole)
            await PinAsync(each.File);
        List<Change> changes = [Change.Create(run)];
        if (wish.Key is { } key)
            changes.Add(Change.Create(key with { Run = run.Id }));
        var stored = await store.CommitAsync(changes, CancellationToken.None);
        if (!stored.Done)
            return wish.Key is not null ? (null, null) : throw new InvalidOperationException("An id of a run came twice.");
        dispatcher.Wake(run.Id);
        return (run with { Version = 1 }, null);
    }

    public static AuditActor Actor(RunRecord run) => new()
    {
        Requester = run.Requester.Email,
        RequesterProved = run.Requester.Proved,
        Caller = run.Starter.Caller,
        Operator = run.Starter.Operator,
        Door = run.Starter.Door,
    };

    /// <summary>The playbook with everything that it may call, and why that may not run. What a called one calls was found with its caller.</summary>
    private async Task<(IReadOnlyList<Playbook> Whole, Refusal? Problem)> WholeAsync(RunWish wish, CancellationToken cancellationToken)
    {
        if (playbooks.Problem(wish.Playbook) is { } problem)
            return ([wish.Playbook], problem);
        if (wish.Parent is not null)
            return ([wish.Playbook], null);
        var (callees, unknown) = await playbooks.CalleesAsync(wish.Playbook, cancellationToken);
        return ([wish.Playbook, .. callees], unknown);
    }

    private static string? ConcurrencyOf(Playbook playbook, JsonObject given)
    {
        if (playbook.Policy.Concurrency is not { } concurrency)
            return null;
        try
        {
            var key = concurrency.Key.Evaluate(Expressions.Scope.Empty.With("input", given.DeepClone()))?.GetValue<string>();
            return TriggerKey.SeriesOf(playbook.Id, "concurrency", key ?? "");
        }
        catch (Expressions.ExpressionException)
        {
            // What it is made of is not there: all such runs stand in one line.
            return TriggerKey.SeriesOf(playbook.Id, "concurrency", "");
        }
    }

    /// <summary>Why it is not started; null when it may be. A later run waits for its turn where it is walked.</summary>
    private async Task<Refusal?> MakeRoomAsync(Playbook playbook, string concurrency, CancellationToken cancellationToken)
    {
        if (playbook.Policy.Concurrency!.Mode == ConcurrencyMode.Queue)
            return null;
        foreach (var other in await store.FindAsync<RunRecord>("concurrency", concurrency, 100, cancellationToken: cancellationToken))
        {
            if (playbook.Policy.Concurrency.Mode == ConcurrencyMode.Reject)
                return new Refusal("already_running", $"Run {other.Id} of this playbook is not over, and it allows one at a time for the same. State: {other.State.Word()}. {other.Message}");
            await endings.CancelAsync(other, "a later run of the same playbook", cancellationToken);
        }

        return null;
    }

    /// <summary>Who wrote the request is its requester as far as anybody says otherwise: excluded from deciding, like one who is named.</summary>
    private static Requester RequesterOf(CallerRecord caller, string? claimed, RequestRecord? request)
    {
        if (caller.Person is { } person)
            return new Requester(person, Proved: true);
        return (claimed ?? request?.Requester) is { } email ? new Requester(email, Proved: false) : Requester.Unnamed;
    }

    private static IEnumerable<Refusal> Refused(Playbook playbook, CallerRecord caller, Requester requester)
    {
        if (!caller.IsActive)
        {
            yield return new Refusal("caller_removed", $"Caller '{caller.Id}' was removed. An operator can register a new one: siit-iam callers add.");
            yield break;
        }

        if (!requester.Proved && requester.Email is { } email && (!email.Contains('@', StringComparison.Ordinal) || email.Length > 320 || HiddenText.First(email) is not null))
            yield return new Refusal("invalid_input", "'requester' must be a work email.");
        else if (!requester.Proved && requester.Email is { } claimed && !caller.MayActFor(claimed))
            yield return new Refusal("requester_not_allowed", $"Caller '{caller.Id}' may not act for {claimed}. Its operator ({caller.Operator}) can have that changed.");
        var missing = playbook.Policy.Tools.Where(action => !caller.MayUse(action)).Select(action => action.Name)
            .Concat(playbook.Policy.OtherTools.Select(tool => tool.Name).Where(tool => !caller.MayUseTool(tool))).ToList();
        if (missing.Count > 0)
            yield return new Refusal("action_not_allowed", $"Caller '{caller.Id}' may not use {string.Join(", ", missing)}, which this playbook needs. Its operator ({caller.Operator}) can have that changed.");
    }

    /// <summary>Tools of other servers that are not what they were when they were locked.</summary>
    private async Task<IReadOnlyList<Refusal>> ToolsAsync(IReadOnlyList<Playbook> whole, CancellationToken cancellationToken)
    {
        var refusals = new List<Refusal>();
        foreach (var tool in whole.SelectMany(each => each.Policy.OtherTools).DistinctBy(tool => tool.Name))
        {
            if (await guard.AtStartAsync(tool, cancellationToken) is { } refusal)
                refusals.Add(refusal);
        }

        return refusals;
    }

    /// <summary>The changes that are stopped wherever the playbook could make them: it would end half-way.</summary>
    private IEnumerable<Refusal> Stopped(Playbook playbook)
    {
        foreach (var stop in playbook.Policy.OtherTools.Where(tool => !tool.IsRead).Select(tool => stops.Find(tool.Name, tool.Server)).OfType<Refusal>())
            yield return stop;
        foreach (var action in playbook.Steps.SelectMany(step => step.All).OfType<DoStep>().Select(step => step.Action).Where(action => !action.IsRead).DistinctBy(action => action.Name))
        {
            var found = connections.List().Select(connection => connection.Name).Where(name => playbook.Policy.Connections?.Contains(name) != false).Select(name => stops.Find(action.Name, name)).ToList();
            if (found.Count > 0 && found.TrueForAll(stop => stop is not null))
                yield return found[0]!;
        }
    }

    /// <summary>Everything that stands in the way is told at once; the first one's code stands for it.</summary>
    private static Refusal? Together(List<Refusal> refusals) =>
        refusals.Count == 0 ? null : new Refusal(refusals[0].Code, string.Join(" ", refusals.Select(refusal => refusal.Message).Distinct()));

    private async Task<(JsonObject Given, RequestRecord? Request, IReadOnlyList<string> Problems)> InputsAsync(Playbook playbook, JsonObject inputs, CancellationToken cancellationToken)
    {
        var problems = new List<string>();
        var given = new JsonObject();
        RequestRecord? request = null;
        foreach (var (name, _) in inputs.Where(member => playbook.Inputs.All(input => input.Name != member.Key)))
            problems.Add($"'{HiddenText.Shown(name, 40)}' is not an input of this playbook; its inputs are {string.Join(", ", playbook.Inputs.Select(input => input.Name))}.");
        foreach (var input in playbook.Inputs)
        {
            var value = inputs[input.Name] ?? input.Default;
            if (value is null)
            {
                if (input.Required)
                    problems.Add($"'{input.Name}' is missing.");
            }
            else if (input.Problem(value) is { } problem)
            {
                problems.Add(problem);
            }
            else if (input.Kind == InputKind.Employee)
            {
                var (person, wrong) = await employees.FindAsync(value.GetValue<string>(), cancellationToken);
                if (person is null)
                    problems.Add($"'{input.Name}': {wrong}.");
                else
                    given[input.Name] = await employees.RecordAsync(person, cancellationToken);
            }
            else if (input.Kind != InputKind.Request)
            {
                given[input.Name] = value.DeepClone();
            }
            else if (await requests.GetAsync(value.GetValue<string>(), cancellationToken) is { } found)
            {
                request ??= found;
                given[input.Name] = new JsonObject { ["id"] = found.Id, ["text"] = found.Text, ["requester"] = found.Requester };
            }
            else
            {
                problems.Add($"'{input.Name}': there is no request '{HiddenText.Shown(value.GetValue<string>(), 64)}'.");
            }
        }

        return (given, request, problems);
    }

    private async Task PinAsync(PlaybookFile file)
    {
        // Pinned by somebody else in between is pinned as well: the id is the content.
        if (await store.GetAsync<PinnedPlaybook>(file.Sha256) is null)
            await store.CommitAsync([Change.Create(new PinnedPlaybook { Id = file.Sha256, Path = Path.GetFileName(file.Path), Text = file.Text })], CancellationToken.None);
    }

    private static JsonObject Told(RunRecord run, RunWish wish)
    {
        var told = new JsonObject { ["playbook"] = run.Title, ["sha256"] = run.Sha256, ["inputs"] = CanonicalJson.Digest(wish.Inputs) };
        if (wish.Key is { } key)
        {
            told["trigger"] = key.Trigger;
            told["subject"] = key.Subject;
            told["occurrence"] = key.Occurrence;
        }

        return told;
    }

    /// <summary>The first input that names a person.</summary>
    private static string? SubjectOf(Playbook playbook, JsonObject given) => playbook.Inputs
        .Select(input => input.Kind switch
        {
            InputKind.Person => given[input.Name]?.GetValue<string>(),
            InputKind.Employee => given[input.Name]?["work_email"]?.GetValue<string>(),
            InputKind.Request => given[input.Name]?["requester"]?.GetValue<string>(),
            _ => null,
        })
        .OfType<string>().FirstOrDefault()?.ToLowerInvariant();

    private static bool HasAgent(IReadOnlyList<Step> steps) => steps.SelectMany(step => step.All).OfType<AgentStep>().Any();
}
