using Siit.Iam.Agent.Notices;
using Siit.Iam.Agent.Tests.Support;
using Siit.Iam.Emulator.Mail;

namespace Siit.Iam.Agent.Tests.Cli;

public sealed class NoticesVerbsTests
{
    [Fact]
    public async Task List_TellsWhatBecameOfThem_AndRetrySendsAgain()
    {
        await using var mailbox = await EmulatedMailbox.StartAsync();
        mailbox.Faults.Add(new MailFault(MailFaultKind.RefuseRecipient, 1, 550));
        await using var world = await StartAsync(mailbox);
        await world.AskAsync();
        await Eventually.Is(() => world.RunAsync("notices", "list", "--json"), ran => ran.Json["notices"]![0]?["state"]?.GetValue<string>() == "given_up");

        var listed = await world.RunAsync("notices", "list");
        Assert.Contains("mail: nothing is known against it.", listed.Out, StringComparison.Ordinal);
        Assert.Contains("webhook: not configured (notices:webhook).", listed.Out, StringComparison.Ordinal);
        Assert.Contains("given_up", listed.Out, StringComparison.Ordinal);
        Assert.Contains("The mail server does not take mails for this recipient (550).", listed.Out, StringComparison.Ordinal);
        var id = (await world.RunAsync("notices", "list", "--state", "given_up", "--json")).Json["notices"]![0]!["id"]!.GetValue<string>();

        Assert.Equal(0, (await world.RunAsync("notices", "retry", id)).ExitCode);
        await Eventually.Is(() => Task.FromResult(mailbox.Mails.Count), count => count == 1);
        await Eventually.Is(() => world.RunAsync("notices", "list", "--state", "sent", "--json"), ran => ran.Json["notices"]!.AsArray().Count == 1);
        var again = await world.RunAsync("notices", "retry", id);
        Assert.Equal((1, "It is sent. Nothing is sent a second time by hand.\n"), (again.ExitCode, again.Error));
        Assert.Contains("There is no notice 'nothing'", (await world.RunAsync("notices", "retry", "nothing")).Error, StringComparison.Ordinal);
        Assert.Equal(2, (await world.RunAsync("notices", "retry")).ExitCode);
        Assert.Contains("'lost' is no state.", (await world.RunAsync("notices", "list", "--state", "lost")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RetryAll_AfterTheServerIsBack_SendsAtOnce()
    {
        await using var mailbox = await EmulatedMailbox.StartAsync();
        mailbox.Faults.Add(new MailFault(MailFaultKind.RefuseConnection, 1000));
        await using var world = await StartAsync(mailbox);
        await world.AskAsync();
        var down = await Eventually.Is(() => world.RunAsync("notices", "list"), ran => ran.Out.Contains("mail: nothing is sent until", StringComparison.Ordinal));
        Assert.Contains("turned us away (421).", down.Out, StringComparison.Ordinal);

        mailbox.Faults.Clear();
        Assert.Equal(0, (await world.RunAsync("notices", "retry", "--all")).ExitCode);
        await Eventually.Is(() => Task.FromResult(mailbox.Mails.Count), count => count == 1);
    }

    private static async Task<CliWorld> StartAsync(EmulatedMailbox mailbox)
    {
        var world = await CliWorld.StartAsync(
            null, ("notices:mail:host", EmulatedMailbox.Host), ("notices:mail:port", $"{mailbox.SmtpPort}"), ("notices:mail:tls", "none"), ("notices:mail:from", "iam@acme.example"));
        await world.EnrolFirstAsync();
        await world.RegisterCallerAsync();
        return world;
    }
}
