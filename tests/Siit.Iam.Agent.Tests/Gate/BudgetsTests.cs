using System.Text.Json;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Store;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.Gate;

public sealed class BudgetsTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly DateTimeOffset Start = new(2026, 12, 1, 9, 0, 0, TimeSpan.Zero);

    /// <summary>One entry per effect went beyond what a record may have after nine thousand effects, and every further call was refused as a defect.</summary>
    [Fact]
    public void Record_OfManyEffects_StaysSmallAndNeverCountsTooFew()
    {
        var (random, exact, record, at) = (new Random(1), new List<DateTimeOffset>(), (BudgetRecord?)null, Start);
        for (var i = 0; i < 20_000; i++)
        {
            at += TimeSpan.FromMilliseconds(random.Next(1000));
            record = BudgetRecord.With("caller:a:*:3600", record, at, at, Hour);
            exact.Add(at);
            if (i % 500 != 0)
                continue;
            var (counted, within) = (BudgetRecord.Within(record, at, Hour).Sum(spending => spending.Count), exact.Count(time => time > at - Hour));
            Assert.InRange(counted, within, within + (within / 10));
        }

        Assert.InRange(JsonSerializer.Serialize(record, StoreJson.Options).Length, 1, 10_000);
    }

    [Fact]
    public void Record_OfFewEffects_LetsEachGoByItself()
    {
        BudgetRecord? record = null;
        for (var i = 0; i < 20; i++)
            record = BudgetRecord.With("caller:a:*:3600", record, Start.AddSeconds(i), Start.AddSeconds(i), Hour);

        Assert.Equal(20, BudgetRecord.Within(record, Start.AddSeconds(19), Hour).Sum(spending => spending.Count));
        Assert.Equal(10, BudgetRecord.Within(record, Start.AddSeconds(9) + Hour, Hour).Sum(spending => spending.Count));
    }

    /// <summary>As records of earlier versions lie there: with the call of each.</summary>
    [Fact]
    public void Record_OfAnEarlierVersion_Counts()
    {
        var record = JsonSerializer.Deserialize<BudgetRecord>("""{"id":"tenant:okta:high:3600","spent":[{"call":"call_1","at":"2026-12-01T09:00:00+00:00"},{"call":"call_2","at":"2026-12-01T09:01:00+00:00"}]}""", StoreJson.Options);

        Assert.Equal(2, BudgetRecord.Within(record, Start.AddMinutes(2), Hour).Sum(spending => spending.Count));
    }

    [Fact]
    public async Task Effects_ThatBeginAtOnce_AreAllCountedAndNoneMore()
    {
        await using var world = await GateWorld.StartAsync(new GateOptions
        {
            Budgets = [new BudgetRule { Actions = "clear_sessions", Per = BudgetScope.Tenant, Max = 8, Window = Hour }],
        });
        var caller = await world.CallerAsync();
        var people = world.Okta.State.Users.Values.Where(user => user.Status == "ACTIVE" && user.Roles.Count == 0 && user.Login.Split('@')[0].Contains('.')).Select(user => user.Login).Take(16).ToList();

        var answers = await Task.WhenAll(people.Select(person => Task.Run(() => world.CallAsync(caller, "clear_sessions", new JsonObject { ["person"] = person }))));

        Assert.Equal(8, answers.Count(answer => answer.State == CallState.Succeeded));
        Assert.Equal(8, answers.Count(answer => answer.Code == "budget_used_up"));
        Assert.Equal(8, (await world.Store.ListAsync<BudgetRecord>()).Single(record => record.Id.StartsWith("tenant:", StringComparison.Ordinal)).Spent.Sum(spending => spending.Count));
    }
}
