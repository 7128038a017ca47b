using System.Net.Security;
using System.Text;

namespace Siit.Iam.Emulator.Mail;

/// <summary>One conversation, by RFC 5321: as much of it as clients need, as strict as servers are.</summary>
internal sealed class SmtpSession(Stream network, MailboxOptions options, EmulatedMailbox mailbox)
{
    private const int MaxContentBytes = 10 << 20;

    private SmtpLines _lines = new(network);
    private bool _tls;
    private bool _greeted;
    private string? _user;
    private string? _from;
    private List<string> _to = [];

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (options.TlsAtOnce)
            await SecureAsync(cancellationToken);
        if (mailbox.Faults.Take(MailFaultKind.RefuseConnection) is not null)
        {
            await _lines.SayAsync("421 localhost is busy", cancellationToken);
            return;
        }

        await _lines.SayAsync("220 localhost ESMTP emulated mailbox", cancellationToken);
        while (await _lines.ReadAsync(cancellationToken) is { } line)
        {
            if (!await ObeyAsync(line, cancellationToken))
                return;
        }
    }

    private async Task<bool> ObeyAsync(string line, CancellationToken cancellationToken)
    {
        var verb = line.Split(' ')[0].ToUpperInvariant();
        switch (verb)
        {
            case "EHLO" or "HELO":
                (_greeted, _from, _to) = (true, null, []);
                await GreetAsync(verb == "EHLO", cancellationToken);
                return true;
            case "STARTTLS" when options.OffersTls && !_tls:
                await _lines.SayAsync("220 go ahead", cancellationToken);
                await SecureAsync(cancellationToken);
                return true;
            case "AUTH" when options.SignIn is not null && _greeted:
                await SignInAsync(line, cancellationToken);
                return true;
            case "MAIL":
                await _lines.SayAsync(Sender(line), cancellationToken);
                return true;
            case "RCPT":
                await _lines.SayAsync(Recipient(line), cancellationToken);
                return true;
            case "DATA":
                return await TakeAsync(cancellationToken);
            case "RSET":
                (_from, _to) = (null, []);
                await _lines.SayAsync("250 forgotten", cancellationToken);
                return true;
            case "NOOP":
                await _lines.SayAsync("250 nothing", cancellationToken);
                return true;
            case "QUIT":
                await _lines.SayAsync("221 bye", cancellationToken);
                return false;
            default:
                await _lines.SayAsync("502 not known here", cancellationToken);
                return true;
        }
    }

    private async Task GreetAsync(bool extended, CancellationToken cancellationToken)
    {
        var said = new List<string> { "localhost" };
        if (extended)
        {
            said.Add("8BITMIME");
            said.Add($"SIZE {MaxContentBytes}");
            if (options.OffersUtf8)
                said.Add("SMTPUTF8");
            if (options.OffersTls && !_tls)
                said.Add("STARTTLS");
            if (options.SignIn is not null && _tls)
                said.Add("AUTH PLAIN");
        }

        for (var i = 0; i < said.Count; i++)
            await _lines.SayAsync($"250{(i == said.Count - 1 ? ' ' : '-')}{said[i]}", cancellationToken);
    }

    private async Task SecureAsync(CancellationToken cancellationToken)
    {
        var secure = new SslStream(network);
        await secure.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = mailbox.Certificate.Certificate }, cancellationToken);
        // Anew: what came before in the clear counts for nothing, not even what was read ahead.
        (_lines, _tls, _greeted, _from, _to, _user) = (new SmtpLines(secure), true, false, null, [], null);
    }

    private async Task SignInAsync(string line, CancellationToken cancellationToken)
    {
        var parts = line.Split(' ');
        if (!_tls || parts.Length < 2 || !parts[1].Equals("PLAIN", StringComparison.OrdinalIgnoreCase))
        {
            await _lines.SayAsync("504 not like this", cancellationToken);
            return;
        }

        if (parts.Length == 2)
            await _lines.SayAsync("334 ", cancellationToken);
        var told = parts.Length > 2 ? parts[2] : await _lines.ReadAsync(cancellationToken) ?? "";
        var bytes = new byte[told.Length];
        var said = Convert.TryFromBase64String(told, bytes, out var length) ? Encoding.UTF8.GetString(bytes, 0, length).Split('\0') : [];
        if (said is [_, var user, var password] && (user, password) == options.SignIn)
        {
            _user = user;
            await _lines.SayAsync("235 welcome", cancellationToken);
        }
        else
        {
            await _lines.SayAsync("535 5.7.8 not the right user or password", cancellationToken);
        }
    }

    private string Sender(string line)
    {
        if (!_greeted)
            return "503 say hello first";
        if (options.SignIn is not null && _user is null)
            return "530 5.7.0 sign in first";
        if (mailbox.Faults.Take(MailFaultKind.RefuseSender) is { } refused)
            return $"{refused.Code} not from you";
        if (PathOf(line, "MAIL FROM:") is not { } from)
            return "501 no address";
        (_from, _to) = (from, []);
        return "250 ok";
    }

    private string Recipient(string line)
    {
        if (_from is null)
            return "503 from whom?";
        if (mailbox.Faults.Take(MailFaultKind.RefuseRecipient) is { } refused)
            return $"{refused.Code} not here";
        if (PathOf(line, "RCPT TO:") is not { Length: > 0 } to)
            return "501 no address";
        _to.Add(to);
        return "250 ok";
    }

    private async Task<bool> TakeAsync(CancellationToken cancellationToken)
    {
        if (_from is null || _to.Count == 0)
        {
            await _lines.SayAsync("503 to whom?", cancellationToken);
            return true;
        }

        await _lines.SayAsync("354 end with a dot", cancellationToken);
        if (await _lines.ReadContentAsync(MaxContentBytes, cancellationToken) is not { } content)
            return false;
        if (mailbox.Faults.Take(MailFaultKind.Slow) is { } slow)
            await Task.Delay(slow.DelayMs, cancellationToken);
        if (mailbox.Faults.Take(MailFaultKind.DropBeforeTaking) is not null)
            return false;
        if (mailbox.Faults.Take(MailFaultKind.RefuseContent) is { } refused)
        {
            await _lines.SayAsync($"{refused.Code} not like this", cancellationToken);
        }
        else
        {
            mailbox.Take(new Envelope(_from, _to, _tls, _user), content);
            if (mailbox.Faults.Take(MailFaultKind.DropAfterTaking) is not null)
                return false;
            await _lines.SayAsync("250 taken", cancellationToken);
        }

        (_from, _to) = (null, []);
        return true;
    }

    private static string? PathOf(string line, string command)
    {
        if (!line.StartsWith(command, StringComparison.OrdinalIgnoreCase))
            return null;
        var rest = line[command.Length..].TrimStart();
        var end = rest.IndexOf('>', StringComparison.Ordinal);
        return rest.StartsWith('<') && end > 0 ? rest[1..end] : null;
    }
}
