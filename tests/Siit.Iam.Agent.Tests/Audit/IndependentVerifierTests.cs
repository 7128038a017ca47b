using System.Diagnostics;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Audit.Tlog;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.Audit;

/// <summary>Our log and receipts, checked by code that nobody wrote for this project: Go's sumdb packages, as Debian has them.</summary>
public sealed class IndependentVerifierTests : IAsyncLifetime
{
    private const string Go = "/usr/lib/go-1.19/bin/go";
    private readonly AuditFolder folder = new();
    private readonly AuditFolder work = new();

    public async ValueTask InitializeAsync() => await folder.WriteAsync(600);

    public ValueTask DisposeAsync()
    {
        folder.Dispose();
        work.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task GoSumdb_OurLogAndReceipts_AreVerified_AndNotWhenChanged()
    {
        Needs.File(Go, "golang-1.19-go");
        Needs.File("/usr/share/gocode/src/golang.org/x/mod/sumdb/tlog/tlog.go", "golang-golang-x-mod-dev");
        var verifier = Path.Combine(work.Path, "verifier");
        var built = await RunAsync(Go, "build", "-o", verifier, Repository.In("tests", "Siit.Iam.Agent.Tests", "Audit", "verifiers", "main.go"));
        Assert.True(built.ExitCode == 0, built.Said);
        var key = AuditKeys.ReadVkeys(folder.Files.Vkeys)[^1].ToString();
        var receipts = new[] { 0, 255, 256, 599 }.Select(Receipt).ToArray();

        var verified = await RunAsync(verifier, [key, folder.Files.Prefix, .. receipts]);

        Assert.Equal((0, "ok 600 entries, 4 receipts\n"), verified);
        var stranger = NoteSigner.Create(AuditKeys.ReadVkeys(folder.Files.Vkeys)[^1].Name).Verifier.ToString();
        Assert.Equal(1, (await RunAsync(verifier, stranger, folder.Files.Prefix)).ExitCode);
        await WrongAsync(receipts[2], text => text.Replace("index 256", "index 257", StringComparison.Ordinal), verifier, key, receipts[2]);
        foreach (var tile in new[] { "tile/0/001", "tile/entries/000", "tile/1/000.p/2", "checkpoint" })
            await WrongAsync(Path.Combine(folder.Files.Prefix, tile), null, verifier, key);
    }

    private async Task WrongAsync(string file, Func<string, string>? change, string verifier, string key, params string[] receipts)
    {
        var whole = await File.ReadAllBytesAsync(file);
        if (change is not null)
        {
            await File.WriteAllTextAsync(file, change(await File.ReadAllTextAsync(file)));
        }
        else
        {
            byte[] changed = [.. whole];
            changed[whole.Length / 2] ^= 1;
            await File.WriteAllBytesAsync(file, changed);
        }

        var refused = await RunAsync(verifier, [key, folder.Files.Prefix, .. receipts]);
        await File.WriteAllBytesAsync(file, whole);

        Assert.True(refused.ExitCode == 1 && refused.Said.StartsWith("wrong: ", StringComparison.Ordinal), $"{file}: {refused.Said}");
    }

    private string Receipt(int place)
    {
        var signed = SignedCheckpoint.Open(folder.Checkpoint(), AuditKeys.ReadVkeys(folder.Files.Vkeys)[^1]);
        var tree = new TileTree(folder.Files.Prefix, signed.Size);
        var path = Path.Combine(work.Path, $"{place}.tlog-proof");
        File.WriteAllText(path, new TlogProof(place, tree.Entry(place), MerkleProofs.Inclusion(tree.Hash, place, signed.Size), signed.Note.ToString()).ToString());
        return path;
    }

    private static async Task<(int ExitCode, string Said)> RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        (start.Environment["GO111MODULE"], start.Environment["GOPATH"], start.Environment["GOFLAGS"]) = ("off", "/usr/share/gocode", "");
        start.Environment["GOCACHE"] = Path.Combine(Path.GetTempPath(), "siit-go-cache");
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(2));
        return (process.ExitCode, await output + await error);
    }
}
