using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Idps.Resilience;
using Siit.Iam.Agent.Notices;
using Siit.Iam.Agent.People;
using Siit.Iam.Agent.People.Sync;
using Siit.Iam.Agent.Requests;
using Siit.Iam.Agent.Secrets;
using Siit.Iam.Agent.Store;
using Siit.Iam.Emulator.Common;
using Siit.Iam.Emulator.Okta;

namespace Siit.Iam.Agent.Tests.Support;

/// <summary>The real gate, audit log, store and connectors, in front of emulated IdPs (Okta unless told). Can be stopped, killed and started again.</summary>
internal sealed class GateWorld : IAsyncDisposable
{
    private readonly GateOptions _options;
    private readonly Action<IServiceCollection>? _more;
    private readonly bool _ownsFolder;
    private bool _proof;
    private ServiceProvider? _services;

    private GateWorld(EmulatedCompany company, GateOptions options, string folder, bool ownsFolder, Action<IServiceCollection>? more) =>
        (Company, _options, Folder, _ownsFolder, _more) = (company, options, folder, ownsFolder, more);

    public EmulatedCompany Company { get; }

    public EmulatedOkta Okta => Company.Okta!;

    /// <summary>How patiently the connectors talk to their IdPs.</summary>
    public ResilienceOptions Resilience { get; private init; } = new();

    /// <summary>How people are told; nobody unless it says so.</summary>
    public NoticesOptions Notices { get; init; } = new();

    public string Folder { get; }

    public ManualTime Time => Company.Time;

    /// <summary>What people were sent, where resets ask for a proof.</summary>
    public PostedNotices Posted { get; } = new();

    public ActionExecutor Executor => Get<ActionExecutor>();

    public ApprovalDesk Approvals => Get<ApprovalDesk>();

    public CallDesk Calls => Get<CallDesk>();

    public IStore Store => Get<IStore>();

    public string AuditFile => new AuditFiles(Path.Combine(Folder, "audit")).Log;

    /// <param name="proof">Resets ask for a proof, as they do for everybody; most tests are about something else.</param>
    public static async Task<GateWorld> StartAsync(
        GateOptions? options = null, EmulatorOptions? emulator = null, Action<IServiceCollection>? more = null, NoticesOptions? notices = null, bool proof = false)
    {
        var world = new GateWorld(
            await EmulatedCompany.OnlyOktaAsync(emulator), Asking(options, proof), Directory.CreateTempSubdirectory("siit-gate-").FullName, true, more)
        {
            Notices = notices ?? new NoticesOptions(),
            _proof = proof,
        };
        await world.StartServerAsync();
        return world;
    }

    /// <summary>In front of these IdPs, on their clock.</summary>
    public static async Task<GateWorld> StartBeforeAsync(
        EmulatedCompany company, GateOptions? options = null, ResilienceOptions? resilience = null, Action<IServiceCollection>? more = null, bool proof = false)
    {
        var world = new GateWorld(company, Asking(options, proof), Directory.CreateTempSubdirectory("siit-gate-").FullName, true, more)
        {
            Resilience = resilience ?? new ResilienceOptions(),
            _proof = proof,
        };
        await world.StartServerAsync();
        return world;
    }

    private static GateOptions Asking(GateOptions? options, bool proof)
    {
        options ??= new GateOptions();
        if (!proof && options.DangerouslyWithoutProof.Count == 0)
            options.DangerouslyWithoutProof = ["reset_mfa", "reset_password"];
        return options;
    }

    public T Get<T>() where T : notnull => _services!.GetRequiredService<T>();

    public async Task StartServerAsync()
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton<TimeProvider>(Time);
        // Signed when it stops: what is durable when depends on nothing but the calls.
        services.AddAudit(audit => (audit.Folder, audit.CheckpointEvery) = (Path.Combine(Folder, "audit"), TimeSpan.FromHours(1)));
        services.AddSingleton(provider => provider.GetRequiredService<Microsoft.Extensions.Options.IOptions<AuditOptions>>().Value);
        services.AddStore(new DataFolder(Folder));
        services.AddSingleton(Resilience);
        services.AddSingleton(provider => new IdpConnections(Company.Connect(provider.GetRequiredService<ResilienceOptions>())));
        services.AddSecrets();
        services.AddGate(_options);
        services.AddNotices(_proof ? Notices with { Page = new Uri("https://iam.acme.example") } : Notices);
        if (_proof)
            services.AddSingleton<INotices>(Posted);
        services.AddPeople(new SyncOptions { Enabled = false });
        services.AddRequests();
        _more?.Invoke(services);
        var built = services.BuildServiceProvider();
        List<IHostedService> all;
        try
        {
            all = [.. built.GetServices<IHostedService>()];
        }
        catch
        {
            // It lets go of what it had opened before, as a process that ends.
            await built.DisposeAsync();
            throw;
        }

        _services = built;
        foreach (var hosted in all)
            await hosted.StartAsync(CancellationToken.None);
    }

    public async Task StopServerAsync()
    {
        if (_services is not { } running)
            return;
        _services = null;
        foreach (var hosted in running.GetServices<IHostedService>())
            await hosted.StopAsync(CancellationToken.None);
        await running.DisposeAsync();
    }

    /// <summary>Stops without order, as far as one process can: what fails on the way is nobody's concern any more.</summary>
    public async Task KillServerAsync()
    {
        if (_services is not { } running)
            return;
        _services = null;
        foreach (var hosted in running.GetServices<IHostedService>())
            await Quietly(() => hosted.StopAsync(CancellationToken.None));
        await Quietly(() => running.GetRequiredService<AuditLog>().DisposeAsync().AsTask());
        await Quietly(() => running.GetRequiredService<LiteDbStore>().DisposeAsync().AsTask());
        await Quietly(() => running.DisposeAsync().AsTask());

        static async Task Quietly(Func<Task> stop)
        {
            try
            {
                await stop();
            }
            catch (Exception)
            {
                // A process that is gone does not stop in good order.
            }
        }
    }

    public async Task<CallerRecord> CallerAsync(
        string id = "agent", string @operator = "olga@acme.example", string? person = null, string[]? actions = null, string[]? actsFor = null)
    {
        var caller = new CallerRecord
        {
            Id = id,
            Operator = @operator,
            Person = person,
            Actions = actions ?? ["*"],
            Connections = ["*"],
            ActsFor = actsFor ?? ["*"],
            TokenHash = id,
            AddedAt = Time.GetUtcNow(),
        };
        Assert.True((await Store.CommitAsync([Change.Create(caller)])).Done);
        return caller with { Version = 1 };
    }

    public async Task<ApproverRecord> ApproverAsync(string email, params string[] groups)
    {
        var approver = new ApproverRecord
        {
            Id = "ap_" + email,
            Email = email,
            Name = email.Split('@')[0],
            Groups = groups.Length > 0 ? groups : ["desk"],
            SealedSecret = "",
            EnrolledAt = Time.GetUtcNow(),
        };
        Assert.True((await Store.CommitAsync([Change.Create(approver)])).Done);
        return approver with { Version = 1 };
    }

    public Task<CallAnswer> CallAsync(CallerRecord caller, string action, JsonObject input, CancellationToken cancellationToken = default)
    {
        if (!input.ContainsKey("reason") && Siit.Iam.Agent.Actions.ActionCatalog.Find(action) is { IsRead: false })
            input["reason"] = "test";
        return Executor.ExecuteAsync(new ActionCall { Action = action, Input = input, Caller = caller, Door = Doors.McpHttp }, cancellationToken);
    }

    public async Task<DecisionResult> DecideAsync(string call, ApproverRecord approver, bool approve = true)
    {
        var waiting = await Calls.FindAsync(call, CancellationToken.None);
        return await Approvals.DecideAsync(call, approver, approve, waiting?.Approval?.Digest ?? "", null, CancellationToken.None);
    }

    public Task<CallRecord> EndAsync(string call) =>
        Eventually.Is(async () => (await Calls.FindAsync(call, CancellationToken.None))!, found => found.State.IsEnded());

    public IReadOnlyList<AuditEntry> Audit() => [.. AuditReader.ReadAll(AuditFile)];

    public async ValueTask DisposeAsync()
    {
        await StopServerAsync();
        await Company.DisposeAsync();
        if (_ownsFolder)
            Directory.Delete(Folder, recursive: true);
    }
}
