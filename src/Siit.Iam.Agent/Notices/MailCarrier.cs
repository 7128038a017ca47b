using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;

namespace Siit.Iam.Agent.Notices;

/// <summary>Brings mails to the configured mail server.</summary>
internal sealed class MailCarrier(NoticesOptions options, TimeProvider time) : ICarrier
{
    public NoticeChannel Channel => NoticeChannel.Mail;

    public ICarriage Begin() => new MailCarriage(options.Mail, time);
}

/// <summary>One connection to the mail server.</summary>
internal sealed class MailCarriage(MailOptions? mail, TimeProvider time) : ICarriage
{
    private const string NotConfigured = "No mail server is configured: set notices:mail and start the server again.";

    private SmtpClient? _client;

    public async Task<Carried> SendAsync(NoticeRecord notice, string text, CancellationToken cancellationToken)
    {
        if (mail is null)
            return new Carried(CarriedAs.NobodyThere, NotConfigured);
        if (!MailText.TryCompose(notice, text, mail.From, out var message))
            return new Carried(CarriedAs.Never, "The recipient is not an address that a mail can be sent to.");
        using (message)
        {
            try
            {
                if (_client is not { IsConnected: true } && await ConnectAsync(mail, cancellationToken) is { } trouble)
                    return trouble;
                await WithinAsync(mail.Timeout, limit => _client!.SendAsync(message, limit), cancellationToken);
                return Carried.Taken;
            }
            catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
            {
                await DropAsync();
                return AfterSending(e);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_client is { IsConnected: true } client)
        {
            try
            {
                await WithinAsync(TimeSpan.FromSeconds(2), limit => client.DisconnectAsync(true, limit), CancellationToken.None);
            }
            catch (Exception)
            {
                // What was taken is taken; a goodbye that fails changes nothing.
            }
        }

        await DropAsync();
    }

    private async Task<Carried?> ConnectAsync(MailOptions mail, CancellationToken cancellationToken)
    {
        await DropAsync();
        var client = _client = new SmtpClient { CheckCertificateRevocation = false };
        if (mail.Certificate is { } file)
        {
            if (Trusted(file) is not { } trusted)
                return new Carried(CarriedAs.NobodyThere, $"notices:mail:certificate ({file}) is no PEM file with a certificate, or cannot be read.");
            client.ServerCertificateValidationCallback = (_, certificate, _, errors) => IsSignedBy(trusted, certificate, errors);
        }

        try
        {
            await WithinAsync(mail.Timeout, limit => client.ConnectAsync(mail.Host, mail.Port, Of(mail.Tls), limit), cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            await DropAsync();
            return new Carried(CarriedAs.NobodyThere, NotConnected(mail, e));
        }

        return mail.User is null ? null : await SignInAsync(client, mail, cancellationToken);
    }

    private async Task<Carried?> SignInAsync(SmtpClient client, MailOptions mail, CancellationToken cancellationToken)
    {
        if (mail.Password?.Read() is not { } password)
        {
            await DropAsync();
            return new Carried(CarriedAs.NobodyThere, $"The password of the mail server is missing: {mail.Password?.ToString() ?? "notices:mail:password"} holds none.");
        }

        try
        {
            await WithinAsync(mail.Timeout, limit => client.AuthenticateAsync(mail.User!, password.Reveal(), limit), cancellationToken);
            return null;
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            await DropAsync();
            return new Carried(CarriedAs.NobodyThere, e is AuthenticationException or NotSupportedException
                ? $"The mail server refused the sign-in. Check notices:mail:user and {mail.Password}."
                : "The mail server broke off while signing in.");
        }
    }

    private static string NotConnected(MailOptions mail, Exception e) => e switch
    {
        SslHandshakeException => $"The certificate of the mail server {mail.Host} is not trusted. Have it mended, or name its authority with notices:mail:certificate.",
        NotSupportedException => $"The mail server {mail.Host} offers no STARTTLS, and nothing is sent in the clear. Set notices:mail:tls to tls, or mend the server.",
        OperationCanceledException => $"The mail server {mail.Host} did not answer in time.",
        SocketException => $"The mail server {mail.Host} cannot be reached at port {mail.Port}.",
        SmtpCommandException refused => $"The mail server {mail.Host} turned us away ({(int)refused.StatusCode}).",
        _ => $"The mail server {mail.Host} broke off, or speaks no SMTP at port {mail.Port}.",
    };

    /// <summary>5xx is about this mail, unless it is about us; 4xx may pass.</summary>
    private static Carried AfterSending(Exception e) => e switch
    {
        SmtpCommandException { StatusCode: SmtpStatusCode.ServiceNotAvailable } => new(CarriedAs.NobodyThere, "The mail server is closing (421)."),
        SmtpCommandException { ErrorCode: SmtpErrorCode.SenderNotAccepted } refused when IsLasting(refused) =>
            new(CarriedAs.NobodyThere, $"The mail server does not let us send from notices:mail:from ({(int)refused.StatusCode})."),
        SmtpCommandException { StatusCode: SmtpStatusCode.AuthenticationRequired } => new(CarriedAs.NobodyThere, "The mail server wants a sign-in (530): set notices:mail:user and notices:mail:password."),
        SmtpCommandException { ErrorCode: SmtpErrorCode.RecipientNotAccepted } refused =>
            new(IsLasting(refused) ? CarriedAs.Never : CarriedAs.NotNow, $"The mail server does not take mails for this recipient ({(int)refused.StatusCode})."),
        SmtpCommandException refused => new(IsLasting(refused) ? CarriedAs.Never : CarriedAs.NotNow, $"The mail server refused this mail ({(int)refused.StatusCode})."),
        NotSupportedException => new(CarriedAs.Never, "The mail server takes no addresses with other than ASCII letters (SMTPUTF8)."),
        OperationCanceledException => new(CarriedAs.NotNow, "The mail server did not answer in time; whether it took the mail is not known. It is sent again under the same Message-ID."),
        _ => new(CarriedAs.NotNow, "The mail server broke off; whether it took the mail is not known. It is sent again under the same Message-ID."),
    };

    private static bool IsLasting(SmtpCommandException refused) => (int)refused.StatusCode >= 500;

    private static SecureSocketOptions Of(MailTls tls) => tls switch
    {
        MailTls.Tls => SecureSocketOptions.SslOnConnect,
        MailTls.None => SecureSocketOptions.None,
        _ => SecureSocketOptions.StartTls,
    };

    private static X509Certificate2Collection? Trusted(string file)
    {
        try
        {
            var certificates = new X509Certificate2Collection();
            certificates.ImportFromPemFile(file);
            return certificates.Count > 0 ? certificates : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            return null;
        }
    }

    /// <summary>The name must fit in any case; the chain ends at what was configured and at nothing else.</summary>
    private static bool IsSignedBy(X509Certificate2Collection trusted, X509Certificate? certificate, SslPolicyErrors errors)
    {
        if (certificate is null || errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch) || errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable))
            return false;
        using var shown = new X509Certificate2(certificate);
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(trusted);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return chain.Build(shown);
    }

    private async Task WithinAsync(TimeSpan limit, Func<CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        using var over = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(over.Token, cancellationToken);
        await work(either.Token);
    }

    private ValueTask DropAsync()
    {
        _client?.Dispose();
        _client = null;
        return ValueTask.CompletedTask;
    }
}
