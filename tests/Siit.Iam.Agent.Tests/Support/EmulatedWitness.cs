using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Siit.Iam.Agent.Audit.Tlog;

namespace Siit.Iam.Agent.Tests.Support;

/// <summary>
/// A witness of c2sp.org/tlog-witness: keeps the last checkpoint of each log that it knows in a file, checks and keeps under one lock,
/// and cosigns only what is consistent with it.
/// </summary>
internal sealed class EmulatedWitness : IAsyncDisposable
{
    private readonly string _folder;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, NoteVerifier> _logs = [];
    private readonly NoteSigner _signer;
    private readonly WebApplication _app;

    private EmulatedWitness(string folder, WebApplication app)
    {
        (_folder, _app) = (folder, app);
        var key = Path.Combine(folder, "key");
        if (!File.Exists(key))
            File.WriteAllText(key, NoteSigner.Create("witness.example/w1", NoteVerifier.CosignatureType).Export());
        _signer = NoteSigner.Parse(File.ReadAllText(key));
        app.MapPost("/add-checkpoint", AddCheckpointAsync);
    }

    public NoteVerifier Key => _signer.Verifier;

    public Uri Url => new(_app.Urls.First());

    /// <param name="folder">Where it remembers; the same one again: the same witness after a restart.</param>
    public static async Task<EmulatedWitness> StartAsync(string folder)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var witness = new EmulatedWitness(folder, builder.Build());
        await witness._app.StartAsync();
        return witness;
    }

    public void Knows(NoteVerifier log) => _logs[log.Name] = log;

    /// <summary>Size of what it has cosigned last.</summary>
    public long SizeOf(string origin) => Last(origin)?.Size ?? 0;

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task AddCheckpointAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body, Encoding.UTF8);
        var (status, body) = Answer(await reader.ReadToEndAsync());
        context.Response.StatusCode = status;
        if (status == StatusCodes.Status409Conflict)
            context.Response.ContentType = "text/x.tlog.size";
        await context.Response.WriteAsync(body);
    }

    private (int Status, string Body) Answer(string request)
    {
        try
        {
            var split = request.IndexOf("\n\n", StringComparison.Ordinal);
            var lines = request[..split].Split('\n');
            if (!lines[0].StartsWith("old ", StringComparison.Ordinal) || Checkpoint.NumberOf(lines[0][4..]) is not { } old || lines.Length > 64)
                return (400, "");
            var proof = lines[1..].Select(line => NoteVerifier.TryBase64(line) ?? throw new TlogException("no hash")).ToList();
            var note = SignedNote.Parse(request[(split + 2)..]);
            var checkpoint = Checkpoint.Parse(note.Text);
            if (!_logs.TryGetValue(checkpoint.Origin, out var log))
                return (404, "");
            return IsSigned(note, log) ? Judge(checkpoint, old, proof) : (403, "");
        }
        catch (Exception e) when (e is TlogException or ArgumentOutOfRangeException)
        {
            return (400, "");
        }
    }

    private (int Status, string Body) Judge(Checkpoint checkpoint, long old, List<byte[]> proof)
    {
        if (old > checkpoint.Size)
            return (400, "");
        // Compared and kept in one go, or a slower request would take the witness back.
        lock (_gate)
        {
            var last = Last(checkpoint.Origin) ?? new Checkpoint(checkpoint.Origin, 0, Merkle.EmptyRoot);
            if (last.Size != old)
                return (409, $"{last.Size}\n");
            if (!MerkleProofs.VerifyConsistency(old, checkpoint.Size, proof, last.Root, checkpoint.Root))
                return (422, "");
            File.WriteAllText(FileOf(checkpoint.Origin) + ".new", checkpoint.Text);
            File.Move(FileOf(checkpoint.Origin) + ".new", FileOf(checkpoint.Origin), overwrite: true);
            return (200, _signer.Cosign(checkpoint.Text, DateTimeOffset.UnixEpoch.AddYears(56)));
        }
    }

    private static bool IsSigned(SignedNote note, NoteVerifier log)
    {
        try
        {
            return note.Verify(log).Count > 0;
        }
        catch (TlogException)
        {
            return false;
        }
    }

    private Checkpoint? Last(string origin) => File.Exists(FileOf(origin)) ? Checkpoint.Parse(File.ReadAllText(FileOf(origin))) : null;

    private string FileOf(string origin) => Path.Combine(_folder, Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(origin))));
}
