using System.Text;
using Siit.Iam.Agent.Notices;
using Siit.Iam.Agent.Secrets;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Tests.Notices;

/// <summary>Nothing that comes from a directory or a model becomes a header, a recipient, or text that reads otherwise than it is.</summary>
public sealed class MailTextTests
{
    [Theory]
    [InlineData("ana@acme.example\r\nBcc: eve@evil.example")]
    [InlineData("ana@acme.example\nBcc: eve@evil.example")]
    [InlineData("ana@acme.example, eve@evil.example")]
    [InlineData("ana@acme.example;eve@evil.example")]
    [InlineData("ana@acme.example eve@evil.example")]
    [InlineData("\"ana@acme.example\" <eve@evil.example>")]
    [InlineData("Ana <ana@acme.example>")]
    [InlineData("<ana@acme.example>")]
    [InlineData("ana@acme.example>\r\nRCPT TO:<eve@evil.example")]
    [InlineData("@route.example:ana@acme.example")]
    [InlineData("ana@acme.example@evil.example")]
    [InlineData("ana\u202E@acme.example")]
    [InlineData("ana\u0000@acme.example")]
    [InlineData("ana@acme.example\u2028")]
    [InlineData("Team: ana@acme.example;")]
    [InlineData("ana(comment)@acme.example")]
    [InlineData("-oX/tmp/x@acme.example")]
    [InlineData("ana@")]
    [InlineData("@acme.example")]
    [InlineData("ana")]
    public async Task Recipient_ThatIsNotOneAddress_IsSentNothing(string to)
    {
        await using var world = await NoticeWorld.StartAsync();
        var notice = NoticeWorld.To(to);
        await world.PostAsync(notice);
        await world.SendAsync();

        Assert.Empty(world.Mailbox.Mails);
        Assert.Equal((NoticeState.GivenUp, "The recipient is not an address that a mail can be sent to."), ((await world.FindAsync(notice)).State, (await world.FindAsync(notice)).Trouble));
    }

    [Theory]
    [InlineData("Reset for \"ana\r\nBcc: eve@evil.example\"", "Reset for \"ana<U+000D><U+000A>Bcc: eve@evil.example\"")]
    [InlineData("x\r\n\r\n<h1>body</h1>", "x<U+000D><U+000A><U+000D><U+000A><h1>body</h1>")]
    [InlineData("pay\u202Eroll", "pay<U+202E>roll")]
    [InlineData("a\u200Bb\u0085c\u2028d", "a<U+200B>b<U+0085>c<U+2028>d")]
    [InlineData("=?utf-8?B?QmNjOiBldmVAZXZpbC5leGFtcGxl?=", "= ?utf-8?B?QmNjOiBldmVAZXZpbC5leGFtcGxl?=")]
    [InlineData("Größe für Jörg 💡", "Größe für Jörg 💡")]
    [InlineData("", "")]
    public async Task Subject_WhateverItHolds_IsOneLineThatShowsIt(string subject, string shown)
    {
        await using var world = await NoticeWorld.StartAsync();
        await world.PostAsync(NoticeWorld.To("ana@acme.example") with { Subject = subject });
        await world.SendAsync();

        var mail = Assert.Single(world.Mailbox.Mails);
        Assert.Equal(shown, mail.Subject);
        Assert.Equal(["ana@acme.example"], mail.To);
        Assert.DoesNotContain(mail.Headers, header => header.Key is "Bcc" or "Cc");
        var known = new[] { "From", "To", "Subject", "Date", "Message-Id", "MIME-Version", "Content-Type", "Content-Transfer-Encoding", "Auto-Submitted", "X-Auto-Response-Suppress" };
        Assert.Empty(mail.Headers.Select(header => header.Key).Except(known, StringComparer.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData("one\ntwo\r\nthree\rfour", "one\ntwo\nthree\nfour\n")]
    [InlineData("a\tb", "a\tb\n")]
    [InlineData(".\r\nQUIT\r\n", ".\nQUIT\n")]
    [InlineData("x\r\n.\r\nMAIL FROM:<eve@evil.example>\r\n", "x\n.\nMAIL FROM:<eve@evil.example>\n")]
    [InlineData("\u202Egnp.exe\u2066 \u001B[31m \uFEFF", "<U+202E>gnp.exe<U+2066> <U+001B>[31m <U+FEFF>\n")]
    [InlineData("From the desk", "From the desk\n")]
    public async Task Text_WhateverItHolds_ArrivesVisible(string text, string shown)
    {
        await using var world = await NoticeWorld.StartAsync();
        await world.PostAsync(NoticeWorld.To("ana@acme.example", text: text));
        await world.SendAsync();

        Assert.Equal(shown, Assert.Single(world.Mailbox.Mails).Text.ReplaceLineEndings("\n"));
    }

    [Fact]
    public async Task Text_TooLong_IsCutAndSaysSo()
    {
        await using var world = await NoticeWorld.StartAsync();
        var text = new StringBuilder().Insert(0, "💡 long ", 20_000).ToString();
        await world.PostAsync(NoticeWorld.To("ana@acme.example", text: text) with { Subject = new string('s', 5000) });
        await world.SendAsync();

        var mail = Assert.Single(world.Mailbox.Mails);
        Assert.InRange(mail.Text.Length, 50_000, Outbox.LongestText + 10);
        Assert.EndsWith("[The rest was cut off: it is too long for a message.]\n", mail.Text.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.InRange(mail.Subject.Length, 200, 201);
        Assert.DoesNotContain('\uFFFD', mail.Text);
    }

    [Fact]
    public void Secret_TooLong_IsNoNotice()
    {
        using var folder = new TemporaryData();
        Assert.Throws<ArgumentException>(() => folder.Outbox.Post(NoticeWorld.To("ana@acme.example", text: new string('x', Outbox.LongestText + 1)) with { Secret = true }));
        Assert.Throws<ArgumentException>(() => folder.Outbox.Post(NoticeWorld.To("")));
    }

    private sealed class TemporaryData : IDisposable
    {
        private readonly string _folder = Directory.CreateTempSubdirectory("siit-text-").FullName;

        public TemporaryData() => Outbox = new Outbox(null!, new NoticesOptions(), new Sealer(new DataFolder(_folder)), TimeProvider.System);

        public Outbox Outbox { get; }

        public void Dispose() => Directory.Delete(_folder, recursive: true);
    }
}
