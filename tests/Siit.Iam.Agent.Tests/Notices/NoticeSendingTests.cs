using System.Text;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Notices;
using Siit.Iam.Agent.Secrets;
using Siit.Iam.Agent.Store;
using Siit.Iam.Emulator.Mail;

namespace Siit.Iam.Agent.Tests.Notices;

public sealed class NoticeSendingTests
{
    private static readonly Notice Hello = NoticeWorld.To("nina@acme.example");

    [Fact]
    public async Task Notice_Committed_ArrivesOnceUnderAnIdOfItsKey()
    {
        await using var world = await NoticeWorld.StartAsync();
        await world.PostAsync(Hello);
        await world.SendAsync();
        await world.SendAsync();

        var mail = Assert.Single(world.Mailbox.Mails);
        Assert.Equal(["nina@acme.example"], mail.To);
        Assert.Equal("A call waits", mail.Subject);
        Assert.Equal("Hello.\n", mail.Text.ReplaceLineEndings("\n"));
        Assert.Equal($"{NoticeRecord.IdOf("key")}@acme.example", mail.MessageId);
        Assert.Contains(mail.Headers, header => header is { Key: "Auto-Submitted", Value: "auto-generated" });
        Assert.Equal((NoticeState.Sent, null), ((await world.FindAsync(Hello)).State, (await world.FindAsync(Hello)).Text));
    }

    [Fact]
    public async Task Notice_NotCommitted_IsNotSent()
    {
        await using var world = await NoticeWorld.StartAsync();
        _ = world.Outbox.Post(Hello);
        await world.SendAsync();

        Assert.Empty(world.Mailbox.Mails);
    }

    [Fact]
    public async Task Notice_SameKeyAgain_ChangesNothingAndRefusesNoCommit()
    {
        await using var world = await NoticeWorld.StartAsync();
        await world.PostAsync(Hello);
        await world.SendAsync();
        await world.PostAsync(Hello with { Text = "Something else." });
        await world.SendAsync();

        Assert.Equal("Hello.\n", Assert.Single(world.Mailbox.Mails).Text.ReplaceLineEndings("\n"));
    }

    [Fact]
    public async Task Notice_QueuedBeforeAStop_IsSentAfterTheStart()
    {
        await using var world = await NoticeWorld.StartAsync();
        await world.PostAsync(Hello);
        await world.StopServerAsync();
        world.StartServer();
        await world.SendAsync();

        Assert.Single(world.Mailbox.Mails);
    }

    [Theory]
    [InlineData(nameof(MailFaultKind.RefuseConnection), 421, nameof(NoticeState.Failed), "turned us away (421)")]
    [InlineData(nameof(MailFaultKind.RefuseSender), 550, nameof(NoticeState.Failed), "notices:mail:from (550)")]
    [InlineData(nameof(MailFaultKind.RefuseRecipient), 451, nameof(NoticeState.Failed), "for this recipient (451)")]
    [InlineData(nameof(MailFaultKind.RefuseRecipient), 550, nameof(NoticeState.GivenUp), "for this recipient (550)")]
    [InlineData(nameof(MailFaultKind.RefuseContent), 452, nameof(NoticeState.Failed), "refused this mail (452)")]
    [InlineData(nameof(MailFaultKind.RefuseContent), 554, nameof(NoticeState.GivenUp), "refused this mail (554)")]
    [InlineData(nameof(MailFaultKind.DropBeforeTaking), 0, nameof(NoticeState.Failed), "whether it took the mail is not known")]
    public async Task Notice_ServerInTrouble_IsTriedAgainOrGivenUpWithASentence(string kind, int code, string after, string sentence)
    {
        await using var world = await NoticeWorld.StartAsync();
        world.Mailbox.Faults.Add(new MailFault(Enum.Parse<MailFaultKind>(kind), 1, code));
        await world.PostAsync(Hello);
        await world.SendAsync();

        var notice = await world.FindAsync(Hello);
        Assert.Equal((after, 1), (notice.State.ToString(), notice.Attempts));
        Assert.Contains(sentence, notice.Trouble, StringComparison.Ordinal);
        Assert.Empty(world.Mailbox.Mails);

        world.Time.Advance(TimeSpan.FromMinutes(1));
        await world.SendAsync();
        Assert.Equal(after == nameof(NoticeState.GivenUp) ? 0 : 1, world.Mailbox.Mails.Count);
    }

    [Fact]
    public async Task Notice_TakenButTheAnswerIsLost_ComesAgainUnderTheSameId()
    {
        await using var world = await NoticeWorld.StartAsync();
        world.Mailbox.Faults.Add(new MailFault(MailFaultKind.DropAfterTaking));
        await world.PostAsync(Hello);
        await world.SendAsync();
        world.Time.Advance(TimeSpan.FromMinutes(1));
        await world.SendAsync();

        Assert.Equal(2, world.Mailbox.Mails.Count);
        Assert.Single(world.Mailbox.Mails.Select(mail => mail.MessageId).Distinct());
        Assert.Equal(NoticeState.Sent, (await world.FindAsync(Hello)).State);
    }

    [Fact]
    public async Task Notice_RefusedForNow_WaitsLongerEachTime()
    {
        await using var world = await NoticeWorld.StartAsync();
        world.Mailbox.Faults.Add(new MailFault(MailFaultKind.RefuseRecipient, 100));
        await world.PostAsync(Hello);
        var waits = new List<TimeSpan>();
        for (var attempt = 1; attempt <= 12; attempt++)
        {
            await world.SendAsync();
            var notice = await world.FindAsync(Hello);
            Assert.Equal(attempt, notice.Attempts);
            var wait = notice.DueAt - world.Time.GetUtcNow();
            waits.Add(wait);
            world.Time.Advance(wait - TimeSpan.FromSeconds(2));
            await world.SendAsync();
            Assert.Equal(attempt, (await world.FindAsync(Hello)).Attempts);
            world.Time.Advance(TimeSpan.FromSeconds(3));
        }

        // Doubled from 10 s up to half an hour, a fifth more or less.
        Assert.All(waits.Take(8).Zip(waits.Skip(1).Take(7)), pair => Assert.True(pair.Second > pair.First * 1.2, $"{pair}"));
        Assert.All(waits, wait => Assert.InRange(wait, TimeSpan.FromSeconds(7), TimeSpan.FromMinutes(36)));
        Assert.Equal(TimeSpan.FromMinutes(30).TotalMinutes, waits[^1].TotalMinutes, 30 * 0.21);
    }

    [Fact]
    public async Task Notice_TriedForADay_IsGivenUpAndTriedAgainWhenAsked()
    {
        await using var world = await NoticeWorld.StartAsync();
        world.Mailbox.Faults.Add(new MailFault(MailFaultKind.RefuseRecipient));
        await world.PostAsync(Hello);
        await world.SendAsync();
        world.Time.Advance(TimeSpan.FromHours(24));
        await world.SendAsync();

        var notice = await world.FindAsync(Hello);
        Assert.Equal(NoticeState.GivenUp, notice.State);
        Assert.Contains("for this recipient (451)", notice.Trouble, StringComparison.Ordinal);

        Assert.Null(await world.Get<NoticeDesk>().RetryAsync(notice.Id, CancellationToken.None));
        await world.SendAsync();
        Assert.Single(world.Mailbox.Mails);
    }

    [Fact]
    public async Task Notice_OfNoUseAnyMore_IsNotSent()
    {
        await using var world = await NoticeWorld.StartAsync();
        var late = Hello with { ExpiresAt = world.Time.GetUtcNow() + TimeSpan.FromMinutes(10) };
        await world.PostAsync(late);
        world.Time.Advance(TimeSpan.FromMinutes(10));
        await world.SendAsync();

        Assert.Empty(world.Mailbox.Mails);
        Assert.Equal(NoticeState.GivenUp, (await world.FindAsync(late)).State);
        Assert.Equal("expired", (await world.Get<NoticeDesk>().RetryAsync(NoticeRecord.IdOf("key"), CancellationToken.None))?.Code);
    }

    [Fact]
    public async Task Channel_ServerAway_IsAskedOnceForAllAndToldToOperators()
    {
        await using var world = await NoticeWorld.StartAsync(mailbox => new NoticesOptions { Mail = NoticeWorld.Mail(mailbox) with { Port = 1 } });
        for (var i = 0; i < 5; i++)
            await world.PostAsync(NoticeWorld.To($"p{i}@acme.example", $"key{i}"));
        await world.SendAsync();

        var listed = await world.Get<NoticeDesk>().ListAsync(null, 100, CancellationToken.None);
        Assert.Equal(5, listed.Count);
        Assert.Equal(1, listed.Sum(notice => notice.Attempts));
        var mail = world.Get<NoticeDesk>().Channels().Single(channel => channel.Channel == NoticeChannel.Mail);
        Assert.Equal("The mail server localhost cannot be reached at port 1.", mail.Trouble);
        Assert.True(mail.Until > world.Time.GetUtcNow());
    }

    [Fact]
    public async Task Secret_Waiting_IsSealedAtRestAndGoneOnceSent()
    {
        const string secret = "code-4711-Zebra";
        await using var world = await NoticeWorld.StartAsync();
        var notice = Hello with { Secret = true, Text = $"Your code is {secret}.", Kind = "proof_code" };
        await world.PostAsync(notice);
        await world.StopServerAsync();
        Assert.DoesNotContain(secret, FilesOf(world), StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToBase64String(Encoding.UTF8.GetBytes(secret))[..16], FilesOf(world), StringComparison.Ordinal);

        world.StartServer();
        await world.SendAsync();
        Assert.Contains(secret, Assert.Single(world.Mailbox.Mails).Text, StringComparison.Ordinal);
        var after = await world.FindAsync(notice);
        Assert.Equal((null, null), (after.Text, after.SealedText));
        await world.StopServerAsync();
        Assert.DoesNotContain(secret, FilesOf(world), StringComparison.Ordinal);
        Assert.DoesNotContain(world.Logged, line => line.Contains(secret, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Secret_GivenUp_IsGoneAndNotTriedAgain()
    {
        await using var world = await NoticeWorld.StartAsync();
        world.Mailbox.Faults.Add(new MailFault(MailFaultKind.RefuseRecipient, 1, 550));
        var notice = Hello with { Secret = true };
        await world.PostAsync(notice);
        await world.SendAsync();

        Assert.Null((await world.FindAsync(notice)).SealedText);
        Assert.Equal("secret_gone", (await world.Get<NoticeDesk>().RetryAsync(NoticeRecord.IdOf("key"), CancellationToken.None))?.Code);
    }

    [Fact]
    public async Task Audit_OfANotice_TellsToWhomAndNeverTheText()
    {
        await using var world = await NoticeWorld.StartAsync();
        await world.PostAsync(Hello with { Text = "Text-of-the-mail" });
        await world.SendAsync();

        var entries = world.Audit();
        Assert.Equal([AuditKinds.NoticeQueued, AuditKinds.NoticeSent], entries.Select(entry => entry.Kind));
        Assert.All(entries, entry => Assert.Equal("nina@acme.example", entry.Data!["to"]!.GetValue<string>()));
        Assert.All(entries, entry => Assert.Equal("call_1", entry.Call));
        Assert.DoesNotContain("Text-of-the-mail", string.Join('\n', entries.Select(entry => entry.Data!.ToJsonString())), StringComparison.Ordinal);
        Assert.DoesNotContain(world.Logged, line => line.Contains("nina", StringComparison.Ordinal) || line.Contains("Text-of-the-mail", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Audit_CannotBeWritten_NothingIsSent()
    {
        await using var world = await NoticeWorld.StartAsync();
        await world.PostAsync(Hello);
        await world.Get<AuditLog>().CloseAsync();

        await Assert.ThrowsAsync<AuditUnavailableException>(world.SendAsync);
        Assert.Empty(world.Mailbox.Mails);
        Assert.True((await world.FindAsync(Hello)).IsOpen);
    }

    [Fact]
    public async Task Flood_ToOnePerson_ComesInOne()
    {
        await using var world = await NoticeWorld.StartAsync(mailbox => NoticeWorld.Plain(mailbox) with { PerHour = 3 });
        for (var i = 0; i < 3; i++)
            await world.PostAsync(NoticeWorld.To("Nina@acme.example", $"first{i}"));
        await world.SendAsync();
        Assert.Equal(3, world.Mailbox.Mails.Count);

        for (var i = 0; i < 50; i++)
            await world.PostAsync(NoticeWorld.To("nina@acme.example", $"more{i}", $"Text {i}."));
        await world.PostAsync(NoticeWorld.To("rosa@acme.example", "other"));
        await world.PostAsync(NoticeWorld.To("nina@acme.example", "code", "Secret.") with { Secret = true });
        await world.SendAsync();

        Assert.Equal(6, world.Mailbox.Mails.Count);
        var summary = world.Mailbox.Mails.Single(mail => mail.Subject == "50 messages");
        Assert.All(Enumerable.Range(0, 50), i => Assert.Contains($"Text {i}.", summary.Text, StringComparison.Ordinal));
        Assert.DoesNotContain("Secret.", summary.Text, StringComparison.Ordinal);
        Assert.All(await world.Get<NoticeDesk>().ListAsync(null, 1000, CancellationToken.None), notice => Assert.Equal(NoticeState.Sent, notice.State));

        // The next ones wait ten minutes, and come in one again.
        for (var i = 0; i < 5; i++)
            await world.PostAsync(NoticeWorld.To("nina@acme.example", $"late{i}"));
        await world.SendAsync();
        Assert.Equal(6, world.Mailbox.Mails.Count);
        world.Time.Advance(TimeSpan.FromMinutes(11));
        await world.SendAsync();
        Assert.Equal("5 messages", world.Mailbox.Mails[^1].Subject);
    }

    [Fact]
    public async Task Flood_AfterARestart_IsStillOne()
    {
        await using var world = await NoticeWorld.StartAsync(mailbox => NoticeWorld.Plain(mailbox) with { PerHour = 3 });
        for (var i = 0; i < 3; i++)
            await world.PostAsync(NoticeWorld.To("nina@acme.example", $"first{i}"));
        await world.SendAsync();
        await world.StopServerAsync();
        world.StartServer();
        for (var i = 0; i < 4; i++)
            await world.PostAsync(NoticeWorld.To("nina@acme.example", $"more{i}"));
        await world.SendAsync();

        Assert.Equal("4 messages", world.Mailbox.Mails[^1].Subject);
        Assert.Equal(4, world.Mailbox.Mails.Count);
    }

    [Fact]
    public async Task Old_SentNotices_AreRemoved()
    {
        await using var world = await NoticeWorld.StartAsync(mailbox => NoticeWorld.Plain(mailbox) with { Keep = TimeSpan.FromDays(7) });
        await world.PostAsync(Hello);
        await world.SendAsync();
        world.Time.Advance(TimeSpan.FromDays(6));
        await world.SendAsync();
        Assert.NotNull(await world.FindAsync(Hello));
        world.Time.Advance(TimeSpan.FromDays(2));
        await world.SendAsync();

        Assert.Null(await world.Store.GetAsync<NoticeRecord>(NoticeRecord.IdOf("key")));
    }

    private static string FilesOf(NoticeWorld world) =>
        string.Concat(Directory.EnumerateFiles(world.Folder, "*", SearchOption.AllDirectories).Where(file => !file.EndsWith("data.key", StringComparison.Ordinal)).Select(File.ReadAllText));
}
