using Siit.Iam.Agent.Audit;

namespace Siit.Iam.Agent.Tests.Audit;

/// <summary>
/// Every step that makes something durable, in one life of a log: its birth, single entries, a batch over the end of a tile,
/// checkpoints, another key, a start in between. At each, each fault.
/// </summary>
public sealed class AuditFaultTests
{
    [Theory]
    [InlineData(Fault.Kill)]
    [InlineData(Fault.ShortWriteAndKill)]
    [InlineData(Fault.Eio)]
    [InlineData(Fault.Enospc)]
    public async Task EveryStep_Faulty_LosesNothingAcknowledgedAndNothingSigned(Fault fault)
    {
        var all = new FaultPoints(fault, int.MaxValue);
        using (var folder = new AuditFolder())
            await LiveAsync(folder, all, new Told());
        Assert.True(all.Steps > 40, $"{all.Steps} steps");

        for (var at = 0; at < all.Steps; at++)
        {
            using var folder = new AuditFolder();
            var told = new Told();
            await LiveAsync(folder, new FaultPoints(fault, at), told);

            await AfterwardsAsync(folder, told, $"{fault} at step {at}");
        }

        TestContext.Current.TestOutputHelper!.WriteLine($"{fault}: {all.Steps} steps, none lost anything.");
    }

    private static async Task LiveAsync(AuditFolder folder, FaultPoints points, Told told)
    {
        await TryAsync(async () =>
        {
            await using var log = folder.Open(points.Open);
            for (var i = 0; i < 3; i++)
                told.Take(await log.WriteAsync(AuditFolder.Draft(i)));
            told.Take(log.Publish().Bytes());
            foreach (var write in Enumerable.Range(3, 260).Select(i => log.WriteAsync(AuditFolder.Draft(i)).AsTask()).ToList())
                told.Take(await write);
            told.Take(log.Publish().Bytes());
        });
        await TryAsync(async () =>
        {
            AuditKeys.Load(folder.Files, points.Open).BeginRotation();
            await using var log = folder.Open(points.Open);
            told.Take(log.Publish().Bytes());
            using var reservation = log.Reserve(1);
            told.Take(await reservation.WriteAsync(AuditFolder.Draft(999)));
            told.Take(log.Publish().Bytes());
        });
    }

    private static async Task AfterwardsAsync(AuditFolder folder, Told told, string where)
    {
        await using (var log = folder.Open())
            told.Take(await log.WriteAsync(AuditFolder.Draft(1_000_000)));
        var entries = AuditReader.ReadAll(folder.Files.Log).ToList();
        foreach (var receipt in told.Receipts)
            Assert.True(entries[(int)receipt.Seq].Hash == receipt.Hash, $"{where}: entry {receipt.Seq} is another one");
        foreach (var checkpoint in told.Checkpoints)
        {
            var verified = folder.Verify(checkpoint);
            Assert.True(verified.IsWhole, $"{where}: {verified.Problem?.File} {verified.Problem?.What}");
        }

        var whole = folder.Verify();
        Assert.True(whole is { IsWhole: true, Unsigned: 0 }, $"{where}: {whole.Problem?.File} {whole.Problem?.What}");
    }

    private static async Task TryAsync(Func<Task> life)
    {
        try
        {
            await life();
        }
        catch (Exception e) when (e is AuditUnavailableException or IOException)
        {
            // As it should be: nobody is told what is not so.
        }
    }

    /// <summary>What was acknowledged to somebody.</summary>
    private sealed class Told
    {
        public List<AuditReceipt> Receipts { get; } = [];

        public List<byte[]> Checkpoints { get; } = [];

        public void Take(AuditReceipt receipt) => Receipts.Add(receipt);

        public void Take(byte[] checkpoint) => Checkpoints.Add(checkpoint);
    }
}
