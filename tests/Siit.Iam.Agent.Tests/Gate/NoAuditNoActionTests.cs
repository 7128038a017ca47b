using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Tests.Audit;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.Gate;

/// <summary>However the audit log fails, nothing is written at an IdP: neither what needs no approval nor what others have approved.</summary>
public sealed class NoAuditNoActionTests
{
    public enum Sink
    {
        Full,
        FailsToWrite,
        FailsToSync,
        FailsToCutBack,
        Hangs,
        Removed,
        Closed,
    }

    public static TheoryData<Sink> Sinks => [.. Enum.GetValues<Sink>()];

    [Theory]
    [MemberData(nameof(Sinks))]
    public async Task Sink_ThatCannotRecord_NoWriteAtTheIdp(Sink sink)
    {
        using var disk = new FaultyDisk();
        await using var world = await GateWorld.StartAsync(more: services => services.AddSingleton(provider => AuditLog.Open(
            new AuditOptions { Folder = provider.GetRequiredService<AuditOptions>().Folder, WriteTimeout = TimeSpan.FromMilliseconds(200), CheckpointEvery = TimeSpan.FromHours(1) },
            provider.GetRequiredService<TimeProvider>(), NullLogger.Instance, disk.Open)));
        var caller = await world.CallerAsync();
        var approver = await world.ApproverAsync("dana@acme.example");
        var waiting = await world.CallAsync(caller, "suspend_user", Person("ben"));
        Assert.Equal(CallState.AwaitingApproval, waiting.State);

        await BreakAsync(sink, disk, world);
        for (var i = 0; i < 20; i++)
        {
            await QuietlyAsync(() => world.CallAsync(caller, "clear_sessions", Person(i % 2 == 0 ? "ana" : "paul")));
            await QuietlyAsync(() => world.CallAsync(caller, "reset_mfa", Person("ana")));
            await QuietlyAsync(() => world.DecideAsync(waiting.Call!, approver));
        }

        await QuietlyAsync(async () =>
        {
            await world.Get<CallKeeper>().SweepAsync(CancellationToken.None);
            return 0;
        });

        Assert.Empty(world.Okta.Ledger.Effects);
        (disk.FailAppend, disk.FailSync, disk.FailTruncate, disk.Capacity) = (false, false, false, long.MaxValue);
        disk.Answers.Set();
    }

    /// <summary>Not even started: there is no server that could act.</summary>
    [Theory]
    [InlineData("absent")]
    [InlineData("key missing")]
    [InlineData("key of another log")]
    [InlineData("checkpoint missing")]
    public async Task Start_WithoutALogThatCanBeSigned_IsRefused(string what)
    {
        await using var world = await GateWorld.StartAsync();
        var files = new AuditFiles(Path.GetDirectoryName(world.AuditFile)!);
        var caller = await world.CallerAsync();
        await world.CallAsync(caller, "find_person", Person("ana"));
        await world.StopServerAsync();
        var aside = files.Folder + ".aside";
        switch (what)
        {
            case "absent":
                Directory.Move(files.Folder, aside);
                // Nor can a new one be made there.
                await File.WriteAllTextAsync(files.Folder, "");
                break;
            case "key missing": File.Move(files.Key, aside); break;
            case "key of another log":
                File.Move(files.Key, aside);
                await File.WriteAllTextAsync(files.Key, Siit.Iam.Agent.Audit.Tlog.NoteSigner.Create("another.example").Export());
                break;
            case "checkpoint missing": File.Move(files.Checkpoint, aside); break;
        }

        await Assert.ThrowsAsync<AuditUnavailableException>(world.StartServerAsync);

        Assert.Empty(world.Okta.Ledger.Effects);
        if (what == "absent")
        {
            File.Delete(files.Folder);
            Directory.Move(aside, files.Folder);
        }
        else
        {
            File.Move(aside, what == "checkpoint missing" ? files.Checkpoint : files.Key, overwrite: true);
        }

        await world.StartServerAsync();
        Assert.Equal(CallState.Succeeded, (await world.CallAsync(caller, "clear_sessions", Person("ana"))).State);
    }

    private static JsonObject Person(string name) => new() { ["person"] = $"{name}@acme.example" };

    private static async Task BreakAsync(Sink sink, FaultyDisk disk, GateWorld world)
    {
        switch (sink)
        {
            case Sink.Full: disk.FillUp(); break;
            case Sink.FailsToWrite: disk.FailAppend = true; break;
            case Sink.FailsToSync: disk.FailSync = true; break;
            case Sink.FailsToCutBack:
                disk.FillUp();
                disk.FailTruncate = true;
                break;
            case Sink.Hangs: disk.Answers.Reset(); break;
            case Sink.Removed:
                File.Delete(world.AuditFile);
                // Seen when the next checkpoint is due, a second later in a server.
                await world.Get<AuditLog>().WriteAsync(new AuditDraft(AuditKinds.ServerStarted));
                Assert.Throws<AuditUnavailableException>(() => world.Get<AuditLog>().Publish());
                break;
            case Sink.Closed: await world.Get<AuditLog>().CloseAsync(); break;
        }
    }

    private static async Task QuietlyAsync<T>(Func<Task<T>> attempt)
    {
        try
        {
            await attempt();
        }
        catch (AuditUnavailableException)
        {
            // A refusal by any way is right.
        }
    }
}
