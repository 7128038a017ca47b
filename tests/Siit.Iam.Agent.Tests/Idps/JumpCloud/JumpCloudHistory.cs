using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Emulator.Common;
using Siit.Iam.Emulator.JumpCloud;

namespace Siit.Iam.Agent.Tests.Idps.JumpCloud;

/// <summary>Somebody else changes the organization, by its own routes; the effect ledger has what really happened.</summary>
internal sealed class JumpCloudHistory(EmulatedJumpCloud jumpCloud, int seed) : IDisposable
{
    private static readonly string[] Departments = ["Eng", "Sales", "Support", "Finance"];
    private static readonly Dictionary<string, string> Words = new() { ["jobTitle"] = "title", ["firstname"] = "firstName" };

    private readonly Random _random = new(seed);
    private readonly HttpClient _http = new() { BaseAddress = jumpCloud.BaseAddress, DefaultRequestHeaders = { { "x-api-key", EmulatedJumpCloud.ApiKey } } };
    private int _made;

    private JumpCloudState State => jumpCloud.State;

    /// <summary>One change, or none where the organization says no.</summary>
    public Task ChangeAsync()
    {
        var (user, group, app) = (Any(State.Users.Keys), Any(State.Groups.Keys), Any(State.Apps.Keys));
        return _random.Next(16) switch
        {
            0 => Post("/api/systemusers", new { username = $"new{_made++}", email = $"new{_made}@acme.example", firstname = "New", department = Any(Departments), state = Any("STAGED", "ACTIVATED") }),
            1 => Put(user, new { department = Any(Departments), jobTitle = $"Title {_random.Next(3)}" }),
            2 => Put(user, new { state = Any("SUSPENDED", "ACTIVATED") }),
            3 => Put(user, new { state = Any("SUSPENDED", "ACTIVATED"), firstname = $"Name {_random.Next(3)}" }),
            4 => Put(user, new { account_locked = _random.Next(2) == 0 }),
            5 => Post($"/api/systemusers/{user}/state/suspend"),
            6 => Post($"/api/systemusers/{user}/state/activate"),
            7 => Post($"/api/systemusers/{user}/unlock"),
            8 => Post($"/api/systemusers/{user}/password", new { password = "a long enough one" }),
            9 => Post($"/api/systemusers/{user}/resetmfa", new { exclusion = true, exclusionDays = 3 }),
            10 when _random.Next(3) == 0 => Send(HttpMethod.Delete, $"/api/systemusers/{user}?cascade_manager=null"),
            11 when _random.Next(3) == 0 => Post("/api/v2/usergroups", new { name = $"Team {_made++}" }),
            12 when _random.Next(6) == 0 => Send(HttpMethod.Delete, $"/api/v2/usergroups/{group}"),
            13 => Post($"/api/v2/users/{user}/associations", new { op = Any("add", "remove"), type = "application", id = app }),
            14 => Post($"/api/v2/usergroups/{group}/associations", new { op = Any("add", "remove"), type = "application", id = app }),
            _ => Post($"/api/v2/usergroups/{group}/members", new { op = Any("add", "remove"), type = "user", id = user }),
        };
    }

    public void Arrange(string change) => Assert.Null(jumpCloud.Arrange(JsonNode.Parse(change)!.AsObject()));

    /// <summary>The events that an effect is worth, in our words.</summary>
    public static IEnumerable<string> Worth(Effect effect) => effect.Verb switch
    {
        "user.create" when effect.Detail == "invited" => [Line(LifecycleKind.AccountCreated, effect.Objects[0]), Line(LifecycleKind.AccountActivated, effect.Objects[0])],
        "user.create" => [Line(LifecycleKind.AccountCreated, effect.Objects[0])],
        "user.update" when effect.Detail == "account_locked" => [],
        "user.update" => [Line(LifecycleKind.AccountUpdated, effect.Objects[0], string.Join(',', effect.Detail!.Split(' ').Select(field => Words.GetValueOrDefault(field, field)).Order(StringComparer.Ordinal)))],
        "user.suspend" => [Line(LifecycleKind.AccountSuspended, effect.Objects[0])],
        "user.unsuspend" => [Line(LifecycleKind.AccountUnsuspended, effect.Objects[0])],
        "user.activate" => [Line(LifecycleKind.AccountActivated, effect.Objects[0])],
        "user.unlock" => [Line(LifecycleKind.AccountUnlocked, effect.Objects[0])],
        "user.set_password" => [Line(LifecycleKind.PasswordChanged, effect.Objects[0])],
        "user.reset_mfa" => [Line(LifecycleKind.FactorReset, effect.Objects[0], "totp")],
        "user.delete" => [Line(LifecycleKind.AccountDeleted, effect.Objects[0])],
        "group.add_member" => [Line(LifecycleKind.MembershipAdded, effect.Objects[1], effect.Objects[0])],
        "group.remove_member" => [Line(LifecycleKind.MembershipRemoved, effect.Objects[1], effect.Objects[0])],
        "app.add_user" => [Line(LifecycleKind.AssignmentAdded, effect.Objects[1], effect.Objects[0])],
        "app.remove_user" => [Line(LifecycleKind.AssignmentRemoved, effect.Objects[1], effect.Objects[0])],
        "app.add_group" or "app.remove_group" or "group.create" or "group.delete" => [],
        _ => throw new ArgumentOutOfRangeException(nameof(effect), effect.Verb, null),
    };

    public static string Line(FeedEvent told) =>
        Line(told.Kind, told.Account, told.Object ?? (told.Fields.Count > 0 ? string.Join(',', told.Fields.Order(StringComparer.Ordinal)) : ""));

    public void Dispose() => _http.Dispose();

    private static string Line(LifecycleKind kind, string account, string of = "") => $"{kind} {account} {of}";

    private string Any(params IEnumerable<string> all)
    {
        var list = all as IReadOnlyList<string> ?? [.. all];
        return list[_random.Next(list.Count)];
    }

    private Task Put(string user, object body) => Send(HttpMethod.Put, $"/api/systemusers/{user}", body);

    private Task Post(string path, object? body = null) => Send(HttpMethod.Post, path, body);

    private async Task Send(HttpMethod method, string path, object? body = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        using var response = await _http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.True((int)response.StatusCode < 500, $"{method} {path}: {response.StatusCode}");
    }
}
