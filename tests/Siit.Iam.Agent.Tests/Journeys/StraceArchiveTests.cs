using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Tests.Cli;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.Journeys;

/// <summary>
/// <c>siit-iam audit archive</c> as it is shipped, killed (kill -9) at the n-th sync of a thread until it comes through: every entry is in
/// the log or the archive, both verify, and the same command finishes.
/// </summary>
public sealed class StraceArchiveTests
{
    private const string Strace = "/usr/bin/strace";
    private const int Entries = 700;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    [Fact]
    public async Task Archive_KilledAtASync_LosesNoEntry_AndFinishesTheNextTime()
    {
        Needs.File(Strace, "strace");
        await using var world = await CliWorld.StartAsync();
        await world.StopServerAsync();
        Directory.Delete(world.Data.Path, recursive: true);
        await WriteOldAsync(world);
        // The store takes note of the log.
        await world.StartServerAsync();
        await world.StopServerAsync();
        var log = new AuditFiles(world.Data.Audit);
        var kept = File.ReadLines(log.Log).Take(Entries).ToList();
        var archive = Path.Combine(world.Parent, "archive");
        var before = TimeProvider.System.GetUtcNow().AddDays(-400).ToString("O");
        var whole = Path.Combine(world.Parent, "whole");
        Copy(world.Data.Path, whole);
        var killed = 0;
        for (var point = 1; ; point++)
        {
            Directory.Delete(world.Data.Path, recursive: true);
            Copy(whole, world.Data.Path);
            if (Directory.Exists(archive))
                Directory.Delete(archive, recursive: true);

            var exitCode = await RunAsync(Strace, ["-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync,fdatasync", "-e", $"inject=fsync,fdatasync:signal=SIGKILL:when={point}", ServeProcess.Executable, .. Archive(world, archive, before)]);
            if (exitCode == 0)
                break;
            killed++;
            Directory.CreateDirectory(archive);
            var all = AuditReader.ReadAll(log, AuditArchive.Open(archive)).Take(Entries).Select(entry => entry.Seq).ToList();
            Assert.True(all.SequenceEqual(Enumerable.Range(0, Entries).Select(i => (long)i)), $"killed at {point}: entries were lost");
            Assert.Equal(0, await RunAsync(ServeProcess.Executable, Archive(world, archive, before)));
            var verified = AuditVerifier.Verify(log, archive: AuditArchive.Open(archive));
            Assert.True(verified is { IsWhole: true, Archived: 512 }, $"killed at {point}: {verified.Problem?.File} {verified.Problem?.What}, {verified.Archived} archived");
            Assert.Equal(kept, File.ReadLines(AuditArchive.EntriesFile(archive, 0, 511)).Concat(File.ReadLines(log.Log)).Take(Entries));
        }

        TestContext.Current.TestOutputHelper!.WriteLine($"Killed at {killed} syncs, no entry lost.");
        Assert.True(killed > 2, $"{killed}");
        Assert.True(AuditVerifier.Verify(log, archive: AuditArchive.Open(archive)).IsWhole);
    }

    private static string[] Archive(CliWorld world, string archive, string before) => ["audit", "archive", "--before", before, "--to", archive, "--data", world.Data.Path];

    private static async Task WriteOldAsync(CliWorld world)
    {
        await using var log = AuditLog.Open(new AuditOptions { Folder = world.Data.Audit }, new Past(), NullLogger.Instance);
        await Task.WhenAll(Enumerable.Range(0, Entries).Select(i => log.WriteAsync(new AuditDraft(AuditKinds.RateSwallowed) { Call = $"call_{i}" }).AsTask()).ToArray());
    }

    private static async Task<int> RunAsync(string program, string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var said = Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync().WaitAsync(Patience);
        await said;
        return process.ExitCode;
    }

    private static void Copy(string from, string to)
    {
        foreach (var file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }

    /// <summary>Two years ago; timers are real.</summary>
    private sealed class Past : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow().AddDays(-730);
    }
}
