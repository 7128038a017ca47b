using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OtpNet;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Store;
using Siit.Iam.Agent.Tests.Support;
using Siit.Iam.Emulator.Common;
using Siit.Iam.Emulator.Okta;

namespace Siit.Iam.Agent.Tests.Console;

/// <summary>
/// The whole server as it is shipped, in front of an emulated Okta that people sign in at, too: two approvers of distinct groups,
/// a caller, and everybody else of the company.
/// </summary>
internal sealed class ConsoleWorld : IAsyncDisposable
{
    public const string Nina = "nina@acme.example";
    public const string Rosa = "rosa@acme.example";
    public const string Ben = "ben@acme.example";

    private const string TokenVariable = "SIIT_TEST_CONSOLE_OKTA_TOKEN";
    private const string SecretVariable = "SIIT_TEST_CONSOLE_SECRET";

    private readonly string _folder = Directory.CreateTempSubdirectory("siit-console-").FullName;
    private readonly Dictionary<string, string> _secrets = [];
    private WebApplication _server = null!;
    private CallerRecord _caller = null!;
    private Action<IServiceCollection>? _more;

    private ConsoleWorld(EmulatedOkta okta, ManualTime time) => (Okta, Time) = (okta, time);

    public EmulatedOkta Okta { get; }

    public ManualTime Time { get; }

    public Uri Address => Server.AddressOf(_server);

    public DataFolder Data => new(Path.Combine(_folder, "data"));

    public static Task<ConsoleWorld> StartAsync(bool signIn = true, params (string Key, string Value)[] settings) => StartAsync(signIn, null, null, settings);

    /// <param name="arrange">Done at the IdP before the server starts.</param>
    /// <param name="more">Registered last, so that it wins.</param>
    public static async Task<ConsoleWorld> StartAsync(bool signIn, Action<EmulatedOkta>? arrange, Action<IServiceCollection>? more, params (string Key, string Value)[] settings)
    {
        Environment.SetEnvironmentVariable(TokenVariable, EmulatedOkta.SswsToken);
        Environment.SetEnvironmentVariable(SecretVariable, OktaWebApp.ClientSecret);
        var time = new ManualTime();
        var world = new ConsoleWorld(await EmulatedOkta.StartAsync(new EmulatorOptions { TimeProvider = time }), time) { _more = more };
        arrange?.Invoke(world.Okta);
        Assert.Null(world.Okta.Arrange(new JsonObject { ["user"] = "svc-siit@acme.example", ["role"] = "SUPER_ADMIN" }));
        try
        {
            await world.StartServerAsync(signIn, settings);
        }
        catch (SettingsException)
        {
            await world.Okta.DisposeAsync();
            Directory.Delete(world._folder, recursive: true);
            throw;
        }

        await world.EnrolAsync();
        return world;
    }

    public T Get<T>() where T : notnull => _server.Services.GetRequiredService<T>();

    public Visitor Visitor() => new(this);

    /// <summary>A visitor who has signed in.</summary>
    public async Task<Visitor> VisitorAsync(string login)
    {
        var visitor = Visitor();
        await visitor.SignInAsync(login);
        return visitor;
    }

    /// <summary>A code of this approver's that was not used yet.</summary>
    public string Code(string email)
    {
        Time.Advance(TimeSpan.FromSeconds(31));
        return new Totp(Base32Encoding.ToBytes(_secrets[email])).ComputeTotp(Time.GetUtcNow().UtcDateTime);
    }

    /// <summary>Asks for something as the caller; it waits for an approver.</summary>
    public async Task<CallRecord> AskAsync(string action, JsonObject input, string door = Doors.McpHttp)
    {
        var answer = await CallAsync(action, input, door);
        Assert.True(answer.State == CallState.AwaitingApproval, $"{answer.State} {answer.Code} {answer.Message}");
        return await FindAsync(answer.Call!);
    }

    /// <summary>Calls as the caller, whatever comes of it.</summary>
    public async Task<CallAnswer> CallAsync(string action, JsonObject input, string door = Doors.McpHttp)
    {
        input["reason"] ??= "left the company";
        return await Get<ActionExecutor>().ExecuteAsync(new ActionCall { Action = action, Input = input, Caller = _caller, Door = door }, CancellationToken.None);
    }

    /// <summary>The caller as registered.</summary>
    public CallerRecord Caller => _caller;

    /// <summary>A high-risk call about somebody without a special role.</summary>
    public Task<CallRecord> AskHighAsync(string person = Ben, string? requester = null, string? request = null)
    {
        var input = new JsonObject { ["person"] = person, ["connection"] = "okta" };
        if (requester is not null)
            input["requester"] = requester;
        if (request is not null)
            input["request"] = request;
        return AskAsync("suspend_user", input);
    }

    /// <summary>A call of medium risk that needs one approver.</summary>
    public Task<CallRecord> AskMediumAsync(string title = "Staff Engineer") =>
        AskAsync("update_user", new JsonObject { ["person"] = Ben, ["connection"] = "okta", ["title"] = title });

    public async Task<CallRecord> FindAsync(string call) => (await Get<CallDesk>().FindAsync(call, CancellationToken.None))!;

    public Task<CallRecord> EndAsync(string call) => Eventually.Is(() => FindAsync(call), found => found.State.IsEnded());

    public IReadOnlyList<AuditEntry> Audit(string kind) => [.. AuditReader.ReadAll(new AuditFiles(Data.Audit).Log).Where(entry => entry.Kind == kind)];

    /// <summary>Stops and starts the server on the same folder and, so that a browser finds it again, the same port.</summary>
    public async Task RestartAsync()
    {
        var port = Address.Port;
        await _server.StopAsync();
        await _server.DisposeAsync();
        await StartServerAsync(signIn: true, [("listen", $"127.0.0.1:{port}")]);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.StopAsync();
        await _server.DisposeAsync();
        await Okta.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task StartServerAsync(bool signIn, (string Key, string Value)[] more)
    {
        var settings = new Dictionary<string, string?>
        {
            ["listen"] = "127.0.0.1:0",
            ["connections:okta:idp"] = "okta",
            ["connections:okta:url"] = Okta.BaseAddress.ToString(),
            ["connections:okta:token:env"] = TokenVariable,
            ["sync:enabled"] = "false",
        };
        if (signIn)
        {
            settings["console:authority"] = Okta.BaseAddress.ToString();
            settings["console:clientId"] = OktaWebApp.ClientId;
            settings["console:clientSecret:env"] = SecretVariable;
        }

        foreach (var (key, value) in more)
            settings[key] = value;
        _server = Server.Build(
            ServerSettings.Read(Data, new ConfigurationBuilder().AddInMemoryCollection(settings).Build()) with { LogToStandardError = false },
            services =>
            {
                services.AddSingleton<TimeProvider>(Time);
                _more?.Invoke(services);
            });
        await _server.StartAsync();
    }

    private async Task EnrolAsync()
    {
        var approvers = Get<ApproverRegistry>();
        var bootstrap = (await approvers.MakeBootstrapCodeAsync(CancellationToken.None))!;
        var nina = await approvers.EnrolFirstAsync(new NewApprover(Nina, "Nina Petrova", ["service-desk"], []), bootstrap, CancellationToken.None);
        var rosa = await approvers.EnrolAsync(new NewApprover(Rosa, "Rosa Delgado", ["security"], []), nina.Approver!, CancellationToken.None);
        (_secrets[Nina], _secrets[Rosa]) = (Secret(nina), Secret(rosa));
        var caller = await Get<CallerRegistry>().AddAsync(new NewCaller("desk", "olga@acme.example", null, ["*"], ["*"], ["*"]), nina.Approver!, CancellationToken.None);
        _caller = caller.Caller!;

        static string Secret(Enrolment enrolment) => Regex.Match(enrolment.Uri!, "secret=([A-Z2-7]+)").Groups[1].Value;
    }
}
