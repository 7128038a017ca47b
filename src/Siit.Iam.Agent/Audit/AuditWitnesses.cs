using System.Text.Json.Nodes;
using Siit.Iam.Agent.Audit.Tlog;

namespace Siit.Iam.Agent.Audit;

/// <summary>
/// Has new checkpoints cosigned by the configured witnesses, beside everything else: no action waits for them. A witness that says this
/// log is not the one it knows is an alarm, and an entry.
/// </summary>
internal sealed partial class AuditWitnesses(Lazy<AuditLog> log, AuditOptions options, TimeProvider time, ILogger<AuditWitnesses> logger) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(10);
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { Timeout = TimeSpan.FromSeconds(10) };
    private readonly Dictionary<string, string> _told = [];
    private List<WitnessClient>? _witnesses;

    private List<WitnessClient> Witnesses => _witnesses ??= [.. options.Witnesses.Select(witness => new WitnessClient(witness, _http))];

    /// <summary>Shows all witnesses one checkpoint.</summary>
    /// <returns>Whether all have cosigned it.</returns>
    public async Task<bool> RoundAsync(SignedCheckpoint checkpoint, CancellationToken cancellationToken)
    {
        var tree = new TileTree(new AuditFiles(options.Folder).Prefix, checkpoint.Size);
        IReadOnlyList<byte[]> Prove(long from)
        {
            lock (tree)
                return MerkleProofs.Consistency(tree.Hash, Math.Min(from, checkpoint.Size), checkpoint.Size);
        }

        var answers = await Task.WhenAll(Witnesses.Select(async witness => (Witness: witness, Answer: await AskAsync(witness, checkpoint, Prove, cancellationToken))));
        var cosignatures = answers.Select(answer => answer.Answer.Cosignature).OfType<NoteSignature>().ToList();
        if (cosignatures.Count > 0)
            log.Value.AddCosignatures(checkpoint, cosignatures);
        foreach (var (witness, answer) in answers)
            await TellAsync(witness, checkpoint, answer, cancellationToken);
        return cosignatures.Count == Witnesses.Count;
    }

    public override void Dispose()
    {
        _http.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Witnesses.Count == 0)
            return;
        var cosigned = 0L;
        while (true)
        {
            var checkpoint = await log.Value.SignedMoreThanAsync(cosigned, stoppingToken);
            try
            {
                if (await RoundAsync(checkpoint, stoppingToken))
                    cosigned = checkpoint.Size;
            }
            catch (Exception e) when (e is TlogException or IOException or UnauthorizedAccessException or AuditUnavailableException)
            {
                LogRoundFailed(logger, e.Message);
            }

            await Task.Delay(Every, time, stoppingToken);
        }
    }

    private static async Task<WitnessAnswer> AskAsync(WitnessClient witness, SignedCheckpoint checkpoint, Func<long, IReadOnlyList<byte[]>> prove, CancellationToken cancellationToken)
    {
        try
        {
            return await witness.CosignAsync(checkpoint, prove, cancellationToken);
        }
        catch (Exception e) when (e is HttpRequestException || (e is TaskCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return new WitnessAnswer(null, Trouble: $"{witness.Name} does not answer");
        }
    }

    // Each trouble once, until it is another one: a witness that is away for a day is one line.
    private async Task TellAsync(WitnessClient witness, SignedCheckpoint checkpoint, WitnessAnswer answer, CancellationToken cancellationToken)
    {
        var trouble = answer.Disagrees ? "disagrees" : answer.Trouble ?? "";
        if (_told.GetValueOrDefault(witness.Name, "") == trouble)
            return;
        _told[witness.Name] = trouble;
        if (answer.Disagrees)
        {
            LogDisagrees(logger, answer.Trouble!);
            await log.Value.WriteAsync(
                new AuditDraft(AuditKinds.WitnessDisagreed)
                {
                    Actor = new AuditActor { Door = "server" },
                    Data = new JsonObject { ["witness"] = witness.Name, ["says"] = answer.Trouble, ["size"] = checkpoint.Size },
                },
                cancellationToken);
        }
        else if (answer.Trouble is not null)
        {
            LogNotCosigned(logger, answer.Trouble);
        }
        else
        {
            LogCosigns(logger, witness.Name);
        }
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "A witness disagrees with the audit log: {Says}. Compare with a checkpoint that you kept: siit-iam audit verify --checkpoint FILE")]
    private static partial void LogDisagrees(ILogger logger, string says);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The audit log's checkpoint is not cosigned: {Trouble}")]
    private static partial void LogNotCosigned(ILogger logger, string trouble);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Witness} cosigns the audit log's checkpoints")]
    private static partial void LogCosigns(ILogger logger, string witness);

    [LoggerMessage(Level = LogLevel.Error, Message = "The audit log's checkpoint could not be shown to its witnesses: {Trouble}")]
    private static partial void LogRoundFailed(ILogger logger, string trouble);
}
