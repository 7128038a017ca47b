using System.Globalization;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Store;
using Siit.Iam.Agent.Tests.People.Reads;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.Gate;

/// <summary>
/// 64 workers at once on each approval; each has one effect. <c>SIIT_IAM_RACES</c>: so many approvals (100 by default).
/// </summary>
public sealed class ApprovalRaceTests
{
    private const int Workers = 64;
    private const int AtOnce = 16;

    [Fact]
    public async Task OneApproval_SixtyFourWorkers_OneEffect()
    {
        var races = int.Parse(Environment.GetEnvironmentVariable("SIIT_IAM_RACES") ?? "100", CultureInfo.InvariantCulture);
        var idp = new CopiedIdp("okta");
        for (var n = 0; n < races; n++)
            idp.With($"00u{n}", $"Person {n}", $"p{n}@acme.example");
        var options = new GateOptions
        {
            ApproverBudget = 1_000_000,
            CallsPerMinute = 1_000_000,
            Budgets = [new BudgetRule { Actions = "*", Per = BudgetScope.Tenant, Max = 1_000_000, Window = TimeSpan.FromSeconds(1) }],
        };
        await using var world = await GateWorld.StartAsync(options, more: services => ReadsWorld.Add(services, idp));
        var caller = await world.CallerAsync();
        var approver = await world.ApproverAsync("dana@acme.example");

        await Parallel.ForEachAsync(Enumerable.Range(0, races), new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (n, _) =>
        {
            var asked = await world.CallAsync(caller, "suspend_user", new JsonObject { ["person"] = $"p{n}@acme.example" }, CancellationToken.None);
            Assert.True(asked.State == CallState.AwaitingApproval, asked.Message);
            // The keeper is woken by the decision, and is one more worker.
            var decided = Enumerable.Range(0, 4).Select(_ => Task.Run(() => world.DecideAsync(asked.Call!, approver)));
            Assert.Equal(1, (await Task.WhenAll(decided)).Count(decision => decision.Taken));
            await Task.WhenAll(Enumerable.Range(0, Workers).Select(_ => Task.Run(() => world.Executor.ResumeAsync(asked.Call!, CancellationToken.None))));
            Assert.Equal(CallState.Succeeded, (await world.EndAsync(asked.Call!)).State);
        });

        Assert.Equal(races, idp.Suspensions.Count);
        Assert.Equal(races, idp.Suspensions.Distinct().Count());
        Assert.All(await world.Store.FindAsync<CallRecord>("state", CallState.Succeeded.Word(), 1000), call => Assert.NotNull(call.Intent));
    }
}
