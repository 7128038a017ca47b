using Siit.Iam.Agent.Notices;
using Siit.Iam.Agent.Secrets;
using Siit.Iam.Emulator.Mail;

namespace Siit.Iam.Agent.Tests.Notices;

/// <summary>The connection to a mail server: what is accepted, and the sentence for what is not.</summary>
public sealed class MailCarrierTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("siit-mail-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Tls_WithTheConfiguredCertificate_Delivers(bool atOnce)
    {
        await using var world = await NoticeWorld.StartAsync(mailbox => Secured(mailbox, Pem(mailbox), atOnce), new MailboxOptions { TlsAtOnce = atOnce });
        await world.PostAsync(NoticeWorld.To("nina@acme.example"));
        await world.SendAsync();

        Assert.True(Assert.Single(world.Mailbox.Mails).Tls);
    }

    [Fact]
    public async Task Tls_CertificateThatNobodyTrusts_IsRefused()
    {
        await using var world = await NoticeWorld.StartAsync(mailbox => Secured(mailbox, null, atOnce: false));
        await RefusedAsync(world, "The certificate of the mail server localhost is not trusted.");
    }

    [Fact]
    public async Task Tls_AnotherCertificateThanTheConfiguredOne_IsRefused()
    {
        using var other = MailboxCertificate.Create(TimeProvider.System);
        await using var world = await NoticeWorld.StartAsync(mailbox => Secured(mailbox, Pem(other.Pem), atOnce: false));
        await RefusedAsync(world, "The certificate of the mail server localhost is not trusted.");
    }

    [Fact]
    public async Task Tls_CertificateOfAnotherName_IsRefused()
    {
        await using var world = await NoticeWorld.StartAsync(
            mailbox => Secured(mailbox, Pem(mailbox), atOnce: false), new MailboxOptions { Certificate = MailboxCertificate.Create(TimeProvider.System, "mail.acme.example") });
        await RefusedAsync(world, "The certificate of the mail server localhost is not trusted.");
    }

    [Fact]
    public async Task Tls_NotOffered_NothingIsSentInTheClear()
    {
        await using var world = await NoticeWorld.StartAsync(mailbox => Secured(mailbox, Pem(mailbox), atOnce: false), new MailboxOptions { OffersTls = false });
        await RefusedAsync(world, "offers no STARTTLS");
    }

    [Theory]
    [InlineData("right-password", true)]
    [InlineData("wrong-password", false)]
    [InlineData(null, false)]
    public async Task SignIn_ByPassword(string? password, bool delivered)
    {
        var variable = $"SIIT_TEST_MAIL_{Guid.NewGuid():N}";
        Environment.SetEnvironmentVariable(variable, password);
        await using var world = await NoticeWorld.StartAsync(
            mailbox => new NoticesOptions
            {
                Mail = NoticeWorld.Mail(mailbox) with { Tls = MailTls.StartTls, Certificate = Pem(mailbox), User = "iam", Password = SecretSource.FromEnvironment(variable) },
            },
            new MailboxOptions { SignIn = ("iam", "right-password") });
        if (delivered)
        {
            await world.PostAsync(NoticeWorld.To("nina@acme.example"));
            await world.SendAsync();
            Assert.Equal("iam", Assert.Single(world.Mailbox.Mails).User);
        }
        else
        {
            await RefusedAsync(world, variable);
            Assert.DoesNotContain(world.Logged, line => line.Contains("wrong-password", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Answer_TooLate_IsTriedAgain()
    {
        await using var world = await NoticeWorld.StartAsync(mailbox => new NoticesOptions { Mail = NoticeWorld.Mail(mailbox) with { Timeout = TimeSpan.FromMilliseconds(500) } });
        world.Mailbox.Faults.Add(new MailFault(MailFaultKind.Slow, DelayMs: 60_000));
        var notice = NoticeWorld.To("nina@acme.example");
        await world.PostAsync(notice);
        await world.SendAsync();

        Assert.Contains("did not answer in time", (await world.FindAsync(notice)).Trouble, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 0)]
    public async Task Recipient_WithOtherLetters_NeedsAServerThatTakesThem(bool offered, int delivered)
    {
        await using var world = await NoticeWorld.StartAsync(mailbox: new MailboxOptions { OffersUtf8 = offered });
        var notice = NoticeWorld.To("jörg@acme.example");
        await world.PostAsync(notice);
        await world.SendAsync();

        Assert.Equal(delivered, world.Mailbox.Mails.Count(mail => mail.To.Contains("jörg@acme.example")));
        Assert.Equal(offered ? NoticeState.Sent : NoticeState.GivenUp, (await world.FindAsync(notice)).State);
    }

    [Fact]
    public async Task Mails_InARow_TakeOneConnection()
    {
        await using var world = await NoticeWorld.StartAsync();
        world.Mailbox.Faults.Add(new MailFault(MailFaultKind.RefuseRecipient, 1, 550));
        for (var i = 0; i < 4; i++)
            await world.PostAsync(NoticeWorld.To($"p{i}@acme.example", $"key{i}"));
        await world.SendAsync();

        Assert.Equal(3, world.Mailbox.Mails.Count);
    }

    private static async Task RefusedAsync(NoticeWorld world, string sentence)
    {
        var notice = NoticeWorld.To("nina@acme.example");
        await world.PostAsync(notice);
        await world.SendAsync();
        Assert.Empty(world.Mailbox.Mails);
        Assert.Contains(sentence, world.Get<NoticeSending>().TroubleOf(NoticeChannel.Mail)?.Trouble, StringComparison.Ordinal);
        Assert.Equal(NoticeState.Failed, (await world.FindAsync(notice)).State);
    }

    private static NoticesOptions Secured(EmulatedMailbox mailbox, string? certificate, bool atOnce) =>
        new() { Mail = NoticeWorld.Mail(mailbox) with { Tls = atOnce ? MailTls.Tls : MailTls.StartTls, Certificate = certificate } };

    private string Pem(EmulatedMailbox mailbox) => Pem(mailbox.Certificate.Pem);

    private string Pem(string pem)
    {
        var file = Path.Combine(_folder, "authority.pem");
        File.WriteAllText(file, pem);
        return file;
    }
}
