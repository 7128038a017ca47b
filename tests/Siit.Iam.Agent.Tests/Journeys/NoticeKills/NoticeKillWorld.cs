using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using OtpNet;
using Siit.Iam.Agent.Cli;
using Siit.Iam.Agent.Store;
using Siit.Iam.Agent.Tests.Journeys.Kills;
using Siit.Iam.Agent.Tests.Support;
using Siit.Iam.Emulator.Common;
using Siit.Iam.Emulator.Company;
using Siit.Iam.Emulator.Mail;
using Siit.Iam.Emulator.Okta;

namespace Siit.Iam.Agent.Tests.Journeys.NoticeKills;

/// <summary>An emulated Okta and a mailbox that outlive the server, and the data folder of the real one, with one approver and one caller.</summary>
internal sealed partial class NoticeKillWorld : IAsyncDisposable
{
    private const string TokenVariable = "SIIT_NOTICE_KILLS_OKTA_TOKEN";
    private readonly string _parent = Directory.CreateTempSubdirectory("siit-notice-kills-").FullName;
    private string _token = "";

    private NoticeKillWorld(EmulatedOkta okta, EmulatedMailbox mailbox)
    {
        (Okta, Mailbox) = (okta, mailbox);
        var known = WellKnownPeople.All.Select(person => person.Address).ToHashSet();
        People = [.. okta.State.Users.Values.Where(user => user.Status == "ACTIVE" && !known.Contains(user.Login)).Select(user => user.Login).Order(StringComparer.Ordinal)];
    }

    public EmulatedOkta Okta { get; }

    public EmulatedMailbox Mailbox { get; }

    public IReadOnlyList<string> People { get; }

    public DataFolder Data => new(Path.Combine(_parent, "data"));

    private OperatorsClient Door => new(Data);

    public static async Task<NoticeKillWorld> StartAsync()
    {
        var world = new NoticeKillWorld(await EmulatedOkta.StartAsync(new EmulatorOptions { People = 200, RequestsPerMinute = 1_000_000 }), await EmulatedMailbox.StartAsync());
        world.Data.Create();
        await File.WriteAllTextAsync(Path.Combine(world.Data.Path, ServerSettings.FileName), world.Settings().ToJsonString());
        using var server = await world.ServeAsync();
        var enrolled = await world.Door.PostAsync(
            "/approvers",
            new JsonObject { ["email"] = "dana@desk.example", ["name"] = "Dana", ["groups"] = new JsonArray("desk"), ["bootstrap"] = await server.BootstrapCode.WaitAsync(TimeSpan.FromSeconds(60)) },
            CancellationToken.None);
        var approver = new KillApprover("dana@desk.example", "desk", Base32Encoding.ToBytes(Secret().Match(enrolled["uri"]!.GetValue<string>()).Groups[1].Value));
        var added = await world.Door.PostAsync(
            "/callers",
            new JsonObject
            {
                ["id"] = "agent",
                ["operator"] = "olga@desk.example",
                ["actions"] = new JsonArray("*"),
                ["connections"] = new JsonArray("*"),
                ["acts_for"] = new JsonArray("*"),
                ["as"] = approver.Email,
                ["code"] = approver.TakeCode(),
            },
            CancellationToken.None);
        world._token = added["token"]!.GetValue<string>();
        await server.KillAsync();
        return world;
    }

    /// <summary>Starts the server; it listens when this completes.</summary>
    public async Task<ServeProcess> ServeAsync()
    {
        var server = ServeProcess.Start(Data.Path, new Dictionary<string, string> { [TokenVariable] = EmulatedOkta.SswsToken });
        try
        {
            await server.Endpoint.WaitAsync(TimeSpan.FromSeconds(300));
            return server;
        }
        catch (Exception trouble) when (trouble is TimeoutException or InvalidOperationException)
        {
            var said = server.Said;
            server.Dispose();
            throw new InvalidOperationException($"The server does not start on {Data}:\n{said}", trouble);
        }
    }

    /// <summary>Asks for a suspension, which waits for the approver; the call's id once it is acknowledged, null when the server died first.</summary>
    public async Task<string?> AskAsync(string person, CancellationToken cancellationToken)
    {
        try
        {
            var body = new JsonObject { ["action"] = "suspend_user", ["input"] = new JsonObject { ["person"] = person, ["reason"] = "kills" } };
            var answer = await Door.PostAsync("/call", body, cancellationToken, _token);
            return answer["state"]!.GetValue<string>() == "awaiting_approval" ? answer["call"]!.GetValue<string>() : throw new InvalidOperationException($"{answer["message"]}");
        }
        catch (Exception dead) when (dead is CliException or HttpRequestException or IOException or OperationCanceledException)
        {
            return null;
        }
    }

    public async Task<IReadOnlySet<string>> CallsAsync() =>
        (await Door.GetAsync("/calls?limit=1000", CancellationToken.None)).AsArray().Select(call => call!["id"]!.GetValue<string>()).ToHashSet();

    /// <summary>Which call each mail is about, and under which id it came.</summary>
    public ILookup<string, string> Mails() =>
        Mailbox.Mails.ToLookup(mail => Call().Match(mail.Text).Groups[1].Value, mail => mail.MessageId!);

    public async ValueTask DisposeAsync()
    {
        await Mailbox.DisposeAsync();
        await Okta.DisposeAsync();
        Directory.Delete(_parent, recursive: true);
    }

    private JsonObject Settings() => new()
    {
        ["listen"] = "127.0.0.1:0",
        ["connections"] = new JsonObject
        {
            ["okta"] = new JsonObject { ["idp"] = "okta", ["url"] = Okta.BaseAddress.ToString(), ["token"] = new JsonObject { ["env"] = TokenVariable } },
        },
        ["notices"] = new JsonObject
        {
            ["mail"] = new JsonObject { ["host"] = EmulatedMailbox.Host, ["port"] = Mailbox.SmtpPort, ["tls"] = "none", ["from"] = "iam@desk.example" },
            ["perHour"] = 1000,
        },
        ["sync"] = new JsonObject { ["enabled"] = false },
    };

    [GeneratedRegex("secret=([A-Z2-7]+)")]
    private static partial Regex Secret();

    [GeneratedRegex(@"^Call:\s+(call_\w+)", RegexOptions.Multiline)]
    private static partial Regex Call();
}
