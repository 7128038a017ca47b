using System.Text.Json.Nodes;
using System.Threading.Channels;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.People.Sync;

namespace Siit.Iam.Agent.People;

/// <summary>
/// Writes how imports ended into the audit log: counts, and nobody's name. One that fails again and again, or waits and waits, is
/// written once.
/// </summary>
internal sealed partial class ImportAudit(Importer importer, AuditLog log, ILogger<ImportAudit> logger) : BackgroundService
{
    private readonly Channel<ImportNews> _news = Channel.CreateUnbounded<ImportNews>();
    private readonly Dictionary<string, (string Kind, DateTimeOffset? BeganAt)> _last = new(StringComparer.Ordinal);

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        importer.Ended += Hear;
        return base.StartAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        importer.Ended -= Hear;
        _news.Writer.TryComplete();
        await base.StopAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var news in _news.Reader.ReadAllAsync(CancellationToken.None))
            await WriteAsync(news);
    }

    private void Hear(ImportNews news) => _news.Writer.TryWrite(news);

    private async Task WriteAsync(ImportNews news)
    {
        var kind = news.End is null ? AuditKinds.ImportFailed : news.End.Held is null ? AuditKinds.ImportFinished : AuditKinds.ImportHeld;
        var now = (kind, kind == AuditKinds.ImportHeld ? news.End!.Run.BeganAt : (DateTimeOffset?)null);
        var before = _last.GetValueOrDefault(news.Connection);
        _last[news.Connection] = now;
        if (kind != AuditKinds.ImportFinished && before == now)
            return;
        try
        {
            await log.WriteAsync(new AuditDraft(kind) { Connection = news.Connection, Actor = new AuditActor { Door = "server" }, Data = Data(news) });
        }
        catch (AuditUnavailableException unavailable)
        {
            // An import changes nothing at an IdP: it goes on.
            LogNotWritten(logger, news.Connection, unavailable);
        }
    }

    private static JsonObject Data(ImportNews news)
    {
        if (news.End is not { } end)
            return new JsonObject { ["trouble"] = news.Trouble };
        return new JsonObject
        {
            ["everything"] = end.Run.ChangedSince is null,
            ["pages"] = end.Run.Counts.Pages,
            ["accounts"] = end.Run.Counts.Accounts,
            ["groups"] = end.Run.Counts.Groups,
            ["ties"] = end.Run.Counts.Ties,
            ["gone"] = end.Gone,
        };
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The end of an import of {Connection} could not be written into the audit log")]
    private static partial void LogNotWritten(ILogger logger, string connection, Exception trouble);
}
