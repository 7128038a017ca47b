using System.Text.Json.Nodes;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Gate.Rehearsals;
using Siit.Iam.Agent.People.Hris;
using Siit.Iam.Agent.Playbooks.Expressions;
using Siit.Iam.Agent.Playbooks.Format;
using Siit.Iam.Agent.Playbooks.Rehearsals;
using Siit.Iam.Agent.Playbooks.Runs;
using Siit.Iam.Agent.Playbooks.Triggers;
using Siit.Iam.Agent.Requests;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Playbooks.TestFiles;

/// <summary>How one case came out.</summary>
/// <param name="Problems">Empty: as expected.</param>
/// <param name="Crashes">At how many points its run was interrupted.</param>
internal sealed record TestResult(string File, string Case, IReadOnlyList<string> Problems, int Crashes)
{
    public bool Passed => Problems.Count == 0;
}

/// <summary>Walks cases with the product's own starts, runner and gate, before a directory that somebody wrote. Needs no server and no network.</summary>
internal static class TestRun
{
    /// <summary>More points than this say nothing new.</summary>
    private const int MostCrashes = 600;

    /// <summary>Approvers of different groups, so that two can decide.</summary>
    private static readonly string[] Groups = ["desk", "security", "owners"];

    public static async Task<TestResult> RunAsync(TestFile file, TestCase one, CancellationToken cancellationToken)
    {
        await using var folder = RehearsalFolder.Create();
        try
        {
            var usual = await WalkAsync(file, one, folder, null, cancellationToken);
            var problems = TestComparison.Compare(one.Expect, usual).ToList();
            var crashes = 0;
            for (; one.CrashesEverywhere && crashes < Math.Min(usual.Points, MostCrashes) && problems.Count == 0; crashes++)
            {
                var interrupted = await WalkAsync(file, one, folder, crashes, cancellationToken);
                problems.AddRange(TestComparison.Compare(usual, interrupted).Select(problem => $"interrupted {(crashes % 2 == 0 ? "before" : "after")} durable write {(crashes / 2) + 1}: {problem}"));
            }

            return new TestResult(file.Path, one.Name, problems, crashes);
        }
        catch (RehearsalException wrong)
        {
            return new TestResult(file.Path, one.Name, [wrong.Message], 0);
        }
    }

    private static async Task<TestWalk> WalkAsync(TestFile file, TestCase one, RehearsalFolder folder, int? crash, CancellationToken cancellationToken)
    {
        var options = new GateOptions
        {
            StandingSource = PicturedStanding.PeopleOf(one.Company.Directory).Any() ? PicturedStanding.Source : null,
            ProtectedAccounts = [.. one.Company.Protected],
            // Who asks is proved beside the playbook, to the gate.
            DangerouslyWithoutProof = ["reset_mfa", "reset_password"],
        };
        var ground = RehearsalGround.Of(one.Company.Directory, options);
        var shelf = new PlaybookShelf(new PlaybookOptions { Folder = Path.GetDirectoryName(file.Playbook.File.Path)! });
        var steps = shelf.Now.Playbooks.Prepend(file.Playbook).SelectMany(playbook => playbook.Steps).SelectMany(step => step.All).ToList();
        await using var stage = await RehearsalStage.BuildAsync(ground, folder, shelf, new RehearsalChoices(one.Words, [], isOpen: false), new RehearsalFaults(one.Faults), steps, cancellationToken);
        await SeedAsync(stage, one.Company, steps, cancellationToken);
        var (run, refusal) = await StartAsync(stage, file.Playbook, one, cancellationToken);
        if (run is null)
            return TestWalk.NotStarted(refusal);
        stage.Interruption.Arm(crash);
        var play = new RehearsalPlay(stage);
        var ended = await play.RunAsync(run.Id, cancellationToken);
        var report = await RehearsalReports.ReadAsync(stage, play, file.Playbook, ended, cancellationToken);
        return new TestWalk(report, [.. stage.Gate.Effects.Select(effect => $"{effect.Action} {effect.Person} {effect.Connection}"), .. stage.Tools.Called], stage.Interruption.Seen, null);
    }

    private static async Task SeedAsync(RehearsalStage stage, PicturedCompany company, IReadOnlyList<Step> steps, CancellationToken cancellationToken)
    {
        var now = company.Directory.Now;
        var changes = new List<Change>();
        // And of those that playbooks name; nobody of the company.
        var named = steps.OfType<ApproveStep>().SelectMany(step => step.Seats?.Seats ?? []).SelectMany(seat => new[] { seat.Group, seat.Fallback }).OfType<string>();
        foreach (var group in Groups.Concat(named).Distinct())
            changes.Add(Approver($"ap_{group}", $"{group.ToLowerInvariant().Replace(' ', '-')}@approvers.invalid", group, null, now));
        // They come last: whoever owns something is asked as its owner only.
        foreach (var person in PicturedStanding.PeopleOf(company.Directory))
            changes.Add(Approver($"person_{person}", person, $"of {person}", PicturedStanding.KeyOf(person), now));

        changes.AddRange(company.Employees.Select(employee => Change.Create(new HrisPerson
        {
            Id = HrisPerson.IdOf(PicturedDirectory.HrisSource, employee.Id),
            Source = PicturedDirectory.HrisSource,
            Key = employee.Id,
            Feed = HrisFeed.Csv,
            Facts = employee.Facts,
            HasLeft = employee.Facts.Leaving.IsOver(DateOnly.FromDateTime(now.UtcDateTime)),
            ReadAt = now,
        })));
        changes.AddRange(company.Requests.Select(request => Change.Create(new RequestRecord
        {
            Id = request.Id,
            Requester = request.Requester,
            Text = request.Text,
            Form = request.Form,
            Fields = request.Fields?.DeepClone().AsObject(),
            State = RequestState.Open,
            SubmittedAt = now,
        })));
        if (!(await stage.Store.CommitAsync(changes, cancellationToken)).Done)
            throw new RehearsalException("Two employees or two requests of the directory have the same id.");
    }

    private static Change Approver(string id, string email, string group, string? account, DateTimeOffset now) => Change.Create(new ApproverRecord
    {
        Id = id,
        Email = email,
        Name = email.Split('@')[0],
        Account = account,
        Groups = [group],
        SealedSecret = "",
        EnrolledAt = now,
    });

    private static async Task<(RunRecord? Run, string? Refusal)> StartAsync(RehearsalStage stage, Playbook playbook, TestCase one, CancellationToken cancellationToken)
    {
        if (one.Trigger is { } wanted)
            return await TriggerAsync(stage, playbook, wanted with { Connection = wanted.Connection ?? one.Company.Directory.Connections[0].Name }, cancellationToken);
        var caller = RehearsalDesk.CallerOf(playbook, "tester@callers.invalid", stage.Gate.Clock);
        var (run, refusal) = await stage.Gate.Get<RunStarts>().StartAsync(new RunWish(playbook, one.Inputs, caller, Doors.CommandLine) { Requester = one.Requester }, cancellationToken);
        return (run, refusal is null ? null : $"{refusal.Code}: {refusal.Message}");
    }

    private static async Task<(RunRecord? Run, string? Refusal)> TriggerAsync(RehearsalStage stage, Playbook playbook, TestTrigger wanted, CancellationToken cancellationToken)
    {
        var clock = stage.Gate.Clock;
        var request = wanted.Kind is "request" or "overdue" ? await stage.Store.GetAsync<RequestRecord>(wanted.Of, cancellationToken) ?? throw new RehearsalException($"The directory has no request '{wanted.Of}'.") : null;
        var employee = wanted.Kind == "hris" ? await EmployeeAsync(stage, wanted.Employee, cancellationToken) : null;
        var trigger = playbook.Triggers.FirstOrDefault(trigger => trigger switch
        {
            RequestTrigger form => wanted.Kind == "request" && form.Form == request!.Form,
            OverdueTrigger overdue => wanted.Kind == "overdue" && (overdue.Form is null || overdue.Form == request!.Form),
            HrisDateTrigger date => wanted.Kind == "hris" && date.Date == wanted.Of,
            HrisEventTrigger news => wanted.Kind == "hris" && news.Event == wanted.Of,
            IdpTrigger idp => wanted.Kind == "idp" && idp.Event == wanted.Of && (idp.Connection is null || idp.Connection == wanted.Connection) && (idp.Object is null || idp.Object == wanted.Object),
            ScheduleTrigger => wanted.Kind == "schedule",
            _ => false,
        });
        if (trigger is null)
            return (null, $"The playbook has no trigger for it; it has {string.Join(", ", playbook.Triggers.Select(trigger => trigger.Name))}.");
        if (trigger is HrisDateTrigger day)
        {
            if (DatePlans.DueOf(day, employee!) is not { } due)
                return (null, $"The HRIS has no such date of {employee!.Facts.WorkEmail}.");
            clock.JumpTo(due.At);
        }
        else if (trigger is OverdueTrigger late)
        {
            clock.Jump(late.After);
        }
        else if (wanted.Kind == "schedule")
        {
            clock.JumpTo(CelTime.Timestamp(wanted.Of)!.Value);
        }

        var names = request is not null ? TriggerFeeds.NamesOf(request) : Scope.Empty.With("event", Event(wanted, clock));
        if (employee is not null)
            names = names.With("employee", await stage.Gate.Get<EmployeeBook>().RecordAsync(employee, cancellationToken));
        var key = TriggerKey.Of(playbook.Id, trigger.Name, "test", "test", clock.GetUtcNow());
        await stage.Gate.Get<TriggerStarts>().StartAsync(playbook, trigger, key, names, cancellationToken, wanted.Kind == "request" ? request!.Fields : null, request?.Id);
        return await stage.Store.GetAsync<TriggerKey>(key.Id, cancellationToken) switch
        {
            null => (null, "Its 'where' does not hold."),
            { Run: { } id } => (await stage.Store.GetAsync<RunRecord>(id, cancellationToken), null),
            var used => (null, used.Why),
        };
    }

    private static async Task<HrisPerson> EmployeeAsync(RehearsalStage stage, string? named, CancellationToken cancellationToken)
    {
        if (named is null)
            throw new RehearsalException("A trigger of the HRIS says whom it is about: 'employee', by id.");
        var id = named.Contains(':', StringComparison.Ordinal) ? named : HrisPerson.IdOf(PicturedDirectory.HrisSource, named);
        return await stage.Store.GetAsync<HrisPerson>(id, cancellationToken) ?? throw new RehearsalException($"The directory has no employee '{named}'.");
    }

    private static JsonObject Event(TestTrigger wanted, TimeProvider time)
    {
        var told = new JsonObject { ["time"] = CelTime.Text(time.GetUtcNow()) };
        (string Name, string? Value)[] fields = wanted.Kind == "idp"
            ? [("connection", wanted.Connection), ("account", wanted.Person?.Split('@')[0] ?? "account"), ("email", wanted.Person), ("login", wanted.Person), ("object", wanted.Object), ("object_name", wanted.Object)]
            : [("before", wanted.Before), ("after", wanted.After)];
        foreach (var (name, value) in fields)
        {
            if (value is not null)
                told[name] = value;
        }

        return told;
    }
}
