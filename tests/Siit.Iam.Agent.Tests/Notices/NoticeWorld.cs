using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Notices;
using Siit.Iam.Agent.Secrets;
using Siit.Iam.Agent.Store;
using Siit.Iam.Agent.Tests.Support;
using Siit.Iam.Emulator.Mail;

namespace Siit.Iam.Agent.Tests.Notices;

/// <summary>The real outbox, store and audit log before an emulated mail server. It sends when a test says so; can be stopped and started again.</summary>
internal sealed class NoticeWorld : IAsyncDisposable
{
    private readonly NoticesOptions _options;
    private ServiceProvider? _services;

    private NoticeWorld(EmulatedMailbox mailbox, NoticesOptions options) => (Mailbox, _options) = (mailbox, options);

    public EmulatedMailbox Mailbox { get; }

    public ManualTime Time { get; } = new();

    public string Folder { get; } = Directory.CreateTempSubdirectory("siit-notices-").FullName;

    /// <summary>What the operations log says.</summary>
    public ConcurrentQueue<string> Logged { get; } = new();

    public IStore Store => Get<IStore>();

    public Outbox Outbox => Get<Outbox>();

    /// <param name="options">Default: by mail to the mailbox, in the clear on loopback.</param>
    public static async Task<NoticeWorld> StartAsync(Func<EmulatedMailbox, NoticesOptions>? options = null, MailboxOptions? mailbox = null)
    {
        var started = await EmulatedMailbox.StartAsync(mailbox);
        var world = new NoticeWorld(started, (options ?? Plain)(started));
        world.StartServer();
        return world;
    }

    public static NoticesOptions Plain(EmulatedMailbox mailbox) => new() { Mail = Mail(mailbox) };

    public static MailOptions Mail(EmulatedMailbox mailbox) => new()
    {
        Host = EmulatedMailbox.Host,
        Port = mailbox.SmtpPort,
        Tls = MailTls.None,
        From = "Siit IAM <iam@acme.example>",
        Timeout = TimeSpan.FromSeconds(20),
    };

    public static Notice To(string to, string key = "key", string text = "Hello.") => new()
    {
        Key = key,
        Kind = "approval_asked",
        Channel = NoticeChannel.Mail,
        To = to,
        Subject = "A call waits",
        Text = text,
        Call = "call_1",
    };

    public T Get<T>() where T : notnull => _services!.GetRequiredService<T>();

    public void StartServer()
    {
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.AddProvider(new Recording(Logged)));
        services.AddSingleton<TimeProvider>(Time);
        services.AddAudit(audit => audit.Folder = Path.Combine(Folder, "audit"));
        services.AddSingleton(provider => provider.GetRequiredService<IOptions<AuditOptions>>().Value);
        services.AddStore(new DataFolder(Folder));
        services.AddSecrets();
        services.AddNotices(_options);
        _services = services.BuildServiceProvider();
    }

    public async Task StopServerAsync()
    {
        await _services!.DisposeAsync();
        _services = null;
    }

    public async Task<NoticeRecord> PostAsync(Notice notice)
    {
        Assert.True((await Store.CommitAsync([Outbox.Post(notice)])).Done);
        return await FindAsync(notice);
    }

    public async Task<NoticeRecord> FindAsync(Notice notice) => (await Store.GetAsync<NoticeRecord>(NoticeRecord.IdOf(notice.Key)))!;

    public Task SendAsync() => Get<NoticeSending>().LookAsync(CancellationToken.None);

    public IReadOnlyList<AuditEntry> Audit() => [.. AuditReader.ReadAll(new AuditFiles(Path.Combine(Folder, "audit")).Log)];

    public async ValueTask DisposeAsync()
    {
        if (_services is not null)
            await _services.DisposeAsync();
        await Mailbox.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }

    private sealed class Recording(ConcurrentQueue<string> lines) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Enqueue($"{logLevel} {formatter(state, exception)} {exception}");

        public void Dispose()
        {
        }
    }
}
