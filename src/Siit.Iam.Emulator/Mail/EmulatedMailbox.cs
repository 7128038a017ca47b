using System.Net;
using System.Net.Sockets;
using Siit.Iam.Emulator.Common;

namespace Siit.Iam.Emulator.Mail;

/// <summary>
/// A mail server on loopback that keeps what it is given, for people to look at (<c>/_emulator/mail</c>, as a page or as JSON) and for
/// tests to make fail. Nothing leaves it.
/// </summary>
internal sealed class EmulatedMailbox : IAsyncDisposable
{
    private const int MostKept = 1000;

    private readonly Lock _gate = new();
    private readonly List<ReceivedMail> _mails = [];
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly MailboxOptions _options;
    private Task _accepting = Task.CompletedTask;
    private Listener? _page;
    private int _count;

    private EmulatedMailbox(MailboxOptions options)
    {
        _options = options;
        _listener = new TcpListener(IPAddress.Loopback, options.SmtpPort);
        Certificate = options.Certificate ?? MailboxCertificate.Create(options.Time);
    }

    public const string Host = "localhost";

    public int SmtpPort => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>The page on which people read.</summary>
    public Uri Page => new(BaseAddress, "/_emulator/mail");

    public Uri BaseAddress => _page?.Address ?? throw new InvalidOperationException("Not started.");

    /// <summary>Of its STARTTLS, for <see cref="Host"/>; signed by itself.</summary>
    public MailboxCertificate Certificate { get; }

    public MailFaults Faults { get; } = new();

    /// <summary>Everything that was taken, oldest first; a mail that came twice stands here twice.</summary>
    public IReadOnlyList<ReceivedMail> Mails
    {
        get
        {
            lock (_gate)
                return [.. _mails];
        }
    }

    /// <exception cref="IOException">A port is taken.</exception>
    public static async Task<EmulatedMailbox> StartAsync(MailboxOptions? options = null)
    {
        var mailbox = new EmulatedMailbox(options ?? new MailboxOptions());
        try
        {
            mailbox._listener.Start();
        }
        catch (SocketException taken)
        {
            throw new IOException($"Port {mailbox._options.SmtpPort} for mail is taken: {taken.Message}. Choose another one with --port-smtp.", taken);
        }

        mailbox._accepting = mailbox.AcceptAsync();
        mailbox._page = await Listener.StartAsync(mailbox._options.PagePort, routes => MailboxPage.Map(routes, mailbox));
        return mailbox;
    }

    public void Forget()
    {
        lock (_gate)
            _mails.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        if (_page is not null)
            await _page.DisposeAsync();
        Certificate.Dispose();
        _stop.Dispose();
    }

    internal void Take(Envelope envelope, byte[] content)
    {
        lock (_gate)
        {
            _mails.Add(ReceivedMail.Read($"{++_count}", envelope, content, _options.Time.GetUtcNow()));
            if (_mails.Count > MostKept)
                _mails.RemoveAt(0);
        }
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                _ = ServeAsync(client);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                await new SmtpSession(client.GetStream(), _options, this).RunAsync(_stop.Token);
            }
            catch (Exception e) when (e is IOException or OperationCanceledException or SocketException or System.Security.Authentication.AuthenticationException or ObjectDisposedException)
            {
                // The other side has gone, or was cut off on purpose.
            }
        }
    }
}

/// <summary>How the mailbox is started. The defaults suit a test.</summary>
internal sealed record MailboxOptions
{
    /// <summary>0 lets the system choose.</summary>
    public int SmtpPort { get; init; }

    /// <summary>Of the page; 0 lets the system choose.</summary>
    public int PagePort { get; init; }

    /// <summary>Whether STARTTLS is offered.</summary>
    public bool OffersTls { get; init; } = true;

    /// <summary>Whether TLS begins with the first byte.</summary>
    public bool TlsAtOnce { get; init; }

    /// <summary>Whether addresses may have other than ASCII letters.</summary>
    public bool OffersUtf8 { get; init; } = true;

    /// <summary>User and password that are asked for; null lets everybody in.</summary>
    public (string User, string Password)? SignIn { get; init; }

    /// <summary>Null makes one for this machine.</summary>
    public MailboxCertificate? Certificate { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;
}
