using System.Globalization;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Playbooks.Expressions;
using Siit.Iam.Agent.Playbooks.Format;
using Siit.Iam.Agent.Playbooks.Triggers;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Playbooks.Runs;

/// <summary>What takes its time: waits, questions, other runs, requests.</summary>
internal sealed partial class RunWalk
{
    private async Task<StepEnd> WaitAsync(WaitStep step, string path, Scope scope)
    {
        var done = journal.Find(path, JournalKind.Done);
        if (done is null)
        {
            var decided = (await journal.DecideAsync(path, () => Wait(step, scope), value => $"Waits until {value!["until"]!.GetValue<string>()}."))!;
            var until = CelTime.Timestamp(decided["until"]!.GetValue<string>())!.Value;
            var signal = run.Signal?.Path == path ? run.Signal : null;
            if (signal is null && tools.Time.GetUtcNow() < until)
                return new ParkedEnd(null, $"{path}: waits until {until:yyyy-MM-dd HH:mm}Z.", until, WakerOf(step, path, decided));
            var value = new JsonObject { ["woken"] = signal is not null, ["at"] = CelTime.Text(tools.Time.GetUtcNow()) };
            done = await journal.WriteAsync(path, JournalKind.Done, value, signal is null ? "It is time." : $"Woken by {step.WakeOn?.Event} ({signal.Event}).");
        }

        _steps[step.Id] = done.Value?.DeepClone();
        return StepEnd.Done;
    }

    private JsonObject Wait(WaitStep step, Scope scope) =>
        new() { ["until"] = CelTime.Text(Until(step.Until.Evaluate(scope)!.GetValue<string>())), ["object"] = step.WakeOn?.Object?.Evaluate(scope) };

    /// <summary>When a wait would be over that begins now, for whoever is asked about what comes after it.</summary>
    private string Told(WaitStep step, Scope scope)
    {
        var text = step.Until.Evaluate(scope)!.GetValue<string>();
        return CelTime.Timestamp(text) is { } at ? $"on {at:yyyy-MM-dd HH:mm}Z" : $"{Spans.Words(CelTime.Iso(text)!.Value)} later, about {Until(text):yyyy-MM-dd}";
    }

    /// <param name="text">A time, or how long from now.</param>
    private DateTimeOffset Until(string text)
    {
        try
        {
            return CelTime.Timestamp(text) ?? tools.Time.GetUtcNow() + CelTime.Iso(text)!.Value;
        }
        catch (ArgumentOutOfRangeException)
        {
            throw new ExpressionException("The wait ends after the year 9999.");
        }
    }

    private RunWaker? WakerOf(WaitStep step, string path, JsonNode decided) => step.WakeOn is { } wake && run.Subject is { } person
        ? new RunWaker(path, person, wake.Event, decided["object"]?.GetValue<string>())
        : null;

    private async Task<StepEnd> AskPeopleAsync(AskStep step, string path, Scope scope)
    {
        var done = journal.Find(path, JournalKind.Done);
        if (done is null)
        {
            if (journal.Find(path, JournalKind.Failed) is { } before)
                return new FailedEnd(path, before.Code, before.Text, Fatal: true);
            IReadOnlyList<string> members = step.Group is { } group ? await MembersAsync(group) : [];
            var asked = (await journal.DecideAsync(path, () => Question(step, scope, members), value => $"Asks {Listed(value!["of"]!)}: {HiddenText.Shown(value["text"]!.GetValue<string>(), 300)}"))!;
            var nobody = asked["of"]!.AsArray().Count == 0;
            var question = nobody ? RunQuestion.Make(run, step, path, asked) : await AskOnceAsync(step, path, asked);
            var silent = nobody || tools.Time.GetUtcNow() >= question.Until;
            var value = question.Answer ?? (silent ? step.Default : null);
            if (value is null && !silent)
                return new ParkedEnd(null, $"{path}: waits for the answer of {string.Join(" or ", question.Of)} until {question.Until:yyyy-MM-dd HH:mm}Z.", question.Until);
            await TellAsync(path, question.Answer is not null ? "answered" : value is null ? "unanswered" : "default", null, value);
            if (value is null)
            {
                var failed = await journal.WriteAsync(path, JournalKind.Failed, null, "Nobody has answered in time.", "unanswered");
                return new FailedEnd(path, failed.Code, failed.Text, Fatal: true);
            }

            done = await journal.WriteAsync(path, JournalKind.Done, value, question.AnsweredBy is { } by ? $"Answered by {by}." : "Nobody has answered in time: the default counts.");
        }

        _steps[step.Id] = done.Value?.DeepClone();
        return StepEnd.Done;
    }

    /// <summary>The question with the mails that tell of it, in one commit.</summary>
    private async Task<RunQuestion> AskOnceAsync(AskStep step, string path, JsonNode asked)
    {
        var question = RunQuestion.Make(run, step, path, asked);
        if (await tools.Store.GetAsync<RunQuestion>(question.Id, cancellationToken) is { } known)
            return known;
        var text = $"{question.Text}\n\nTo answer, until {question.Until:yyyy-MM-dd HH:mm}Z: siit-iam runs answer {question.Id} --answer {string.Join(' ', step.Answers.Fields.Select(field => $"{field.Name}=..."))}";
        var mails = Mails(question.Of, path, "playbook_question", text, question.Until);
        return (await tools.Store.CommitAsync([Change.Create(question), .. mails], CancellationToken.None)).Done ? question : (await tools.Store.GetAsync<RunQuestion>(question.Id, cancellationToken))!;
    }

    /// <summary>Whoever may answer for a group now. Nobody answers about themselves.</summary>
    private async Task<IReadOnlyList<string>> MembersAsync(string group) =>
    [
        .. (await tools.Approvers.ListAsync(cancellationToken))
            .Where(approver => approver.IsActive && approver.Groups.Contains(group, StringComparer.OrdinalIgnoreCase) && !approver.IsPerson(run.Subject))
            .Select(approver => approver.Email.ToLowerInvariant()),
    ];

    private static string Listed(JsonNode of) => of.AsArray().Count == 0 ? "nobody, because nobody is there to be asked" : string.Join(", ", of.AsArray().Select(who => who!.GetValue<string>()));

    private JsonObject Question(AskStep step, Scope scope, IReadOnlyList<string> members)
    {
        List<string> people = step.Of is { } of ? [.. Named(of.Evaluate(scope)!)] : [.. members];
        // A group that nobody is in is silent; that there is nobody whom an expression names is a slip.
        if (people.Count == 0 && (step.Group is null || step.Default is null))
            throw new ExpressionException("There is nobody to ask.");
        return new JsonObject
        {
            ["of"] = new JsonArray([.. people.Select(who => (JsonNode)who)]),
            ["text"] = step.Text.Render(scope),
            ["until"] = CelTime.Text(tools.Time.GetUtcNow() + step.Timeout),
        };
    }

    /// <summary>The called run is one of its own, started once; this one goes on when it has ended.</summary>
    private async Task<StepEnd> CallAsync(CallStep step, string path, Scope scope)
    {
        var entry = journal.Find(path, JournalKind.Done) ?? journal.Find(path, JournalKind.Failed);
        if (entry is null)
        {
            var key = TriggerKey.Of(step.Playbook, "call", run.Id, path, tools.Time.GetUtcNow());
            var child = await tools.Store.GetAsync<TriggerKey>(key.Id, cancellationToken) is { Run: { } id } ? await tools.Store.GetAsync<RunRecord>(id, cancellationToken) : null;
            if (child is null)
            {
                var inputs = (await journal.DecideAsync(path, () => Given(step, scope), _ => $"Calls {step.Playbook}."))!.AsObject();
                var (started, refusal) = await StartAsync(step, key, inputs);
                if (refusal is not null)
                    entry = await journal.WriteAsync(path, JournalKind.Failed, CallValue("", RunState.Refused, refusal.Message), refusal.Message, refusal.Code);
                child = started;
            }

            if (entry is null && child is null)
                return new LaterEnd($"{path}: the called run is being started.");
            if (entry is null && !child!.State.IsEnded())
                return new ParkedEnd(null, $"{path}: waits for run {child.Id} of {child.Title}.");
            entry ??= await journal.WriteAsync(
                path, child!.State == RunState.Succeeded ? JournalKind.Done : JournalKind.Failed, CallValue(child.Id, child.State, child.Message),
                $"{child.Title}, run {child.Id}: {child.State.Word()}. {child.Message}", child.Code);
        }

        _steps[step.Id] = entry.Value?.DeepClone();
        return entry.Kind == JournalKind.Done || step.OnError == OnError.Continue ? StepEnd.Done : new FailedEnd(path, entry.Code, entry.Text, Fatal: false);
    }

    private async Task<(RunRecord?, Gate.Refusal?)> StartAsync(CallStep step, TriggerKey key, JsonObject inputs)
    {
        if (await CallerAsync() is not { } caller)
            return (null, NoCaller);
        if (run.Callees.GetValueOrDefault(step.Playbook) is not { } sha256 || await PinnedPlaybook.ReadAsync(tools.Store, sha256, run.Locked, cancellationToken) is not { } callee)
            return (null, new Gate.Refusal("playbook_unreadable", $"The pinned playbook '{step.Playbook}' does not pass the checks of this version of the server."));
        // Its starter is this run's, looked at again whenever something is asked for; it may no more than this run.
        var wish = new RunWish(callee, inputs, caller with { Id = run.Starter.Caller, Starter = null }, run.Starter.Door)
        {
            Requester = run.Requester.Email,
            Request = run.Request,
            Key = key,
            Chain = [.. run.Chain, run.Playbook],
            Parent = run,
        };
        return await tools.Starts.StartAsync(wish, cancellationToken);
    }

    private static JsonObject Given(CallStep step, Scope scope)
    {
        var inputs = new JsonObject();
        foreach (var (name, value) in step.With)
        {
            // Employees and requests are read anew.
            var given = value.Evaluate(scope);
            inputs[name] = given is JsonObject record && record["id"] is { } id ? id.DeepClone() : given;
        }

        return inputs;
    }

    private static JsonObject CallValue(string id, RunState state, string message) => new() { ["run"] = id, ["state"] = state.Word(), ["message"] = message };

    private async Task<StepEnd> RequestAsync(RequestStep step, string path, Scope scope)
    {
        var done = journal.Find(path, JournalKind.Done);
        if (done is null)
        {
            if (journal.Find(path, JournalKind.Failed) is { } before)
                return new FailedEnd(path, before.Code, before.Text, Fatal: false);
            var wanted = (await journal.DecideAsync(
                path, () => new JsonObject { ["for"] = step.For.Evaluate(scope), ["text"] = step.Text.Render(scope) }, value => $"Opens a request: {HiddenText.Shown(value!["text"]!.GetValue<string>(), 300)}"))!;
            var id = $"req-{TriggerKey.SeriesOf(run.Id, path, "request")[..16]}";
            var (_, problems) = await tools.Requests.SubmitAsync(id, wanted["for"]!.GetValue<string>(), wanted["text"]!.GetValue<string>(), cancellationToken);
            if (await tools.Requests.GetAsync(id, cancellationToken) is null)
            {
                var failed = await journal.WriteAsync(path, JournalKind.Failed, null, string.Join(" ", problems), "invalid_input");
                return new FailedEnd(path, failed.Code, failed.Text, Fatal: false);
            }

            await TellAsync(path, "opened", null, wanted);
            done = await journal.WriteAsync(path, JournalKind.Done, new JsonObject { ["id"] = id }, $"Opened request {id}.");
        }

        _steps[step.Id] = done.Value?.DeepClone();
        return StepEnd.Done;
    }
}
