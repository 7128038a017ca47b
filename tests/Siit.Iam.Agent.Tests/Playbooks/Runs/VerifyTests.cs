using System.Text.Json.Nodes;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Gate.Proofs;
using Siit.Iam.Agent.Playbooks.Runs;
using Siit.Iam.Agent.Requests;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.Playbooks.Runs;

/// <summary>The verify step before the real proofs: it fetches what the gate asks for, and without it nothing is reset.</summary>
public sealed class VerifyTests
{
    private const string Ana = "ana@acme.example";
    private const string Request = "REQ-1";

    [Theory]
    [InlineData("reset-mfa", "okta", "user.reset_factors")]
    [InlineData("reset-mfa", "entra", "user.remove_factor")]
    [InlineData("reset-mfa", "jumpcloud", "user.reset_mfa")]
    [InlineData("reset-password", "okta", "user.temporary_password")]
    [InlineData("reset-password", "entra", "user.set_password")]
    [InlineData("reset-password", "google", "user.set_password")]
    [InlineData("reset-password", "jumpcloud", "user.set_password")]
    public async Task Reset_PersonProvesWhoTheyAre_IsDoneOnceSomebodyElseAgrees(string playbook, string idp, string effect)
    {
        await using var world = await RunWorld.StartProvingAsync(idp);
        var approver = await world.Gate.ApproverAsync("theo@acme.example", "security");
        var run = (await world.RunAsync(await world.Gate.CallerAsync(), playbook, Inputs(idp), request: Request)).Run!;
        var proof = await world.AsksForProofAsync(run, Request);
        Assert.DoesNotContain(world.Gate.Company.Idp(idp).Ledger.Effects, done => done.Verb == effect);

        await world.ProveAsync(Request);
        var ended = await world.DriveAsync(run, approver);

        Assert.True(ended.State == RunState.Succeeded, Told(ended));
        Assert.Contains(world.Gate.Company.Idp(idp).Ledger.Effects, done => done.Verb == effect);
        Assert.NotNull((await world.Gate.Store.GetAsync<ProofRecord>(proof.Id))!.UsedBy);
        Assert.Contains(ended.Steps, step => step.Contains("It is proved who asks: mail_code", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Form_Submitted_AsksWhoeverSubmittedIt()
    {
        await using var world = await RunWorld.StartProvingAsync();
        var approver = await world.Gate.ApproverAsync("theo@acme.example", "security");
        var (_, problems) = await world.Gate.Get<RequestDesk>().SubmitAsync(
            Request, Ana, "New phone", CancellationToken.None, "reset-mfa", new JsonObject { ["connection"] = "okta", ["because"] = "new phone" });
        Assert.Empty(problems);
        await world.TriggersAsync();
        var run = Assert.Single(await world.RunsAsync("reset-mfa")).Id;
        await world.AsksForProofAsync(run, Request);

        await world.ProveAsync(Request);

        Assert.Equal(RunState.Succeeded, (await world.DriveAsync(run, approver)).State);
    }

    [Theory]
    [InlineData("one code")]
    [InlineData("wrong codes")]
    [InlineData("nothing")]
    public async Task Proof_NotEnoughInTime_EndsRefusedAndResetsNothing(string shown)
    {
        await using var world = await RunWorld.StartProvingAsync();
        var run = (await world.RunAsync(await world.Gate.CallerAsync(), "reset-mfa", Inputs(), request: Request)).Run!;
        var proof = await world.AsksForProofAsync(run, Request);
        if (shown == "one code")
            await world.Gate.Get<ProofDesk>().EnterAsync(proof.Id, world.CodeOf(proof, proof.Challenges[0]), "the desk", CancellationToken.None);
        for (var wrong = 0; wrong < 3 && shown == "wrong codes"; wrong++)
            await world.Gate.Get<ProofDesk>().EnterAsync(proof.Id, "00000000", "the desk", CancellationToken.None);
        await LookAsync(world);
        Assert.Equal(RunState.Waiting, (await world.GetAsync(run)).State);

        world.Gate.Time.Advance(TimeSpan.FromMinutes(31));
        await LookAsync(world);
        var ended = await world.EndAsync(run);

        Assert.True((RunState.Refused, "not_proved") == (ended.State, ended.Code), Told(ended));
        Assert.Empty(world.Gate.Okta.Ledger.Effects);
    }

    [Fact]
    public async Task Proof_Voided_EndsRefused()
    {
        await using var world = await RunWorld.StartProvingAsync();
        var run = (await world.RunAsync(await world.Gate.CallerAsync(), "reset-mfa", Inputs(), request: Request)).Run!;
        var proof = await world.AsksForProofAsync(run, Request);

        Assert.Null(await world.Gate.Get<ProofDesk>().VoidAsync(proof.Id, "ana", CancellationToken.None));

        var ended = await world.EndAsync(run);
        Assert.True((RunState.Refused, "proof_voided") == (ended.State, ended.Code), Told(ended));
    }

    [Fact]
    public async Task Proof_UsedByAnotherCallMeanwhile_ResetsOnceOnly()
    {
        await using var world = await RunWorld.StartProvingAsync();
        var approver = await world.Gate.ApproverAsync("theo@acme.example", "security");
        var caller = await world.Gate.CallerAsync();
        var run = (await world.RunAsync(caller, "reset-mfa", Inputs(), request: Request)).Run!;
        await world.AsksForProofAsync(run, Request);
        await world.ProveAsync(Request);
        var plan = (await world.StopsAsync(run)).WaitsFor!;

        var other = await world.Gate.CallAsync(caller, "reset_mfa", new JsonObject { ["person"] = Ana, ["connection"] = "okta", ["request"] = Request });
        await world.Gate.DecideAsync(other.Call!, approver);
        Assert.Equal(CallState.Succeeded, (await world.Gate.EndAsync(other.Call!)).State);
        await world.Gate.DecideAsync(plan, approver);
        var ended = await world.EndAsync(run);

        Assert.True(ended.Steps.Any(step => step.Contains("/reset: Nothing to do", StringComparison.Ordinal)), Told(ended));
        Assert.Single(world.Gate.Okta.Ledger.Effects, effect => effect.Verb == "user.reset_factors");
    }

    [Fact]
    public async Task Run_ForNoRequest_EndsRefusedBeforeAnybodyIsSentACode()
    {
        await using var world = await RunWorld.StartProvingAsync();

        var ended = await world.EndAsync((await world.RunAsync(await world.Gate.CallerAsync(), "reset-mfa", Inputs())).Run!);

        Assert.True((RunState.Refused, "proof_needed") == (ended.State, ended.Code), Told(ended));
        Assert.DoesNotContain(world.Gate.Posted.All, notice => notice.Kind == "proof_code");
    }

    [Fact]
    public async Task Restart_WhileSomebodyProves_GoesOnWithTheSameProofAndSendsNothingTwice()
    {
        await using var world = await RunWorld.StartProvingAsync();
        var approver = await world.Gate.ApproverAsync("theo@acme.example", "security");
        var run = (await world.RunAsync(await world.Gate.CallerAsync(), "reset-mfa", Inputs(), request: Request)).Run!;
        var proof = await world.AsksForProofAsync(run, Request);
        var sent = world.Gate.Posted.All.Count(notice => notice.Kind == "proof_code");

        await world.Gate.StopServerAsync();
        await world.Gate.StartServerAsync();
        world.Gate.Time.Advance(TimeSpan.FromSeconds(16));
        await LookAsync(world);
        await world.ProveAsync(Request);
        var ended = await world.DriveAsync(run, approver);

        Assert.True(ended.State == RunState.Succeeded, Told(ended));
        Assert.Equal(sent, world.Gate.Posted.All.Count(notice => notice.Kind == "proof_code"));
        Assert.Equal(proof.Id, Assert.Single(await world.Gate.Store.FindAsync<ProofRecord>("request", Request)).Id);
    }

    /// <summary>The wake is a hint: without it the run looks by itself.</summary>
    [Fact]
    public async Task Wake_Lost_TheTimerFindsTheProof()
    {
        await using var world = await RunWorld.StartProvingAsync();
        var run = (await world.RunAsync(await world.Gate.CallerAsync(), "reset-mfa", Inputs(), request: Request)).Run!;
        await world.AsksForProofAsync(run, Request);
        await world.Gate.ApproverAsync("theo@acme.example", "security");
        // As if the process had died between the proof and the wake.
        await world.ProveAsync(Request);
        world.Gate.Get<RunDispatcher>().Forget();

        world.Gate.Time.Advance(TimeSpan.FromSeconds(16));
        await LookAsync(world);

        Assert.NotNull((await world.StopsAsync(run)).WaitsFor);
    }

    [Fact]
    public async Task ProofIsWaived_ByTheSettings_GoesOnAndSaysSo()
    {
        await using var world = await RunWorld.StartAsync();
        var approver = await world.Gate.ApproverAsync("theo@acme.example", "security");

        var ended = await world.DriveAsync((await world.RunAsync(await world.Gate.CallerAsync(), "reset-mfa", Inputs())).Run!, approver);

        Assert.True(ended.State == RunState.Succeeded, Told(ended));
        Assert.Contains(ended.Steps, step => step.Contains("gate:dangerouslyWithoutProof", StringComparison.Ordinal));
    }

    /// <summary>A file cannot talk the gate into taking one person's proof for another's: the checker says so, and so does the gate.</summary>
    [Fact]
    public async Task Reset_OfSomebodyElseThanProved_IsRefusedByTheGate()
    {
        const string Both = """
            schema: playbook/v1
            id: own
            version: 1.0.0
            title: A test
            owner: group:it-identity
            triggers: [manual]
            inputs:
              person: { type: Person }
              other: { type: Person }
              connection: { type: string, max: 64 }
            policy:
              tools: [reset_mfa]
              targets: { person: "person in [input.person, input.other]" }
              limits: { people: 2, writes: 1 }
            steps:
              - id: who
                verify: { subject: =input.person, connection: =input.connection, for: reset_mfa, timeout: PT30M }
              - id: same
                let: =input.other
              - id: reset
                do: reset_mfa
                with: { person: =steps.same.value, connection: =input.connection }
                undo: none
                because: A test
            """;
        Assert.Contains(FindingsOf(Both), finding => finding.StartsWith("PB037", StringComparison.Ordinal));
        await using var world = await RunWorld.StartProvingAsync();
        await world.Gate.ApproverAsync("theo@acme.example", "security");
        var caller = await world.Gate.CallerAsync();
        var run = (await world.RunAsync(caller, "reset-mfa", Inputs(), request: Request)).Run!;
        await world.AsksForProofAsync(run, Request);
        await world.ProveAsync(Request);

        var answer = await world.Gate.CallAsync(caller, "reset_mfa", new JsonObject { ["person"] = "ben@acme.example", ["connection"] = "okta", ["request"] = Request });

        Assert.Equal("proof_needed", answer.Code);
    }

    [Fact]
    public async Task EachStep_IsAuditedWithoutAnyCode()
    {
        await using var world = await RunWorld.StartProvingAsync();
        var run = (await world.RunAsync(await world.Gate.CallerAsync(), "reset-mfa", Inputs(), request: Request)).Run!;
        var proof = await world.AsksForProofAsync(run, Request);
        List<string> codes = [.. proof.Challenges.Where(challenge => challenge.Mac is not null).Select(challenge => world.CodeOf(proof, challenge))];
        await world.ProveAsync(Request);
        await Eventually.Is(() => world.GetAsync(run), answer => answer.Steps.Any(step => step.Contains("It is proved", StringComparison.Ordinal)));

        Assert.Contains(world.Gate.Audit(), entry => entry.Kind == AuditKinds.RunStep && entry.Data?["state"]?.GetValue<string>() == "verified");
        var told = string.Join('\n', (await world.GetAsync(run)).Steps) + await File.ReadAllTextAsync(world.Gate.AuditFile);
        Assert.All(codes, code => Assert.DoesNotContain(code, told, StringComparison.Ordinal));
    }

    private static IEnumerable<string> FindingsOf(string text) =>
        Siit.Iam.Agent.Playbooks.PlaybookReader.Read(Siit.Iam.Agent.Playbooks.Format.PlaybookFile.Of("own.yaml", text)).Findings.Select(finding => $"{finding.Code} {finding.Message}");

    private static JsonObject Inputs(string idp = "okta") => new() { ["person"] = Ana, ["connection"] = idp, ["because"] = "lost it" };

    private static Task LookAsync(RunWorld world) => world.Gate.Get<RunKeeper>().SweepAsync(waiting: false, CancellationToken.None);

    private static string Told(RunAnswer answer) => $"{answer.State} {answer.Code} {answer.Message}\n{string.Join('\n', answer.Steps)}";
}
