using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Siit.Iam.Emulator.Mail;

namespace Siit.Iam.Agent.Tests.Emulator.Mail;

/// <summary>The demo's mailbox as any client meets it: bytes at its SMTP port, a browser at its page.</summary>
public sealed class EmulatedMailboxTests
{
    private const string Content = "From: a@acme.example\r\nTo: b@acme.example\r\nSubject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?= <b>\r\nMessage-Id: <1@acme.example>\r\n\r\n..dot\r\n<script>alert(1)</script>\r\n";

    [Fact]
    public async Task Conversation_InOrder_KeepsTheMail()
    {
        await using var mailbox = await EmulatedMailbox.StartAsync();
        var said = await TalkAsync(mailbox, "EHLO me", "MAIL FROM:<a@acme.example> SIZE=100", "RCPT TO:<b@acme.example>", "RCPT TO:<c@acme.example>", "DATA", Content + ".", "QUIT");

        Assert.Equal(["220", "250", "250", "250", "250", "354", "250", "221"], said);
        var mail = Assert.Single(mailbox.Mails);
        Assert.Equal(["b@acme.example", "c@acme.example"], mail.To);
        Assert.Equal(("a@acme.example", "Grüße <b>", "1@acme.example"), (mail.From, mail.Subject, mail.MessageId));
        Assert.StartsWith(".dot", mail.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("503", "MAIL FROM:<a@acme.example>")]
    [InlineData("503", "EHLO me", "RCPT TO:<b@acme.example>")]
    [InlineData("503", "EHLO me", "MAIL FROM:<a@acme.example>", "DATA")]
    [InlineData("501", "EHLO me", "MAIL FROM:a@acme.example")]
    [InlineData("502", "EHLO me", "VRFY ana")]
    [InlineData("502", "EHLO me", "AUTH PLAIN AGEAYg==")]
    [InlineData("503", "EHLO me", "MAIL FROM:<a@acme.example>", "RSET", "RCPT TO:<b@acme.example>")]
    public async Task Conversation_OutOfOrder_IsRefused(string code, params string[] lines)
    {
        await using var mailbox = await EmulatedMailbox.StartAsync();

        Assert.Equal(code, (await TalkAsync(mailbox, lines))[^1]);
    }

    [Fact]
    public async Task Page_ShowsMailsAsTextAndAsJson()
    {
        await using var mailbox = await EmulatedMailbox.StartAsync();
        await TalkAsync(mailbox, "EHLO me", "MAIL FROM:<a@acme.example>", "RCPT TO:<b@acme.example>", "DATA", Content + ".", "QUIT");
        using var browser = new HttpClient { DefaultRequestHeaders = { { "Accept", "text/html" } } };
        using var program = new HttpClient();

        var page = await browser.GetStringAsync(mailbox.BaseAddress);
        Assert.Contains("<h2>Gr&#252;&#223;e &lt;b&gt;</h2>", page, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;alert(1)&lt;/script&gt;", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
        Assert.Equal("1@acme.example", JsonNode.Parse(await program.GetStringAsync(mailbox.Page))![0]!["messageId"]!.GetValue<string>());
        Assert.Equal("[]", await program.GetStringAsync($"{mailbox.Page}?to=nobody@acme.example"));
        Assert.Contains("..dot"[1..], await program.GetStringAsync($"{mailbox.Page}/1"), StringComparison.Ordinal);

        Assert.Equal(HttpStatusCode.NoContent, (await program.DeleteAsync(mailbox.Page)).StatusCode);
        Assert.Empty(mailbox.Mails);
    }

    [Fact]
    public async Task Faults_PlannedFromOutside_HappenAsOften()
    {
        await using var mailbox = await EmulatedMailbox.StartAsync();
        using var program = new HttpClient { BaseAddress = mailbox.BaseAddress };
        using var planned = await program.PostAsJsonAsync("/_emulator/faults", new { kind = "refuse_recipient", code = 550, times = 2 });
        Assert.Equal(HttpStatusCode.OK, planned.StatusCode);
        using var wrong = await program.PostAsync("/_emulator/faults", new StringContent("{\"kind\":\"explode\"}"));
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);

        var said = await TalkAsync(mailbox, "EHLO me", "MAIL FROM:<a@acme.example>", "RCPT TO:<b@acme.example>", "RCPT TO:<b@acme.example>", "RCPT TO:<b@acme.example>");
        Assert.Equal(["550", "550", "250"], said[^3..]);
    }

    /// <summary>The code of each answer; of an answer in several lines the last one's.</summary>
    private static async Task<string[]> TalkAsync(EmulatedMailbox mailbox, params string[] lines)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, mailbox.SmtpPort);
        await using var stream = client.GetStream();
        using var reader = new StreamReader(stream, Encoding.UTF8);
        var said = new List<string> { await AnswerAsync() };
        foreach (var line in lines)
        {
            await stream.WriteAsync(Encoding.UTF8.GetBytes(line + "\r\n"));
            said.Add(await AnswerAsync());
        }

        return [.. said];

        async Task<string> AnswerAsync()
        {
            while (true)
            {
                var line = await reader.ReadLineAsync() ?? "gone";
                if (line.Length < 4 || line[3] != '-')
                    return line[..3];
            }
        }
    }
}
