using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Store;
using Siit.Iam.Agent.Tests.Journeys.Kills;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.Journeys;

/// <summary>
/// The real server is killed (kill -9) at random moments while agents call, people decide and playbooks run. The emulated IdP lives
/// on and knows what really happened: no call may have acted twice or without its approval, and nothing acknowledged may be lost.
/// <c>SIIT_IAM_KILLS=500</c> says how many times (default 8), <c>SIIT_IAM_KILLS_SEED</c> which moments.
/// </summary>
public sealed class KillTests
{
    /// <summary>A server that is killed while it starts has done a part of bringing store and log together.</summary>
    private const int OneInThatManyWhileStarting = 4;

    [Fact]
    public async Task Serve_KilledAgainAndAgain_ActsOnceWithApprovalAndForgetsNothing()
    {
        var kills = Longer.Number("SIIT_IAM_KILLS", 8);
        var seed = Longer.Number("SIIT_IAM_KILLS_SEED", 20260101);
        var output = TestContext.Current.TestOutputHelper!;
        output.WriteLine($"{kills} kills, seed {seed}.");
        var random = new Random(seed);
        await using var world = await KillWorld.StartAsync(seed);

        for (var kill = 1; kill <= kills; kill++)
        {
            await RoundAsync(world, random, seed + (kill * 100));
            if (kill % 10 == 0)
                output.WriteLine($"{kill} kills: {world.Okta.Ledger.Effects.Count} effects, {world.Told.Decisions.Count} decisions acknowledged.");
        }

        var after = await world.SettleAsync();
        var log = new AuditFiles(world.Data.Audit).Log;
        var verified = AuditVerifier.Verify(new AuditFiles(world.Data.Audit));
        var found = new KillInvariants(world.Okta.Ledger.Effects, after.Calls, after.Runs, [.. AuditReader.ReadAll(log)], world.Told);
        List<string> violations = [.. found.Violations()];
        if (!verified.IsWhole)
            violations.Add($"The audit log is not whole: line {verified.Problem!.Line}, {verified.Problem.What}.");

        output.WriteLine($"{kills} kills, {after.Calls.Count} calls ({after.Calls.Values.Count(call => call.Approval is not null)} with an approval), "
            + $"{world.Told.Decisions.Count} decisions and {world.Told.Answers.Count} answers acknowledged, {after.Runs.Count} runs, {world.Okta.Ledger.Effects.Count} effects, "
            + $"{found.Interrupted} settled after an interruption, {found.NeedPerson} told by a person or waiting for one, {verified.Entries} audit entries, {violations.Count} violations. "
            + $"With none in {kills} independent kills, fewer than {3.0 / kills:P2} of kills do harm (95 % bound, 3/n).");
        Assert.True(violations.Count == 0, $"Seed {seed}, evidence in {world.Data}:\n{string.Join('\n', violations.Take(40))}");
        world.NothingWrong();
    }

    private static async Task RoundAsync(KillWorld world, Random random, int seed)
    {
        using var server = world.Serve();
        using var stop = new CancellationTokenSource();
        var load = new KillLoad(world, server, seed);
        var work = load.RunAsync(stop.Token);
        if (random.Next(OneInThatManyWhileStarting) != 0)
        {
            await world.ListensAsync(server);
            await Task.WhenAny(work, load.UnderWay.WaitAsync(TimeSpan.FromSeconds(60)));
        }

        await Task.Delay(random.Next(100, 1500));
        var endedByItself = server.ExitCode;
        if (endedByItself is null)
            await server.KillAsync();
        // Only now: a caller that hangs up withdraws its call, and that is not what is looked at here.
        await stop.CancelAsync();
        await work;
        Assert.True(endedByItself is null, $"The server ended by itself on {world.Data}, exit {endedByItself}:\n{server.Said}");
    }
}
