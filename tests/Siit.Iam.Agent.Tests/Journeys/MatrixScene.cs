using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Idps.Resilience;
using Siit.Iam.Agent.Tests.Support;
using Siit.Iam.Emulator.Common;
using Siit.Iam.Emulator.Company;

namespace Siit.Iam.Agent.Tests.Journeys;

/// <summary>The gate before all four emulated IdPs, and people enough for a fresh one in every test. Actions run without approval.</summary>
public sealed class MatrixScene : IAsyncLifetime
{
    private const int People = 2_000;

    private static readonly string[] Idps = ["okta", "entra", "google", "jumpcloud"];

    /// <summary>What the table's words are at each IdP.</summary>
    private static readonly Dictionary<string, string> Words = new()
    {
        ["okta administrator"] = """{"role":"HELP_DESK_ADMIN"}""",
        ["okta deactivated"] = """{"status":"DEPROVISIONED"}""",
        ["okta locked"] = """{"status":"LOCKED_OUT"}""",
        ["okta staged"] = """{"status":"STAGED"}""",
        ["okta suspended"] = """{"status":"SUSPENDED"}""",
        ["entra administrator"] = """{"role":"Helpdesk Administrator"}""",
        ["entra deactivated"] = """{"delete":true}""",
        ["entra from-directory"] = """{"group":"AD Domain Users","add":"$me"}""",
        ["entra suspended"] = """{"properties":{"accountEnabled":false}}""",
        ["entra synced"] = """{"properties":{"onPremisesSyncEnabled":true}}""",
        ["google administrator"] = """{"role":"_HELP_DESK_ADMIN_ROLE"}""",
        ["google archived"] = """{"archived":true}""",
        ["google for-abuse"] = """{"suspended":true,"reason":"ABUSE"}""",
        ["google from-directory"] = """{"group":"AD Domain Users","add":"$me"}""",
        ["google suspended"] = """{"suspended":true}""",
        ["jumpcloud administrator"] = """{"admin":"$me","role":"Help Desk"}""",
        ["jumpcloud in-sales"] = """{"texts":{"department":"Sales"}}""",
        ["jumpcloud locked"] = """{"locked":true}""",
        ["jumpcloud mastered"] = """{"masteredBy":"active_directory"}""",
        ["jumpcloud staged"] = """{"state":"STAGED"}""",
        ["jumpcloud suspended"] = """{"state":"SUSPENDED"}""",
    };

    private readonly ConcurrentDictionary<string, int> _used = new();
    private readonly ILookup<string, string> _people = Acme.Of(People, 1).People.Skip(WellKnownPeople.All.Count).ToLookup(person => person.Title, person => person.Address);
    private readonly Dictionary<string, GateWorld> _worlds = [];
    private readonly Dictionary<string, CallerRecord> _callers = [];

    public async ValueTask InitializeAsync()
    {
        foreach (var idp in Idps)
        {
            // A world for each, so that one's clock put forward lets no other's credentials run out.
            var company = await EmulatedCompany.StartAsync(new EmulatorOptions { People = People, RequestsPerMinute = 10_000_000 }, idp);
            _worlds[idp] = await GateWorld.StartBeforeAsync(company, Options, new ResilienceOptions { FirstDelay = TimeSpan.FromMilliseconds(1), MaxWait = TimeSpan.FromSeconds(5), TryTimeout = TimeSpan.FromSeconds(5) });
            if (idp == "google") Assert.Null(company.Google!.Arrange(new JsonObject { ["archiveLicences"] = People }));
            _callers[idp] = await _worlds[idp].CallerAsync();
        }
    }

    internal static GateOptions Options => new()
    {
        DangerouslyRunWithoutApproval = [.. ActionCatalog.All.Where(action => !action.IsRead).Select(action => action.Name)],
        Budgets = [new BudgetRule { Actions = "*", Max = 1_000_000, Window = TimeSpan.FromHours(1) }],
        CallsPerMinute = 1_000_000,
        ReadBackPatience = TimeSpan.FromMilliseconds(400),
    };

    internal GateWorld World(string idp) => _worlds[idp];

    internal CallerRecord Caller(string idp) => _callers[idp];

    internal IEmulated Emulated(string idp) => World(idp).Company.Idp(idp);

    /// <summary>Somebody whom no other test has touched.</summary>
    internal string Somebody(string idp, string job) => job switch
    {
        "nobody yet" => $"zoe{Next(idp, job)}@acme.example",
        "engineer" => _people["Software Engineer"].ElementAt(Next(idp, job)),
        "platform engineer" => _people["Platform Engineer"].ElementAt(Next(idp, job)),
        "designer" => _people["Product Designer"].ElementAt(Next(idp, job)),
        _ => throw new ArgumentOutOfRangeException(nameof(job), job, null),
    };

    internal void Arrange(string idp, string person, string? word)
    {
        if (word is null) return;
        var change = JsonNode.Parse(Words[$"{idp} {word}"].Replace("$me", person, StringComparison.Ordinal))!.AsObject();
        if (!change.ContainsKey("group") && !change.ContainsKey("admin")) change["user"] = person;
        Assert.Null(Emulated(idp).Arrange(change));
    }

    /// <summary>The row's input with names for ids: <c>group=Support</c>, <c>factor=totp</c>.</summary>
    internal JsonObject Input(string idp, string person, string words)
    {
        var input = new JsonObject { ["person"] = person, ["connection"] = idp };
        var split = words.StartsWith("group=", StringComparison.Ordinal) ? [words] : words.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        foreach (var pair in split.Select(word => word.Split('=')))
            input[pair[0]] = Id(idp, person, pair[0], pair[1]);
        return input;
    }

    /// <summary>Calls, and sees to it that the call comes to its end: what is unknown is settled, as time goes by, by the keeper.</summary>
    internal async Task<(CallState State, string? Code, string Message)> RunAsync(string idp, string action, JsonObject input)
    {
        var world = World(idp);
        // Each is a wish of its own, never the answer of the one before.
        input["idempotency_key"] = $"wish {Next(idp, "wish")}";
        var answer = await world.CallAsync(_callers[idp], action, input);
        foreach (var later in new[] { TimeSpan.FromSeconds(2), TimeSpan.FromMinutes(6), TimeSpan.FromMinutes(5) })
        {
            if (answer.State.IsEnded()) break;
            world.Time.Advance(later);
            await world.Get<CallKeeper>().SweepAsync(CancellationToken.None);
            var record = (await world.Calls.FindAsync(answer.Call!, CancellationToken.None))!;
            answer = answer with { State = record.State, Code = record.Code, Message = record.Message };
        }

        return (answer.State, answer.Code, answer.Message);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var world in _worlds.Values) await world.DisposeAsync();
    }

    private int Next(string idp, string job) => _used.AddOrUpdate($"{idp} {job}", 0, (_, used) => used + 1);

    private string Id(string idp, string person, string what, string name)
    {
        var company = World(idp).Company;
        return (idp, what) switch
        {
            (_, not ("group" or "application" or "factor")) => name,
            ("okta", "group") => company.Okta!.Group(name).Id,
            ("okta", "application") => company.Okta!.App(name).Id,
            ("okta", _) => company.Okta!.User(person).Factors.First(factor => factor.FactorType.Contains(name, StringComparison.Ordinal)).Id,
            ("entra", "group") => company.Entra!.Group(name).Id,
            ("entra", "application") => company.Entra!.App(name).Id,
            ("entra", _) => company.Entra!.User(person).Methods.First(method => method.Type.StartsWith(name == "push" ? "microsoftAuthenticator" : "softwareOath", StringComparison.Ordinal)).Id,
            ("google", "group") => company.Google!.Group(name).Id,
            ("google", _) => name,
            ("jumpcloud", "group") => company.JumpCloud!.Group(name).Id,
            ("jumpcloud", "application") => company.JumpCloud!.App(name).Id,
            _ => name == "push" ? company.JumpCloud!.State.FindUser(person)!.PushEndpoints[0].Id : name,
        };
    }
}
