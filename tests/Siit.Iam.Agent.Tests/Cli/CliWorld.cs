using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OtpNet;
using Siit.Iam.Agent.Cli;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Store;
using Siit.Iam.Agent.Tests.Support;
using Siit.Iam.Emulator.Okta;

namespace Siit.Iam.Agent.Tests.Cli;

/// <summary>What a verb printed and ended with.</summary>
internal sealed record Ran(int ExitCode, string Out, string Error)
{
    public JsonNode Json => JsonNode.Parse(Out)!;

    public override string ToString() => $"exit {ExitCode}\n{Out}\n{Error}";
}

/// <summary>The whole server as it is shipped, on a folder of its own in front of an emulated Okta, and verbs typed at it.</summary>
internal sealed class CliWorld : IAsyncDisposable
{
    private const string TokenVariable = "SIIT_TEST_OKTA_TOKEN";
    private readonly string _parent = Directory.CreateTempSubdirectory("siit-cli-").FullName;
    private WebApplication? _server;
    private string? _otpUri;
    private (string Key, string Value)[] _settings = [];
    private readonly Action<IServiceCollection>? _more;

    private CliWorld(EmulatedOkta okta, Action<IServiceCollection>? more) => (Okta, _more) = (okta, more);

    public EmulatedOkta Okta { get; }

    public DataFolder Data => new(Path.Combine(_parent, "data"));

    public string Parent => _parent;

    public ManualTime Time { get; } = new();

    public Dictionary<string, string> Environment { get; } = [];

    public Uri Address => Server.AddressOf(_server!);

    /// <param name="more">Registered last, so that it wins.</param>
    /// <param name="settings">Beside those of the connection.</param>
    public static async Task<CliWorld> StartAsync(Action<IServiceCollection>? more = null, params (string Key, string Value)[] settings)
    {
        System.Environment.SetEnvironmentVariable(TokenVariable, EmulatedOkta.SswsToken);
        var world = new CliWorld(await EmulatedOkta.StartAsync(), more) { _settings = settings };
        await world.StartServerAsync();
        return world;
    }

    public T Get<T>() where T : notnull => _server!.Services.GetRequiredService<T>();

    public async Task StartServerAsync()
    {
        var settings = Settings(Data, new(_settings.Select(one => KeyValuePair.Create(one.Key, (string?)one.Value)))
        {
            ["listen"] = "127.0.0.1:0",
            ["connections:okta:idp"] = "okta",
            ["connections:okta:url"] = Okta.BaseAddress.ToString(),
            ["connections:okta:token:env"] = TokenVariable,
        });
        _server = Server.Build(settings, services =>
        {
            services.AddSingleton<TimeProvider>(Time);
            _more?.Invoke(services);
        });
        await _server.StartAsync();
    }

    public async Task StopServerAsync()
    {
        await _server!.StopAsync();
        await _server.DisposeAsync();
        _server = null;
    }

    public static ServerSettings Settings(DataFolder data, Dictionary<string, string?> values) =>
        ServerSettings.Read(data, new ConfigurationBuilder().AddInMemoryCollection(values).Build()) with { LogToStandardError = false };

    /// <summary>Types a command line, with <c>--data</c> of this world.</summary>
    public Task<Ran> RunAsync(params string[] arguments) => RunAsync(null, arguments);

    /// <summary>As <see cref="RunAsync(string[])"/>, interrupted after a while; the exit code is then -1.</summary>
    public Task<Ran> RunAsync(CancellationToken interrupted, params string[] arguments) => RunAsync(null, arguments, interrupted);

    /// <param name="typed">Answers of a person who is asked; null when nobody sits there.</param>
    /// <param name="arguments">The command line.</param>
    /// <param name="interrupted">As Ctrl-C.</param>
    public async Task<Ran> RunAsync(string? typed, string[] arguments, CancellationToken interrupted = default)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var terminal = new Terminal(new StringReader(typed ?? ""), output, error, isInteractive: typed is not null);
        var surroundings = new Surroundings(terminal, Environment, Time, new Product(Serve.RunAsync, _ => Task.FromResult(0), Server.Idps));
        var exitCode = -1;
        try
        {
            exitCode = await CommandTree.RunAsync([.. arguments, "--data", Data.Path], surroundings, interrupted);
        }
        catch (OperationCanceledException) when (interrupted.IsCancellationRequested)
        {
            // As a process that was interrupted.
        }

        return new Ran(exitCode, output.ToString(), error.ToString());
    }

    /// <summary>A code that was not used yet.</summary>
    public string Code()
    {
        Time.Advance(TimeSpan.FromSeconds(31));
        var secret = Base32Encoding.ToBytes(Regex.Match(_otpUri!, "secret=([A-Z2-7]+)").Groups[1].Value);
        return new Totp(secret).ComputeTotp(Time.GetUtcNow().UtcDateTime);
    }

    public async Task EnrolFirstAsync(string email = "rita@acme.example")
    {
        var code = (await Get<ApproverRegistry>().MakeBootstrapCodeAsync(CancellationToken.None))!;
        var enrolled = await RunAsync("approvers", "add", email, "--name", "Rita", "--group", "security", "--bootstrap", code, "--json");
        Assert.True(enrolled.ExitCode == 0, enrolled.ToString());
        _otpUri = enrolled.Json["uri"]!.GetValue<string>();
    }

    /// <summary>Registers a caller that may everything, and puts its token where <c>call</c> looks for it.</summary>
    public async Task RegisterCallerAsync(string @operator = "olga@acme.example")
    {
        var added = await RunAsync(
            "callers", "add", "desk", "--operator", @operator, "--actions", "*", "--acts-for", "*", "--as", "rita@acme.example", "--code", Code(), "--json");
        Assert.True(added.ExitCode == 0, added.ToString());
        Environment["SIIT_IAM_TOKEN"] = added.Json["token"]!.GetValue<string>();
    }

    /// <summary>A person with an active account and no special role.</summary>
    public static string Somebody => "ben@acme.example";

    /// <summary>Asks for a suspension, which waits for an approver.</summary>
    public async Task<CallRecord> AskAsync(string? requester = null)
    {
        List<string> typed = ["call", "suspend_user", "-i", $"person={Somebody}", "-i", "reason=left the company", "-i", "request=REQ-1", "--json"];
        if (requester is not null)
            typed.AddRange(["-i", $"requester={requester}"]);
        var asked = await RunAsync([.. typed]);
        Assert.True(asked.ExitCode == 0, asked.ToString());
        return (await Get<CallDesk>().FindAsync(asked.Json["call"]!.GetValue<string>(), CancellationToken.None))!;
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await StopServerAsync();
        await Okta.DisposeAsync();
        Directory.Delete(_parent, recursive: true);
    }
}
