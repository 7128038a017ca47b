using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Tests.Cli;

public sealed class SettingsTests
{
    private static readonly DataFolder Folder = new(Path.Combine(Path.GetTempPath(), "siit-none"));

    /// <summary>What names a tool holds for it, and what names one that is not there, or that can never hold, stops the start.</summary>
    [Theory]
    [InlineData("gate:budgets:0:actions", "chat.post_message", null)]
    [InlineData("gate:budgets:0:actions", "chat.post_mesage", "gate:budgets: 'chat.post_mesage' is neither an action nor a tool of another server that changes anything")]
    [InlineData("gate:budgets:0:actions", "chat.search", "The tools: chat.post_message.")]
    [InlineData("gate:approvalRules:0:actions:0", "chat.post_message", null)]
    [InlineData("gate:approvalRules:0:connections:0", "chat", null)]
    [InlineData("gate:approvalRules:0:connections:0", "chats", "gate:approvalRules: 'r' names 'chats', which is no connection. Did you mean 'chat'?")]
    [InlineData("gate:approvalRules:0:actions:0", "tickets.post_message", "gate:approvalRules: 'r' names 'tickets.post_message', which is neither an action nor a tool of another server that changes anything, nor one of *, high, medium, low. The actions: ")]
    [InlineData("gate:approvalRules:0:actions:0", "chat.search", "The tools: chat.post_message.")]
    [InlineData("gate:approvalRules:0:departments:0", "Sales", "it would never hold")]
    [InlineData("gate:approvalRules:0:seats:0", "manager", "a tool of another server is about nobody: give the rule a fallback")]
    [InlineData("gate:standingApprovals:0:actions:0", "chat.post_message", "gate:standingApprovals: 'SA' names 'chat.post_message', a tool of another server: it is done to no person")]
    public void Gate_NamesATool_IsTakenOrToldWithTheRightNames(string key, string value, string? said)
    {
        Dictionary<string, string?> settings = new()
        {
            ["toolServers:chat:url"] = "http://127.0.0.1:7199/mcp",
            ["toolServers:chat:tools:post_message:effect"] = "write",
            ["toolServers:chat:tools:post_message:risk"] = "low",
            ["toolServers:chat:tools:search:effect"] = "read",
        };
        if (key.StartsWith("gate:budgets", StringComparison.Ordinal))
            (settings["gate:budgets:0:max"], settings["gate:budgets:0:window"]) = ("1", "1h");
        if (key.StartsWith("gate:approvalRules", StringComparison.Ordinal))
            (settings["gate:approvalRules:0:name"], settings["gate:approvalRules:0:demand"], settings["gate:approvalRules:0:actions:0"]) = ("r", "one", "chat.post_message");
        if (key.StartsWith("gate:standingApprovals", StringComparison.Ordinal))
            settings["gate:standingApprovals:0:id"] = "SA";
        settings[key] = value;

        var problems = ServerSettings.Read(Folder, new ConfigurationBuilder().AddInMemoryCollection(settings).Build()).Problems;

        if (said is null)
            Assert.Empty(problems);
        else
            Assert.Contains(problems, problem => problem.Contains(said, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("listn", "127.0.0.1:7100", "listn is not known. Did you mean 'listen'?")]
    [InlineData("whatever", "1", "whatever is not known. Known: audit, connections, console, demo, gate, hris, listen, mcp, model, notices, people, playbooks, secrets, sync, toolServers.")]
    [InlineData("toolServers:chat:comand", "x", "toolServers:chat:comand is not known. Did you mean 'command'?")]
    [InlineData("toolServers:Chat:command", "x", "toolServers:Chat cannot be a name")]
    [InlineData("toolServers:chat:timeout", "1s", "toolServers:chat needs exactly one of 'command'")]
    [InlineData("toolServers:chat:command", "x", "toolServers:chat:tools is empty.")]
    [InlineData("toolServers:chat:url", "http://chat.acme.example/mcp", "toolServers:chat:url must begin with https://; http is for loopback only.")]
    [InlineData("toolServers:chat:url", "ftp://chat", "toolServers:chat:url (ftp://chat) is no address")]
    [InlineData("toolServers:chat:token", "00abc", "Secrets do not stand in the settings")]
    [InlineData("toolServers:chat:env:0", "SIIT_IAM_TOKEN", "toolServers:chat:env names SIIT_IAM_TOKEN, which holds a secret or a setting of this server itself")]
    [InlineData("toolServers:chat:tools:post:effect", "both", "toolServers:chat:tools:post:effect must be read or write")]
    [InlineData("toolServers:chat:tools:post:effect", "write", "toolServers:chat:tools:post:risk is missing")]
    [InlineData("toolServers:chat:tools:post:risk", "huge", "toolServers:chat:tools:post:risk must be low")]
    [InlineData("toolServers:chat:tools:a.b:effect", "read", "toolServers:chat:tools:a.b cannot be named in a playbook")]
    [InlineData("toolServers:chat:maxAnswer", "5", "toolServers:chat:maxAnswer must be a number from 100 to 200000")]
    [InlineData("listen", "7100", "listen must be an address and a port such as 127.0.0.1:7100, not '7100'.")]
    [InlineData("listen", "0.0.0.0:7100", "listen is '0.0.0.0:7100', which is not on loopback: tokens would cross the network in the clear. Listen on 127.0.0.1 and put a proxy that speaks TLS in front.")]
    [InlineData("demo", "yes", "demo must be true or false, not 'yes'.")]
    [InlineData("gate:callsPerMinut", "3", "gate:callsPerMinut is not known. Did you mean 'callsPerMinute'?")]
    [InlineData("gate:callsPerMinute", "many", "gate:callsPerMinute must be a whole number, not 'many'.")]
    [InlineData("gate:callsPerMinute", "0", "gate:callsPerMinute must be between 1 and 1,000,000.")]
    [InlineData("gate:approvalLifetime", "15", "gate:approvalLifetime must be a time such as 30s, 15m, 1h, 7d or 00:15:00, not '15'.")]
    [InlineData("gate:raiseApproval:reset_mfa", "three", "gate:raiseApproval:reset_mfa must be one of none, one, two, refuse, not 'three'.")]
    [InlineData("gate:raiseApproval:reset_mfa", "none", "gate:raiseApproval: 'none' would lower 'reset_mfa'; lowering is dangerouslyRunWithoutApproval.")]
    [InlineData("gate:protectedGroups", "vips", "gate:protectedGroups must be a list: [\"vips\"].")]
    [InlineData("gate:budgets:0:actions", "reset_mfas", "gate:budgets: 'reset_mfas' needs max of 1 or more and a window between 1 second and 31 days.")]
    [InlineData("audit:queueLength", "0", "audit:queueLength must be a number from 1 to 65536, not '0'.")]
    [InlineData("audit:folder", "/tmp", "audit:folder is not known. Known: checkpointEvery, keep, origin, queueLength, reserveBytes, witnesses, writeTimeout.")]
    [InlineData("hris:sorces:hr:file", "x", "hris:sorces is not known. Did you mean 'sources'?")]
    [InlineData("hris:sources:hr:fil", "x", "hris:sources:hr:fil is not known. Did you mean 'file'?")]
    [InlineData("hris:sources:hr:fil", "x", "hris:sources:hr needs exactly one of 'file' (a path) and 'token'")]
    [InlineData("hris:sources:hr:token", "00abc", "hris:sources:hr: 'token' holds a value. Secrets do not stand in the settings")]
    [InlineData("hris:sources:my hr:file", "x", "hris:sources: 'my hr' is no name: letters a to z, digits, - and _, at most 40.")]
    [InlineData("hris:leaversPercent", "80", "hris:leaversPercent must be between 0 and 50.")]
    [InlineData("hris:settle", "2h", "hris:settle must be between 0 seconds and 1 hour.")]
    [InlineData("notices:maill:host", "x", "notices:maill is not known. Did you mean 'mail'?")]
    [InlineData("notices:page", "http://iam.acme.example", "notices:page must begin with https://; http is for loopback only.")]
    [InlineData("notices:mail:from", "iam@acme.example", "notices:mail:host is missing")]
    [InlineData("notices:mail:host", "smtp.acme.example", "notices:mail:from must be an address")]
    [InlineData("notices:mail:user", "iam", "notices:mail needs both user and password, or neither.")]
    [InlineData("notices:mail:password", "00abc", "notices:mail: 'password' holds a value. Secrets do not stand in the settings")]
    [InlineData("notices:mail:tls", "ssl", "notices:mail:tls must be one of starttls, tls, none, not 'ssl'.")]
    [InlineData("notices:webhook:url", "http://chat.acme.example/hook", "notices:webhook:url must begin with https://; http is for loopback only.")]
    [InlineData("notices:webhook:url", "ftp://chat.acme.example", "notices:webhook:url must be an address")]
    [InlineData("notices:webhook:url", "https://chat.acme.example/hook", "notices:webhook:secret is missing")]
    [InlineData("notices:webhook:secret", "00abc", "notices:webhook: 'secret' holds a value. Secrets do not stand in the settings")]
    [InlineData("notices:perHour", "0", "notices:perHour must be a number from 1 to 1000, not '0'.")]
    [InlineData("notices:giveUpAfter", "30d", "notices:giveUpAfter must be between 00:01:00 and 7.00:00:00.")]
    [InlineData("audit:keep", "89d", "audit:keep must be between 90.00:00:00 and 36500.00:00:00.")]
    [InlineData("connections:okta:idp", "otka", "connections:okta:idp is 'otka'. Did you mean 'okta'?")]
    [InlineData("connections:okta:url", "https://acme.okta.com", "connections:okta:idp is missing: one of")]
    [InlineData("connections:my okta:idp", "okta", "connections: 'my okta' is no name: letters a to z, digits, - and _, at most 64.")]
    [InlineData("connections:okta:token", "00abc", "Secrets do not stand in the settings")]
    public void Build_SettingIsWrong_SaysKeyAndFix(string key, string value, string problem)
    {
        var values = new Dictionary<string, string?> { [key] = value };
        if (key == "connections:okta:token")
            (values["connections:okta:idp"], values["connections:okta:url"]) = ("okta", "https://acme.okta.com");

        var wrong = Assert.Throws<SettingsException>(() => Server.Build(CliWorld.Settings(Folder, values)));

        Assert.Contains(wrong.Problems, told => told.Contains(problem, StringComparison.Ordinal));
        Assert.DoesNotContain(wrong.Problems, told => told.Contains("00abc", StringComparison.Ordinal));
    }

    /// <summary>Variables are written in capitals; the keys in them are the same.</summary>
    [Theory]
    [InlineData("SIIT_IAM__CONNECTIONS__OKTA__TOKEN__ENV")]
    [InlineData("SIIT_IAM__CONNECTIONS__OKTA__TOKEN__FILE")]
    [InlineData("SIIT_IAM__connections__okta__token__env")]
    public async Task Environment_NamesWhereASecretIs_InWhateverCase(string variable)
    {
        var parent = Directory.CreateTempSubdirectory("siit-settings-").FullName;
        var read = ServerSettings.Read(new DataFolder(parent), null, new Dictionary<string, string>
        {
            ["SIIT_IAM__CONNECTIONS__OKTA__IDP"] = "okta",
            ["SIIT_IAM__CONNECTIONS__OKTA__URL"] = "https://acme.okta.com",
            [variable] = "SIIT_TEST_NOBODY_HAS_IT",
        });

        await using (var app = Server.Build(read with { LogToStandardError = false }))
            Assert.Single(app.Services.GetRequiredService<IdpConnections>().All);
        Directory.Delete(parent, recursive: true);
    }

    [Fact]
    public void Notices_InTheClearToAnotherMachine_AreRefused()
    {
        var wrong = Assert.Throws<SettingsException>(() => Server.Build(CliWorld.Settings(Folder, new()
        {
            ["notices:mail:host"] = "smtp.acme.example",
            ["notices:mail:from"] = "iam@acme.example",
            ["notices:mail:tls"] = "none",
        })));

        Assert.Contains("notices:mail:tls is none, but smtp.acme.example is not on loopback", Assert.Single(wrong.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void Build_EverySectionIsWrong_SaysEverythingAtOnce()
    {
        var wrong = Assert.Throws<SettingsException>(() => Server.Build(CliWorld.Settings(Folder, new()
        {
            ["listen"] = "x",
            ["gate:callsPerMinute"] = "0",
            ["gate:minimumSuperAdministrators"] = "0",
            ["audit:queueLength"] = "x",
            ["connections:a:idp"] = "x",
            ["connections:b:idp"] = "okta",
        })));

        foreach (var key in new[] { "listen", "gate:callsPerMinute", "gate:minimumSuperAdministrators", "audit:queueLength", "connections:a:idp", "connections:b: 'url'" })
            Assert.Contains(wrong.Problems, problem => problem.StartsWith(key, StringComparison.Ordinal));
    }

    [Fact]
    public void Read_ApprovalRules_WrongNamesAreToldWithTheRightOnes()
    {
        var wrong = CliWorld.Settings(Folder, new()
        {
            ["connections:okta:idp"] = "okta",
            ["gate:approvalRules:0:name"] = "finance",
            ["gate:approvalRules:0:actions:0"] = "reset_mfas",
            ["gate:approvalRules:0:connections:0"] = "otka",
            ["gate:approvalRules:0:sensitivity:0"] = "secret",
            ["gate:approvalRules:0:triggers:0"] = "moon",
            ["gate:approvalRules:0:seats:0"] = "boss",
            ["gate:approvalRules:0:seats:1"] = "manager",
            ["gate:approvalRules:0:needed"] = "3",
            ["gate:approvalRules:1:name"] = "finance",
            ["gate:approvalRules:1:colour"] = "red",
            ["gate:standingSource"] = "hrs",
            ["gate:escalateTo"] = "leads",
            ["gate:changeFreezes:0:weekly"] = "friday",
            ["gate:changeFreezes:0:zone"] = "Europe/Atlantis",
        }).Problems;

        foreach (var told in new[]
        {
            "gate:approvalRules: two rules are called 'finance'", "'finance' names 'reset_mfas', which is neither an action", "names 'otka', which is no connection. Did you mean 'okta'?",
            "names the sensitivity 'secret', which gate:sensitivity does not have. It has: none.", "names the trigger 'moon', which there is not. The triggers: hris, idp, manual,",
            "names the seat 'boss'. Seats are any, manager, owner or group:NAME.", "'finance' needs 3 of 2 seats.", "'finance' asks for nothing", "gate:approvalRules:1:colour is not known.",
            "gate:standingSource: 'hrs' is neither a connection nor hris. Did you mean 'hris'?", "gate:escalateAfter and gate:escalateTo belong together",
            "weekly must be two moments of a week such as 'fri 18:00 - mon 06:00', not 'friday'", "'Europe/Atlantis' is no time zone",
        })
            Assert.Contains(wrong, problem => problem.Contains(told, StringComparison.Ordinal));
    }

    [Fact]
    public void Read_FileThenEnvironment_TheEnvironmentWins()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(Path.Combine(folder.Data.Path, ServerSettings.FileName), """
            { // Comments are allowed.
              "listen": "127.0.0.1:7000",
              "gate": { "approvalLifetime": "30m", "raiseApproval": { "unlock_user": "two" }, "protectedAccounts": ["boss@acme.example"] } }
            """);

        var settings = ServerSettings.Read(folder.Data, null, new Dictionary<string, string> { ["SIIT_IAM__LISTEN"] = "localhost:7001", ["SIIT_IAM_DATA"] = "/x" });

        Assert.Empty(settings.Problems);
        Assert.Equal("127.0.0.1:7001", settings.Listen.ToString());
        Assert.Equal(TimeSpan.FromMinutes(30), settings.Gate.ApprovalLifetime);
        Assert.Equal(["boss@acme.example"], settings.Gate.ProtectedAccounts);
        Assert.Equal(Siit.Iam.Agent.Actions.Approvers.Two, settings.Gate.RaiseApproval["unlock_user"]);
        Assert.Equal(new GateOptions().GrantLifetime, settings.Gate.GrantLifetime);
    }

    [Theory]
    [InlineData("{ \"listen\": ", "is no valid JSON")]
    [InlineData("{ \"listen\": \"127.0.0.1:1\", \"listen\": \"127.0.0.1:2\" }", "is no valid JSON")]
    [InlineData("[]", "is no valid JSON")]
    public void Read_FileIsNoSettings_SaysWhichFile(string content, string problem)
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Data.Path, "other.json");
        File.WriteAllText(file, content);

        var told = Assert.Single(ServerSettings.Read(folder.Data, file, new Dictionary<string, string>()).Problems);

        Assert.StartsWith($"{file} {problem}", told, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_NamedFileIsMissing_SaysSo() => Assert.StartsWith(
        "There is no file ", Assert.Single(ServerSettings.Read(Folder, "/nowhere/x.json", new Dictionary<string, string>()).Problems), StringComparison.Ordinal);

    private sealed class TemporaryFolder : IDisposable
    {
        public DataFolder Data { get; } = new(Directory.CreateTempSubdirectory("siit-settings-").FullName);

        public void Dispose() => Directory.Delete(Data.Path, recursive: true);
    }
}
