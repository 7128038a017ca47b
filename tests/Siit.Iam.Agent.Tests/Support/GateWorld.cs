using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Idps.Okta;
using Siit.Iam.Agent.Idps.Resilience;
using Siit.Iam.Agent.Requests;
using Siit.Iam.Agent.Secrets;
using Siit.Iam.Agent.Store;
using Siit.Iam.Emulator.Common;
using Siit.Iam.Emulator.Okta;

namespace Siit.Iam.Agent.Tests.Support;

/// <summary>The real gate, audit log, store and Okta connector, in front of an emulated Okta. Can be stopped, killed and started again.</summary>
internal sealed class GateWorld : IAsyncDisposable
{
    private const string TokenVariable = "SIIT_TEST_OKTA_TOKEN";

    private readonly GateOptions _options;
    private readonly Action<IServiceCollection>? _more;
    private readonly bool _ownsFolder;
    private ServiceProvider? _services;

    private GateWorld(EmulatedOkta okta, GateOptions options, string folder, bool ownsFolder, Action<IServiceCollection>? more) =>
        (Okta, _options, Folder, _ownsFolder, _more) = (okta, options, folder, ownsFolder, more);

    public EmulatedOkta Okta { get; }

    public string Folder { get; }

    public ManualTime Time { get; private set; } = new();

    public ActionExecutor Executor => Get<ActionExecutor>();

    public ApprovalDesk Approvals => Get<ApprovalDesk>();

    public CallDesk Calls => Get<CallDesk>();

    public IStore Store => Get<IStore>();

    public string AuditFile => new AuditFiles(Path.Combine(Folder, "audit")).Log;

    public static async Task<GateWorld> StartAsync(GateOptions? options = null, EmulatorOptions? emulator = null, Action<IServiceCollection>? more = null)
    {
        Environment.SetEnvironmentVariable(TokenVariable, EmulatedOkta.SswsToken);
        var world = new GateWorld(
            await EmulatedOkta.StartAsync(emulator), options ?? new GateOptions(), Directory.CreateTempSubdirectory("siit-gate-").FullName, true, more);
        await world.StartServerAsync();
        return world;
    }

    public T Get<T>() where T : notnull => _services!.GetRequiredService<T>();

    public async Task StartServerAsync()
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton<TimeProvider>(Time);
        services.AddAudit(audit => audit.Folder = Path.Combine(Folder, "audit"));
        services.AddSingleton(provider => provider.GetRequiredService<Microsoft.Extensions.Options.IOptions<AuditOptions>>().Value);
        services.AddStore(new DataFolder(Folder));
        services.AddSingleton(new ResilienceOptions());
        services.AddSingleton(provider => new IdpConnections(
        [
            OktaSetup.Create(
                "okta",
                new OktaOptions { Url = Okta.BaseAddress, Token = SecretSource.FromEnvironment(TokenVariable) },
                provider.GetRequiredService<ResilienceOptions>(),
                TimeProvider.System),
        ]));
        services.AddSecrets();
        services.AddGate(_options);
        services.AddRequests();
        _more?.Invoke(services);
        var built = services.BuildServiceProvider();
        _services = built;
        foreach (var hosted in built.GetServices<IHostedService>())
            await hosted.StartAsync(CancellationToken.None);
    }

    public async Task StopServerAsync()
    {
        var running = _services!;
        foreach (var hosted in running.GetServices<IHostedService>())
            await hosted.StopAsync(CancellationToken.None);
        await running.DisposeAsync();
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
        await Okta.DisposeAsync();
        if (_ownsFolder)
            Directory.Delete(Folder, recursive: true);
    }
}
