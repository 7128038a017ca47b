using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Gate.Proofs;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Notices;
using Siit.Iam.Agent.People.Copy;
using Siit.Iam.Agent.People.Hris;
using Siit.Iam.Agent.People.Persons;
using Siit.Iam.Agent.People.Sync;
using Siit.Iam.Agent.Playbooks;
using Siit.Iam.Agent.Playbooks.Runs;
using Siit.Iam.Agent.Playbooks.Triggers;
using Siit.Iam.Agent.Store;
using Siit.Iam.Agent.Tests.People.Reads;
using Siit.Iam.Agent.Tests.Playbooks.Agents;
using Siit.Iam.Agent.Tests.Support;
using Siit.Iam.Agent.ToolServers;
using Siit.Iam.Emulator.Model;

namespace Siit.Iam.Agent.Tests.Playbooks.Runs;

/// <summary>The real runner, gate, store and log in front of emulated IdPs (Okta unless told) and a scripted model, with the product's own playbooks.</summary>
internal sealed partial class RunWorld : IAsyncDisposable
{
    private RunWorld(GateWorld gate, ScriptedModel model, CrashPlan crash) => (Gate, Model, Crash) = (gate, model, crash);

    public GateWorld Gate { get; }

    public ScriptedModel Model { get; }

    public CrashPlan Crash { get; }

    /// <summary>Where its playbooks lie.</summary>
    public string PlaybookFolder { get; private init; } = "";

    public PlaybookDesk Desk => Gate.Get<PlaybookDesk>();

    /// <param name="playbook">YAML of one more playbook.</param>
    /// <param name="others">YAML of still more, by file name.</param>
    /// <param name="synced">With a copy of the directory, whose events start playbooks.</param>
    public static async Task<RunWorld> StartAsync(
        ModelScript? script = null, string? playbook = null, GateOptions? options = null, bool withModel = true, EmulatedCompany? company = null,
        IReadOnlyDictionary<string, string>? others = null, bool synced = false, NoticesOptions? notices = null, bool requirePublished = false, bool proof = false, Action<IServiceCollection>? more = null,
        ToolServerSet? toolServers = null)
    {
        var model = await ScriptedModel.StartAsync(script: script);
        var crash = new CrashPlan();
        crash.Arm(null);
        var folder = Folder;
        if (playbook is not null)
        {
            folder = Directory.CreateTempSubdirectory("siit-playbooks-").FullName;
            await File.WriteAllTextAsync(Path.Combine(folder, "own.yaml"), playbook);
            foreach (var (name, text) in others ?? new Dictionary<string, string>())
                await File.WriteAllTextAsync(Path.Combine(folder, name), text);
        }

        options ??= new GateOptions { ReadBackPatience = TimeSpan.FromMilliseconds(500), SettlePatience = TimeSpan.FromSeconds(2) };
        var gate = company is null ? await GateWorld.StartAsync(options, more: Add, notices: notices) : await GateWorld.StartBeforeAsync(company, options, more: Add, proof: proof);
        var world = new RunWorld(gate, model, crash) { PlaybookFolder = folder };
        if (proof)
            await world.SettleContactsAsync();
        return world;

        void Add(IServiceCollection services)
        {
            services.AddSingleton(provider => AuditLog.Open(
                provider.GetRequiredService<IOptions<AuditOptions>>().Value, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<AuditLog>>(), crash.Open));
            services.AddSingleton(provider => crash.Around(provider.GetRequiredService<LiteDbStore>()));
            // No file is ever there: tests tell what the HRIS pushes.
            services.AddHris(new HrisOptions { Sources = [new HrisSource("hr", Path.Combine(folder, "no.csv"), null)], LeaversPerDay = 1000 });
            if (proof)
                services.AddSingleton(new SyncOptions()).AddSingleton(new PersonOptions { Sources = SourceRules.Default([.. company!.Connect(new()).Select(connection => connection.Name)]) });
            else if (synced)
                services.AddSingleton(new SyncOptions { Changes = TimeSpan.FromMinutes(30) });
            services.AddPlaybooks(new PlaybookOptions { Folder = folder, RequirePublished = requirePublished ? true : null }, withModel ? AgentWorld.Options(model) : null);
            if (toolServers is not null)
                services.AddToolServers(toolServers, folder);
            more?.Invoke(services);
        }
    }

    /// <summary>The repository's own.</summary>
    private static string Folder
    {
        get
        {
            for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
            {
                if (File.Exists(Path.Combine(at.FullName, "Siit.Iam.Agent.sln")))
                    return Path.Combine(at.FullName, "playbooks");
            }

            throw new DirectoryNotFoundException("playbooks");
        }
    }

    /// <summary>Resets ask for a proof, and what is known of Ana and Ben has been known for longer than a week.</summary>
    public static async Task<RunWorld> StartProvingAsync(string idp = "okta", string? playbook = null, bool withModel = true, Action<IServiceCollection>? more = null)
    {
        var company = await EmulatedCompany.StartAsync(null, idp);
        // Okta's own managers are names, which lead to nobody for certain.
        company.Okta?.Arrange(new JsonObject { ["user"] = "ana@acme.example", ["profile"] = new JsonObject { ["manager"] = "mona@acme.example" } });
        return await StartAsync(playbook: playbook, withModel: withModel, company: company, proof: true, more: more);
    }

    private async Task SettleContactsAsync()
    {
        foreach (var connection in Gate.Get<IdpConnections>().All)
        {
            await ReadsWorld.ImportedAsync(Gate.Get<DirectoryCopy>(), connection.Name);
            foreach (var person in new[] { "ana@acme.example", "ben@acme.example" })
                await Gate.Get<ContactBook>().OfAsync(connection, (await connection.FindAccountsAsync(person, CancellationToken.None)).Single(), CancellationToken.None);
        }

        Gate.Time.Advance(TimeSpan.FromDays(8));
    }

    /// <summary>Whoever is asked to prove who they are for this request types every code that they were sent; a manager who is asked vouches.</summary>
    public async Task ProveAsync(string request)
    {
        foreach (var proof in (await Gate.Store.FindAsync<ProofRecord>("request", request)).Where(proof => proof.IsOpen))
        {
            foreach (var sent in proof.Challenges.Where(challenge => challenge.Mac is not null && challenge.ClosedAt is null))
                await Gate.Get<ProofDesk>().EnterAsync(proof.Id, CodeOf(proof, sent), "the desk", CancellationToken.None);
            if (proof.Challenges.FirstOrDefault(challenge => challenge is { Method: ProofMethod.Vouch, ClosedAt: null }) is { } asked)
                await Gate.Get<ProofDesk>().VouchAsync(proof.Id, asked.To, Gate.Time.GetUtcNow(), CancellationToken.None);
        }
    }

    public string CodeOf(ProofRecord proof, Challenge sent) => EightDigits().Match(Gate.Posted.All.Single(notice => notice.Key == $"{proof.Id}/{sent.Id}").Text).Value;

    /// <summary>Until it waits for a proof.</summary>
    public Task<ProofRecord> AsksForProofAsync(string run, string request) => Eventually.Is(
        async () => (await GetAsync(run)).State == RunState.Waiting && await Gate.Store.FindAsync<ProofRecord>("request", request) is [.., var last] ? last : null!, proof => proof is { Challenges.Count: > 0 });

    public Task<RunAnswer> RunAsync(CallerRecord caller, string playbook, JsonObject inputs, string? requester = null, string? request = null) =>
        Desk.RunAsync(caller, Doors.McpHttp, playbook, inputs, requester, request, CancellationToken.None);

    /// <summary>The HRIS says this about somebody now.</summary>
    public Task EmployAsync(string key, HrisFacts facts) => Gate.Get<HrisBook>().PushAsync("hr", async cancellationToken =>
    {
        var id = HrisPerson.IdOf("hr", key);
        var said = new HrisPerson { Id = id, Source = "hr", Key = key, Feed = HrisFeed.Csv, Facts = facts, ReadAt = Gate.Time.GetUtcNow() };
        return (await Gate.Store.GetAsync<HrisPerson>(id, cancellationToken), said);
    }, CancellationToken.None);

    public DateOnly Today => DateOnly.FromDateTime(Gate.Time.GetUtcNow().UtcDateTime);

    /// <summary>What starts by itself has been started when it returns.</summary>
    public Task TriggersAsync() => Gate.Get<TriggerKeeper>().LookAsync(CancellationToken.None);

    /// <summary>Everything that has just changed at an IdP is known, and has started what it starts.</summary>
    public async Task SyncAsync(string connection = "okta")
    {
        var sync = Gate.Get<DirectorySync>().Find(connection)!;
        await Eventually.Is(() => Task.FromResult(Gate.Get<DirectoryCopy>().Imported().Contains(connection)), imported => imported);
        await sync.WakeAsync(new SyncWish(SyncWishKind.Now), CancellationToken.None);
        await TriggersAsync();
    }

    /// <summary>Oldest first.</summary>
    public async Task<IReadOnlyList<RunRecord>> RunsAsync(string? playbook = null) =>
        [.. (await Gate.Store.ListAsync<RunRecord>(1000)).Where(run => playbook is null || run.Playbook == playbook)];

    public static JsonObject Person(string person, string connection = "okta") => new() { ["person"] = person, ["connection"] = connection };

    public async Task<RunAnswer> GetAsync(string run) => (await Desk.FindRunAsync(run, CancellationToken.None))!;

    /// <summary>Until it waits for a decision, or is over.</summary>
    public Task<RunAnswer> StopsAsync(string run) => Eventually.Is(() => GetAsync(run), answer => answer.State is not RunState.Running and not RunState.Waiting
        || (answer.WaitsFor is { } call && Gate.Store.GetAsync<CallRecord>(call).AsTask().GetAwaiter().GetResult() is { State: CallState.AwaitingApproval, Approval.CompleteAt: null }));

    public Task<RunAnswer> EndAsync(string run) => Eventually.Is(() => GetAsync(run), answer => answer.State.IsEnded());

    /// <summary>Decides whatever the run asks for until it is over.</summary>
    public async Task<RunAnswer> DriveAsync(string run, ApproverRecord approver)
    {
        while (await StopsAsync(run) is { } answer)
        {
            if (answer.State.IsEnded())
                return answer;
            await Gate.DecideAsync(answer.WaitsFor!, approver);
            await Eventually.Is(() => GetAsync(run), now => now.WaitsFor != answer.WaitsFor || now.State.IsEnded());
        }

        throw new InvalidOperationException();
    }

    public async ValueTask DisposeAsync()
    {
        await Gate.DisposeAsync();
        await Model.DisposeAsync();
    }

    [GeneratedRegex(@"\b\d{8}\b")]
    private static partial Regex EightDigits();
}
