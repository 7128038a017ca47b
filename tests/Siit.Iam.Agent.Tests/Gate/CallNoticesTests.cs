using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Notices;
using Siit.Iam.Agent.People.Copy;
using Siit.Iam.Agent.People.Persons;
using Siit.Iam.Agent.People.Sync;
using Siit.Iam.Agent.Store;
using Siit.Iam.Agent.Tests.Notices;
using Siit.Iam.Agent.Tests.People.Persons;
using Siit.Iam.Agent.Tests.Support;
using Siit.Iam.Emulator.Mail;

namespace Siit.Iam.Agent.Tests.Gate;

/// <summary>Who is told what about a call: real gate, real outbox, real SMTP, emulated Okta and mailbox.</summary>
public sealed class CallNoticesTests : IAsyncLifetime
{
    private EmulatedMailbox _mailbox = null!;

    public async ValueTask InitializeAsync() => _mailbox = await EmulatedMailbox.StartAsync();

    public ValueTask DisposeAsync() => _mailbox.DisposeAsync();

    [Fact]
    public async Task Asked_ThoseWhoCouldDecide_AndNobodyElse()
    {
        await using var world = await StartAsync();
        var caller = await world.CallerAsync();
        await world.ApproverAsync("dana@acme.example");
        await world.ApproverAsync("theo@acme.example", "security");
        await world.ApproverAsync("olga@acme.example");
        await world.ApproverAsync("rita@acme.example");
        var removed = await world.ApproverAsync("gone@acme.example");
        await world.Store.CommitAsync([Change.Save(removed with { RemovedAt = world.Time.GetUtcNow() })]);

        var call = await AskAsync(world, caller, "suspend_user", requester: "rita@acme.example", reason: "see https://evil.example/approve");

        var mails = await MailsAsync(2);
        Assert.Equal(["dana@acme.example", "theo@acme.example"], mails.SelectMany(mail => mail.To).Order(StringComparer.Ordinal));
        var mail = mails[0];
        Assert.Equal("Approval needed: Suspend user for \"ben@acme.example\"", mail.Subject);
        Assert.Contains($"https://iam.acme.example/console/approvals/{call}\n", Lines(mail), StringComparison.Ordinal);
        Assert.Contains($"siit-iam approvals show {call}", mail.Text, StringComparison.Ordinal);
        Assert.Contains("Wished by:  \"rita@acme.example\" (claimed by caller agent)", mail.Text, StringComparison.Ordinal);
        Assert.Contains("Silence is a no.", mail.Text, StringComparison.Ordinal);
        // What a model wrote would become a link; what would let somebody in does not travel.
        Assert.DoesNotContain("evil", mail.Raw, StringComparison.Ordinal);
        Assert.DoesNotContain("digest", mail.Raw, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("token", mail.Raw, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Asked_NamesTheHeadOfTheLog()
    {
        await using var world = await StartAsync();
        var caller = await world.CallerAsync();
        await world.ApproverAsync("dana@acme.example");
        await AskAsync(world, caller, "suspend_user");

        var mail = (await MailsAsync(1))[0];
        Assert.Contains(world.Get<AuditLog>().Latest!.Note.ToString(), Lines(mail), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, "Done: Suspend user for \"ben@acme.example\"", "It was approved and is done.")]
    [InlineData(false, "Denied: Suspend user for \"ben@acme.example\"", "It was denied. Nothing was done.")]
    public async Task Requester_HearsHowItEnded(bool approve, string subject, string sentence)
    {
        await using var world = await StartAsync();
        var caller = await world.CallerAsync(person: "rita@acme.example", @operator: "rita@acme.example");
        var approver = await world.ApproverAsync("dana@acme.example");
        var call = await AskAsync(world, caller, "suspend_user");
        Assert.True((await world.DecideAsync(call, approver, approve)).Taken);
        await world.EndAsync(call);

        var mail = await MailToAsync("rita@acme.example");
        Assert.Equal(subject, mail.Subject);
        Assert.Contains(sentence, mail.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Requester_OfSilence_HearsThatItIsANo()
    {
        await using var world = await StartAsync();
        var caller = await world.CallerAsync(person: "rita@acme.example", @operator: "rita@acme.example");
        await world.ApproverAsync("dana@acme.example");
        var call = await AskAsync(world, caller, "suspend_user");
        await MailsAsync(1);
        world.Time.Advance(TimeSpan.FromHours(1));
        await world.EndAsync(call);

        Assert.Contains("Nobody decided in time, which is a no.", (await MailToAsync("rita@acme.example")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Requester_OnlyClaimedAndUnknownHere_IsSentNothing()
    {
        await using var world = await StartAsync();
        var caller = await world.CallerAsync();
        var approver = await world.ApproverAsync("dana@acme.example");
        var call = await AskAsync(world, caller, "suspend_user", requester: "victim@elsewhere.example");
        Assert.True((await world.DecideAsync(call, approver, approve: false)).Taken);

        await Eventually.Is(() => Task.FromResult(_mailbox.Mails.Count), count => count >= 1);
        await world.Get<NoticeSending>().LookAsync(CancellationToken.None);
        Assert.DoesNotContain(_mailbox.Mails, mail => mail.To.Contains("victim@elsewhere.example"));
    }

    [Theory]
    [InlineData("suspend_user", "Signing in to your account was stopped.")]
    [InlineData("reset_mfa", "Second factors of your account were removed")]
    [InlineData("reset_password", "The password of your account must be changed at the next sign-in.")]
    [InlineData("clear_sessions", "Your account was signed out everywhere.")]
    public async Task Person_WhoseAccountItIs_IsTold(string action, string sentence)
    {
        await using var world = await StartAsync();
        var caller = await world.CallerAsync();
        var approver = await world.ApproverAsync("dana@acme.example");
        world.Okta.Arrange(new JsonObject { ["user"] = "ana@acme.example", ["sessions"] = true });
        var input = new JsonObject { ["person"] = "ana@acme.example" };
        if (action == "reset_password")
            input["mode"] = "expire";
        var asked = await world.CallAsync(caller, action, input);
        if (asked.State == CallState.AwaitingApproval)
            Assert.True((await world.DecideAsync(asked.Call!, approver)).Taken);
        Assert.Equal(CallState.Succeeded, (await world.EndAsync(asked.Call!)).State);

        var mail = await MailToAsync("ana@acme.example", sentence);
        Assert.Contains("call your IT desk at once", mail.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Person_OfAResetWithNoOtherAddress_TheManagerIsToldAsWell()
    {
        await using var world = await StartAsync(sync: true);
        await Eventually.Is(() => Task.FromResult(world.Get<DirectoryCopy>()), copy => copy.IsLoaded && copy.Imported().Contains("okta"), seconds: 120);
        var caller = await world.CallerAsync();
        var approver = await world.ApproverAsync("dana@acme.example");
        var call = await AskAsync(world, caller, "reset_mfa", person: "ana@acme.example");
        Assert.True((await world.DecideAsync(call, approver)).Taken);
        await world.EndAsync(call);

        await MailToAsync("ana@acme.example", "Second factors of your account were removed");
        var manager = await MailToAsync("mona@acme.example");
        Assert.Equal("About \"ana@acme.example\": Reset MFA", manager.Subject);
        Assert.Contains("You get this because you are named as the manager", manager.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Quiet_Kinds_AreNotSent()
    {
        await using var world = await StartAsync(quiet: [CallNotices.ApprovalAsked]);
        var caller = await world.CallerAsync(person: "rita@acme.example", @operator: "rita@acme.example");
        var approver = await world.ApproverAsync("dana@acme.example");
        var call = await AskAsync(world, caller, "suspend_user");
        await world.DecideAsync(call, approver, approve: false);

        await MailToAsync("rita@acme.example");
        Assert.DoesNotContain(_mailbox.Mails, mail => mail.To.Contains("dana@acme.example"));
    }

    [Fact]
    public async Task Call_WithoutApproval_MakesNoMailToTheRequester()
    {
        await using var world = await StartAsync();
        var caller = await world.CallerAsync(person: "rita@acme.example", @operator: "rita@acme.example");
        var refused = await world.CallAsync(caller, "suspend_user", new JsonObject { ["person"] = "ben@acme.example" });

        Assert.Equal(CallState.Refused, refused.State);
        await world.Get<NoticeSending>().LookAsync(CancellationToken.None);
        Assert.Empty(_mailbox.Mails);
        Assert.Empty(await world.Get<NoticeDesk>().ListAsync(null, 100, CancellationToken.None));
    }

    [Fact]
    public async Task Reminder_And_Escalation_AreSentOnceEach()
    {
        await using var world = await StartAsync();
        var caller = await world.CallerAsync();
        var approver = await world.ApproverAsync("dana@acme.example");
        var call = (await world.Calls.FindAsync(await AskAsync(world, caller, "suspend_user"), CancellationToken.None))!;
        var notices = world.Get<CallNotices>();
        foreach (var changes in new[] { notices.Reminder(call, [approver], 1), notices.Reminder(call, [approver], 1), notices.Escalated(call, [approver]), notices.Asked(call, [approver]) })
            Assert.True((await world.Store.CommitAsync(changes)).Done);

        var mails = await MailsAsync(3);
        Assert.Equal(
            ["Approval needed", "Handed on to you", "Still waiting for approval"], mails.Select(mail => mail.Subject.Split(':')[0]).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Store_RestoredFromBefore_SendsNothingAgainThatTheLogKnowsAsSent()
    {
        await using var world = await StartAsync();
        var caller = await world.CallerAsync();
        await world.ApproverAsync("dana@acme.example");
        _mailbox.Faults.Add(new MailFault(MailFaultKind.RefuseConnection, 1000));
        await AskAsync(world, caller, "suspend_user");
        await world.StopServerAsync();
        var before = await StoreOfAsync(world);
        await world.StartServerAsync();
        _mailbox.Faults.Clear();
        await MailsAsync(1);
        await Eventually.Is(
            () => world.Get<NoticeDesk>().ListAsync(NoticeState.Sent, 10, CancellationToken.None), sent => sent.Count == 1);
        await world.StopServerAsync();
        foreach (var (file, content) in before)
            await File.WriteAllBytesAsync(file, content);
        await world.StartServerAsync();
        await world.Get<NoticeSending>().LookAsync(CancellationToken.None);

        Assert.Single(_mailbox.Mails);
    }

    /// <summary>The store's files without the audit log.</summary>
    private static async Task<Dictionary<string, byte[]>> StoreOfAsync(GateWorld world)
    {
        var kept = new Dictionary<string, byte[]>();
        foreach (var file in Directory.EnumerateFiles(world.Folder).Where(file => !file.EndsWith(".lock", StringComparison.Ordinal)))
            kept[file] = await File.ReadAllBytesAsync(file);
        return kept;
    }

    private Task<GateWorld> StartAsync(IReadOnlyList<string>? quiet = null, bool sync = false) => GateWorld.StartAsync(
        notices: new NoticesOptions { Page = new Uri("https://iam.acme.example"), Mail = NoticeWorld.Mail(_mailbox), Quiet = quiet ?? [] },
        more: services =>
        {
            if (!sync)
                return;
            services.AddSingleton(new SyncOptions());
            var hris = new ListedHris();
            hris.Records.Add(new HrisRecord { Id = "7", WorkEmail = "ana@acme.example", Values = new Dictionary<string, string> { ["manager"] = "mona@acme.example" } });
            services.AddSingleton<IHrisRecords>(hris);
            services.AddSingleton(new PersonOptions { Sources = SourceRules.Default(["okta"]) });
        });

    private static async Task<string> AskAsync(
        GateWorld world, CallerRecord caller, string action, string person = "ben@acme.example", string? requester = null, string reason = "test")
    {
        var input = new JsonObject { ["person"] = person, ["reason"] = reason };
        if (requester is not null)
            input["requester"] = requester;
        var asked = await world.CallAsync(caller, action, input);
        Assert.True(asked.State == CallState.AwaitingApproval, asked.Message);
        return asked.Call!;
    }

    private Task<IReadOnlyList<ReceivedMail>> MailsAsync(int count) => Eventually.Is(() => Task.FromResult(_mailbox.Mails), mails => mails.Count >= count);

    /// <summary>One with this sentence, when one is given: of a reset a person hears at its beginning, too.</summary>
    private async Task<ReceivedMail> MailToAsync(string address, string sentence = "") => (await Eventually.Is(
        () => Task.FromResult(_mailbox.Mails.FirstOrDefault(mail => mail.To.Contains(address) && mail.Text.Contains(sentence, StringComparison.Ordinal))), mail => mail is not null))!;

    private static string Lines(ReceivedMail mail) => mail.Text.ReplaceLineEndings("\n");
}
