using System.Diagnostics;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Audit.Tlog;

namespace Siit.Iam.Agent.Benchmarks;

/// <summary>The audit log: durable entries a second, proofs, a full verification, and what a long log costs at a start.</summary>
internal static class Audits
{
    public static async Task MeasureAsync(Report report, int entries)
    {
        var folder = Directory.CreateTempSubdirectory("siit-audit-").FullName;
        var files = new AuditFiles(folder);
        await using (var log = Open(folder))
        {
            foreach (var callers in new[] { 1, 16, 64 })
            {
                var (count, seconds) = await WriteAsync(log, callers, TimeSpan.FromSeconds(5), int.MaxValue);
                report.Tell($"durable entries, {callers} callers", "1/s", [count / seconds]);
            }

            var began = Stopwatch.GetTimestamp();
            await WriteAsync(log, 1000, TimeSpan.MaxValue, entries - (int)log.NextSeq);
            report.Tell($"growing it to {entries} entries, 1000 callers", "s", [Stopwatch.GetElapsedTime(began).TotalSeconds]);
            began = Stopwatch.GetTimestamp();
            log.Publish();
            report.Tell("signing what is left", "s", [Stopwatch.GetElapsedTime(began).TotalSeconds]);
        }

        Prove(report, files);
        var verifying = Stopwatch.GetTimestamp();
        var verified = AuditVerifier.Verify(files);
        report.Tell($"full verification of {verified.Entries} entries{(verified.IsWhole ? "" : " FAILED")}", "s", [Stopwatch.GetElapsedTime(verifying).TotalSeconds]);
        var opening = Stopwatch.GetTimestamp();
        await using (var log = Open(folder))
            report.Tell($"opening a log of {log.NextSeq} entries, all checked", "s", [Stopwatch.GetElapsedTime(opening).TotalSeconds]);
        report.Tell("file of lines", "MB", [new FileInfo(files.Log).Length / 1024.0 / 1024.0]);
        report.Tell("tiles and bundles", "MB", [Directory.EnumerateFiles(files.Prefix, "*", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length) / 1024.0 / 1024.0]);
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>The whole server, on a log of that length, clean and as after a kill before it was marked.</summary>
    public static async Task MeasureStartAsync(Report report, int entries, int rounds)
    {
        await using var scene = await Scene.StartAsync();
        var (shortLog, longLog) = (new List<double>(), new List<double>());
        await RoundsAsync(shortLog);
        await using (var log = Open(Path.Combine(scene.Data, "audit")))
            await WriteAsync(log, 1000, TimeSpan.MaxValue, entries);
        await RoundsAsync(longLog);
        report.Compare($"serve answers /healthz, {entries} entries not seen by the store", "ms", longLog, "a short log", shortLog);

        async Task RoundsAsync(List<double> times)
        {
            for (var round = 0; round < rounds; round++)
            {
                using var server = scene.Serve();
                times.Add(await server.AnswersAsync(scene.Port));
            }
        }
    }

    private static AuditLog Open(string folder) => AuditLog.Open(new AuditOptions { Folder = folder }, TimeProvider.System, NullLogger.Instance);

    private static async Task<(long Count, double Seconds)> WriteAsync(AuditLog log, int callers, TimeSpan time, int most)
    {
        var began = Stopwatch.GetTimestamp();
        var count = 0L;
        await Task.WhenAll(Enumerable.Range(0, callers).Select(caller => Task.Run(async () =>
        {
            while (Stopwatch.GetElapsedTime(began) < time && Interlocked.Increment(ref count) <= most)
                await log.WriteAsync(Draft(caller));
        })));
        return (Math.Min(count, most), Stopwatch.GetElapsedTime(began).TotalSeconds);
    }

    private static AuditDraft Draft(int caller) => new(AuditKinds.EffectOutcome)
    {
        Call = "call_01jdv8c2m3x5e7kqw9r4tznbyh",
        Request = "REQ-812",
        Action = "reset_mfa",
        Connection = "okta",
        Target = "00u1a2b3c4d5e6f7g8h9",
        Actor = new AuditActor { Requester = "ana@acme.example", Caller = $"caller_{caller}", Operator = "olga@acme.example", Door = "mcp" },
        Data = new JsonObject { ["state"] = "succeeded", ["idp_request_id"] = "Zf3kq0f1x2y3", ["read_back"] = "confirmed" },
    };

    private static void Prove(Report report, AuditFiles files)
    {
        var signed = SignedCheckpoint.Open(File.ReadAllBytes(files.Checkpoint), [.. AuditKeys.ReadVkeys(files.Vkeys)]);
        var (random, times) = (new Random(1), new List<double>());
        for (var i = 0; i < 2000; i++)
        {
            var index = random.NextInt64(signed.Size);
            var began = Stopwatch.GetTimestamp();
            // A tree of its own: nothing is kept from the proof before.
            var tree = new TileTree(files.Prefix, signed.Size);
            var proof = MerkleProofs.Inclusion(tree.Hash, index, signed.Size);
            if (!MerkleProofs.VerifyInclusion(index, signed.Size, Merkle.Leaf(tree.Entry(index)!), proof, signed.Checkpoint.Root))
                throw new InvalidOperationException($"The proof of entry {index} does not verify.");
            times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }

        report.Tell($"an inclusion proof at {signed.Size} entries, made and verified", "ms", times);
    }
}
