using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using OtpNet;
using Siit.Iam.Agent.Cli;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Playbooks.Runs;
using Siit.Iam.Agent.Store;
using Siit.Iam.Agent.Tests.Support;
using Siit.Iam.Emulator.Common;
using Siit.Iam.Emulator.Company;
using Siit.Iam.Emulator.Model;
using Siit.Iam.Emulator.Okta;

namespace Siit.Iam.Agent.Tests.Journeys.Kills;

/// <summary>What the store says when everything has come to rest.</summary>
internal sealed record AtRest(IReadOnlyDictionary<string, CallRecord> Calls, IReadOnlyDictionary<string, RunRecord> Runs);

/// <summary>An emulated Okta and a scripted model that outlive the server, its data folder, and people who work with it.</summary>
internal sealed class KillWorld : IAsyncDisposable
{
    public const string Operator = "olga@desk.example";
    private const string TokenVariable = "SIIT_KILLS_OKTA_TOKEN";
    private const string ModelVariable = "SIIT_KILLS_MODEL_KEY";
    private const int Approvers = 24;
    private readonly string _parent = Directory.CreateTempSubdirectory("siit-kills-").FullName;
    private bool _keep = true;

    private KillWorld(EmulatedOkta okta, ScriptedModel model, int seed)
    {
        (Okta, Model) = (okta, model);
        var state = okta.State;
        var known = WellKnownPeople.All.Select(person => person.Address).ToHashSet();
        People = [.. state.Users.Values.Where(user => user.Status == "ACTIVE" && !known.Contains(user.Login)).Select(user => user.Login).Order(StringComparer.Ordinal)];
        Random = new Random(seed);
    }

    public EmulatedOkta Okta { get; }

    public ScriptedModel Model { get; }

    public DataFolder Data => new(Path.Combine(_parent, "data"));

    /// <summary>Ordinary people with active accounts.</summary>
    public IReadOnlyList<string> People { get; }

    public List<KillApprover> Deciders { get; } = [];

    /// <summary>Callers' tokens.</summary>
    public List<string> Tokens { get; } = [];

    public KillTold Told { get; } = new();

    /// <summary>How many calls waited for a decision when somebody looked last.</summary>
    public int Waiting { get; set; }

    private Random Random { get; }

    public static async Task<KillWorld> StartAsync(int seed)
    {
        var options = new EmulatorOptions { People = 300, Seed = seed, Latency = TimeSpan.FromMilliseconds(2), RequestsPerMinute = 10_000_000 };
        var world = new KillWorld(await EmulatedOkta.StartAsync(options), await ScriptedModel.StartAsync(), seed);
        world.Data.Create();
        await File.WriteAllTextAsync(Path.Combine(world.Data.Path, ServerSettings.FileName), world.Settings().ToJsonString());
        using var server = world.Serve();
        await world.ListensAsync(server);
        await world.EnrolAsync(await server.BootstrapCode.WaitAsync(TimeSpan.FromSeconds(30)));
        await server.KillAsync();
        return world;
    }

    public OperatorsClient Door => new(Data);

    public ServeProcess Serve() => ServeProcess.Start(
        Data.Path, new Dictionary<string, string> { [TokenVariable] = EmulatedOkta.SswsToken, [ModelVariable] = ScriptedModel.ApiKey });

    public async Task ListensAsync(ServeProcess server)
    {
        try
        {
            await server.Endpoint.WaitAsync(TimeSpan.FromSeconds(300));
        }
        catch (Exception trouble) when (trouble is TimeoutException or InvalidOperationException)
        {
            Assert.Fail($"The server does not start on {Data} (exit {server.ExitCode}):\n{server.Said}");
        }
    }

    /// <summary>Starts once more and waits until nothing is under way, with a limit that is an error and never a measurement.</summary>
    public async Task<AtRest> SettleAsync()
    {
        while (true)
        {
            using var server = Serve();
            await ListensAsync(server);
            await Eventually.Is(UnderWayAsync, under => under.Length == 0, seconds: 180);
            var before = Okta.Ledger.Effects.Count;
            var rest = new AtRest(
                (await AllAsync<CallRecord>("/calls")).ToDictionary(call => call.Id), (await RunsAsync()).ToDictionary(run => run.Id));
            var under = await UnderWayAsync();
            await server.KillAsync();
            // What began while it was looked at would be missing from what was seen.
            if (under.Length == 0 && Okta.Ledger.Effects.Count == before)
                return rest;
        }
    }

    /// <summary>Nothing was wrong: the data folder may go. Otherwise it stays as evidence.</summary>
    public void NothingWrong() => _keep = false;

    public async ValueTask DisposeAsync()
    {
        await Model.DisposeAsync();
        await Okta.DisposeAsync();
        if (!_keep)
            Directory.Delete(_parent, recursive: true);
    }

    private JsonObject Settings() => new()
    {
        ["listen"] = "127.0.0.1:0",
        ["playbooks"] = Repository.In("playbooks"),
        ["connections"] = new JsonObject
        {
            ["okta"] = new JsonObject { ["idp"] = "okta", ["url"] = Okta.BaseAddress.ToString(), ["token"] = new JsonObject { ["env"] = TokenVariable } },
        },
        ["model"] = new JsonObject
        {
            ["endpoint"] = Model.Endpoint.ToString(),
            ["model"] = ScriptedModel.ModelName,
            ["apiKey"] = new JsonObject { ["env"] = ModelVariable },
        },
        ["gate"] = new JsonObject
        {
            ["dangerouslyWithoutProof"] = new JsonArray("reset_mfa", "reset_password"),
            ["raiseApproval"] = new JsonObject { ["reset_mfa"] = "two" },
            ["callsPerMinute"] = 1_000_000,
            ["approverBudget"] = 1_000_000,
            // The same wish again is a new call at once, and what is unknown is told by a person soon.
            ["repeatWindow"] = "0s",
            ["readBackPatience"] = "2s",
            ["settlePatience"] = "6s",
            ["budgets"] = new JsonArray(new JsonObject { ["actions"] = "*", ["per"] = "tenant", ["max"] = 1_000_000, ["window"] = "1s" }),
        },
    };

    private async Task EnrolAsync(string bootstrap)
    {
        for (var i = 0; i < Approvers; i++)
        {
            // The first one is the callers' operator as well: his decisions never count.
            var (email, group) = (i == 0 ? Operator : $"approver{i}@desk.example", i % 2 == 0 ? "desk" : "security");
            var body = new JsonObject { ["email"] = email, ["name"] = $"Approver {i}", ["groups"] = new JsonArray(group) };
            if (i == 0)
                body["bootstrap"] = bootstrap;
            else
                Present(body);
            var enrolled = await Door.PostAsync("/approvers", body, CancellationToken.None);
            var secret = Regex.Match(enrolled["uri"]!.GetValue<string>(), "secret=([A-Z2-7]+)").Groups[1].Value;
            Deciders.Add(new KillApprover(email, group, Base32Encoding.ToBytes(secret)));
        }

        for (var i = 0; i < 4; i++)
        {
            var body = new JsonObject
            {
                ["id"] = $"agent-{i}",
                ["operator"] = Operator,
                ["actions"] = new JsonArray("*"),
                ["connections"] = new JsonArray("*"),
                ["acts_for"] = new JsonArray("*"),
            };
            Present(body);
            Tokens.Add((await Door.PostAsync("/callers", body, CancellationToken.None))["token"]!.GetValue<string>());
        }
    }

    private void Present(JsonObject body)
    {
        foreach (var decider in Deciders.OrderBy(_ => Random.Next()))
        {
            if (decider.TakeCode() is not { } code)
                continue;
            (body["as"], body["code"]) = (decider.Email, code);
            return;
        }

        throw new InvalidOperationException("Nobody has a code left; they come anew every half minute.");
    }

    private async Task<string> UnderWayAsync()
    {
        var calls = new List<CallRecord>();
        foreach (var state in new[] { CallState.Received, CallState.Executing, CallState.Unknown, CallState.AwaitingApproval })
            calls.AddRange((await AllAsync<CallRecord>("/calls", state.Word())).Where(call => state != CallState.AwaitingApproval || call.Approval?.CompleteAt is not null));
        var (all, runs) = (await RunsAsync(), new List<string>());
        foreach (var run in all)
        {
            if (run.State == RunState.Running || (run.State == RunState.Waiting && await GoesOnAsync(run, all)))
                runs.Add(run.Id);
        }

        return string.Join(", ", calls.Select(call => $"{call.Id} {call.State.Word()}").Concat(runs).Take(10));
    }

    /// <summary>Whether a waiting run goes on by itself.</summary>
    private async Task<bool> GoesOnAsync(RunRecord run, IReadOnlyList<RunRecord> all)
    {
        // Behind a run that changes the same person, and waits for somebody to decide: so does this one.
        if (run.Behind is not null)
            return !all.Any(other => other is { State: RunState.Waiting, Behind: null, WaitsFor: not null } && other.Subject == run.Subject);
        // It stands as waiting until it is saved, and may be at work already when its call has ended.
        return run.WaitsFor is not { } call || await HasEndedAsync(call);
    }

    private async Task<bool> HasEndedAsync(string call) =>
        WireJson.Read<CallRecord>(await Door.GetAsync($"/calls/{call}", CancellationToken.None)) is { State: var state } && state.IsEnded() && state != CallState.NeedsPerson;

    private async Task<IReadOnlyList<RunRecord>> RunsAsync() => [.. (await Door.GetAsync("/runs?limit=1000", CancellationToken.None)).AsArray().Select(run => WireJson.Read<RunRecord>(run!))];

    private async Task<IReadOnlyList<T>> AllAsync<T>(string path, string? state = null)
        where T : IRecord
    {
        var all = new List<T>();
        while (true)
        {
            var query = OperatorsClient.Path(path, ("limit", "1000"), ("state", state), ("after", all.Count > 0 ? all[^1].Id : null));
            var page = (await Door.GetAsync(query, CancellationToken.None)).AsArray();
            all.AddRange(page.Select(one => WireJson.Read<T>(one!)));
            if (page.Count < 1000)
                return all;
        }
    }
}
