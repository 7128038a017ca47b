using System.Text;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Emulator.Okta;

namespace Siit.Iam.Agent.Tests.Idps.Okta;

/// <summary>A life of its own at the org, seen through the log only.</summary>
public sealed class OktaHistoryTests
{
    private const int Changes = 300;

    /// <summary>What the emulator's ledger notes, and what is to be told of it.</summary>
    private static readonly Dictionary<string, LifecycleKind> Told = new()
    {
        ["user.create"] = LifecycleKind.AccountCreated,
        ["user.activate"] = LifecycleKind.AccountActivated,
        ["user.deactivate"] = LifecycleKind.AccountDeactivated,
        ["user.delete"] = LifecycleKind.AccountDeleted,
        ["user.suspend"] = LifecycleKind.AccountSuspended,
        ["user.unsuspend"] = LifecycleKind.AccountUnsuspended,
        ["user.unlock"] = LifecycleKind.AccountUnlocked,
        ["user.update"] = LifecycleKind.AccountUpdated,
        ["user.set_password"] = LifecycleKind.PasswordChanged,
        ["user.reset_factors"] = LifecycleKind.FactorReset,
        ["group.add_member"] = LifecycleKind.MembershipAdded,
        ["group.remove_member"] = LifecycleKind.MembershipRemoved,
        ["app.add_user"] = LifecycleKind.AssignmentAdded,
        ["app.remove_user"] = LifecycleKind.AssignmentRemoved,
    };

    [Theory]
    [InlineData(1, 200)]
    [InlineData(2, 7)]
    [InlineData(3, 1)]
    public async Task RandomHistory_ThroughTheLog_IsToldAsTheLedgerHasItAndTheCopyEqualsTheOrg(int seed, int pageSize)
    {
        await using var world = await OktaWorld.StartAsync();
        Assert.Null(world.Okta.Arrange(new JsonObject { ["user"] = "svc-siit@acme.example", ["role"] = "SUPER_ADMIN" }));
        using var http = new HttpClient { BaseAddress = world.Okta.BaseAddress };
        http.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", $"SSWS {EmulatedOkta.SswsToken}");
        IDirectorySource Source() => world.Connection;
        var follower = world.Connect(options => options with { PageSize = pageSize });
        var copy = await OktaCopy.OfAsync(Source);
        var logged = world.Okta.State.Log.Count;
        var random = new Random(seed);
        // Many are refused, as in life.
        for (var i = 0; i < 10 * Changes && world.Okta.Ledger.Effects.Count < Changes; i++)
        {
            await ChangeAsync(http, world.Okta, random, i);
            if (random.Next(40) == 0) await copy.FollowAsync(() => follower);
        }

        await copy.FollowAsync(() => follower);

        var log = world.Okta.State.Log.Skip(logged).Select(entry => entry.Uuid).ToList();
        Assert.Equal(copy.Events.Select(told => told.Id), log.Where(copy.Events.Select(told => told.Id).ToHashSet().Contains));
        Assert.Equal(copy.Events.Count, copy.Events.DistinctBy(told => told.Id).Count());
        var told = copy.Events.GroupBy(Line).ToDictionary(same => same.Key, same => same.Count());
        var happened = world.Okta.Ledger.Effects.Where(effect => Told.ContainsKey(effect.Verb)).ToList();
        Assert.Equal(Changes, world.Okta.Ledger.Effects.Count);
        foreach (var effect in happened.GroupBy(Line))
            // A rule, a group or a deactivation does more than the ledger's one line says, but only to memberships and assignments.
            Assert.True(
                told.GetValueOrDefault(effect.Key) is var count && (count == effect.Count() || (count > effect.Count() && IsTie(effect.Key))),
                $"{effect.Key}: {count} told, {effect.Count()} happened.");
        Assert.Empty(told.Keys.Where(line => !IsTie(line)).Except(happened.Select(Line)));
        Assert.Equal((await OktaCopy.OfAsync(Source)).Lines(), copy.Lines());
        Assert.Equal(0, copy.Lost);

        static string Line(object of) => of switch
        {
            FeedEvent told => $"{told.Kind} {told.Account} {(IsTie($"{told.Kind}") ? told.Object : "")}",
            Siit.Iam.Emulator.Common.Effect effect when IsTie($"{Told[effect.Verb]}") => $"{Told[effect.Verb]} {effect.Objects[1]} {effect.Objects[0]}",
            Siit.Iam.Emulator.Common.Effect effect => $"{Told[effect.Verb]} {effect.Objects[0]} ",
            _ => throw new ArgumentOutOfRangeException(nameof(of)),
        };

        static bool IsTie(string line) => line.StartsWith("Membership", StringComparison.Ordinal) || line.StartsWith("Assignment", StringComparison.Ordinal);
    }

    /// <summary>One request of an administrator's, possible or not.</summary>
    internal static async Task ChangeAsync(HttpClient http, EmulatedOkta okta, Random random, int number)
    {
        var state = okta.State;
        // Neither the token's owner, who would end the story.
        var user = One(state.Users.Keys.Where(id => id != state.SswsOwnerId).ToList());
        var group = One(state.Groups.Values.Where(one => one.Type == "OKTA_GROUP").Select(one => one.Id).ToList());
        var app = One(state.Apps.Keys.ToList());
        string[] departments = ["Sales", "Support", "Engineering", "Finance"];
        var (method, path, body) = random.Next(20) switch
        {
            0 => ("POST", "/api/v1/users?activate=false", Profile($"new{number}@acme.example")),
            1 => ("POST", $"/api/v1/users/{user}/lifecycle/activate?sendEmail=true", null),
            2 => ("POST", $"/api/v1/users/{user}/lifecycle/deactivate", null),
            3 => ("DELETE", $"/api/v1/users/{user}", null),
            4 or 5 => ("POST", $"/api/v1/users/{user}/lifecycle/suspend", null),
            6 => ("POST", $"/api/v1/users/{One(state.Users.Values.Where(one => one.Status == "SUSPENDED").Select(one => one.Id).Append(user).ToList())}/lifecycle/unsuspend", null),
            7 => ("POST", $"/api/v1/users/{user}/lifecycle/reset_password?sendEmail=true", null),
            8 => ("POST", $"/api/v1/users/{user}/lifecycle/reset_factors", null),
            9 or 10 => ("POST", $"/api/v1/users/{user}", new JsonObject { ["profile"] = new JsonObject { ["department"] = One(departments), ["title"] = $"Title {random.Next(3)}" } }),
            11 => ("POST", $"/api/v1/users/{user}", new JsonObject { ["credentials"] = new JsonObject { ["password"] = new JsonObject { ["value"] = "Correct-Horse-1" } } }),
            12 or 13 => ("PUT", $"/api/v1/groups/{group}/users/{user}", null),
            14 => ("DELETE", $"/api/v1/groups/{group}/users/{user}", null),
            15 => ("POST", $"/api/v1/apps/{app}/users", new JsonObject { ["id"] = user, ["scope"] = "USER" }),
            16 => ("DELETE", $"/api/v1/apps/{app}/users/{user}", null),
            17 => ("PUT", $"/api/v1/apps/{app}/groups/{group}", new JsonObject()),
            18 => ("DELETE", $"/api/v1/apps/{app}/groups/{group}", null),
            _ => random.Next(2) == 0
                ? ("POST", "/api/v1/groups", new JsonObject { ["profile"] = new JsonObject { ["name"] = $"Group {number}" } })
                : ("DELETE", $"/api/v1/groups/{group}", (JsonObject?)null),
        };
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (body is not null) request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        using var response = await http.SendAsync(request);

        // After long there may be none left; then it is refused.
        T One<T>(IReadOnlyList<T> of) => of.Count == 0 ? default! : of[random.Next(of.Count)];

        static JsonObject Profile(string address) => new()
        {
            ["profile"] = new JsonObject { ["login"] = address, ["email"] = address, ["firstName"] = "New", ["lastName"] = "Comer", ["department"] = "Sales" },
        };
    }
}
