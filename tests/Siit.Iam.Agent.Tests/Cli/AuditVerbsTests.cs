using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Audit.Tlog;
using Siit.Iam.Agent.Gate;

namespace Siit.Iam.Agent.Tests.Cli;

public sealed class AuditVerbsTests
{
    [Fact]
    public async Task Receipt_OfACall_IsCheckedWithoutTheServerAndTheFolder()
    {
        await using var world = await CliWorld.StartAsync();
        var call = await AskAsync(world);
        await world.StopServerAsync();
        var key = (await world.RunAsync("audit", "key")).Out.Trim();

        var written = await world.RunAsync("audit", "receipt", call, "--out", world.Parent, "--json");

        Assert.True(written.ExitCode == 0, written.ToString());
        Assert.Equal(key, (string?)written.Json["key"]);
        var files = written.Json["files"]!.AsArray().Select(file => (string)file!).ToList();
        Assert.Equal(2, files.Count);
        Directory.Delete(world.Data.Audit, recursive: true);
        foreach (var file in files)
        {
            var valid = await world.RunAsync("audit", "check-receipt", file, "--key", key, "--json");
            Assert.True(valid.ExitCode == 0, valid.ToString());
            Assert.Equal(call, (string?)valid.Json["entry"]!["call"]);
        }

        var stranger = await world.RunAsync("audit", "check-receipt", files[0], "--key", NoteSigner.Create("other.example").Verifier.ToString());
        Assert.Equal(1, stranger.ExitCode);
        Assert.StartsWith("NOT VALID", stranger.Error, StringComparison.Ordinal);
        var text = await File.ReadAllTextAsync(files[0]);
        var forged = TlogProof.Parse(text) with { Extra = Encoding.UTF8.GetBytes("{\"call\":\"another\"}") };
        await File.WriteAllTextAsync(files[0], forged.ToString());
        Assert.Equal(1, (await world.RunAsync("audit", "check-receipt", files[0], "--key", key)).ExitCode);
        Assert.Equal(1, (await world.RunAsync("audit", "check-receipt", files[1], "--key", key, "--witness", NoteSigner.Create("w.example", NoteVerifier.CosignatureType).Verifier.ToString())).ExitCode);
    }

    [Fact]
    public async Task Receipt_OfAnEntryOrOfNothing()
    {
        await using var world = await CliWorld.StartAsync();
        await world.StopServerAsync();

        Assert.Equal(0, (await world.RunAsync("audit", "receipt", "0", "--out", world.Parent)).ExitCode);
        Assert.True(File.Exists(Path.Combine(world.Parent, "entry-0.tlog-proof")));
        Assert.Equal(1, (await world.RunAsync("audit", "receipt", "99999", "--out", world.Parent)).ExitCode);
        Assert.Equal(1, (await world.RunAsync("audit", "receipt", "call_nobody", "--out", world.Parent)).ExitCode);
    }

    [Fact]
    public async Task Verify_CutOffOrRolledBack_IsFoundWithTheKeptCheckpoint()
    {
        await using var world = await CliWorld.StartAsync();
        await AskAsync(world);
        await world.StopServerAsync();
        var (kept, earlier) = (Path.Combine(world.Parent, "kept"), Path.Combine(world.Parent, "earlier"));
        Assert.Equal(0, (await world.RunAsync("audit", "checkpoint", "--out", earlier)).ExitCode);
        var older = Directory.GetFiles(world.Data.Audit, "*", SearchOption.AllDirectories).ToDictionary(file => file, File.ReadAllBytes);
        await world.StartServerAsync();
        await world.StopServerAsync();
        var printed = await world.RunAsync("audit", "checkpoint");
        await File.WriteAllTextAsync(kept, printed.Out);

        Assert.Equal(0, (await world.RunAsync("audit", "verify", "--checkpoint", kept)).ExitCode);
        Assert.Equal(0, (await world.RunAsync("audit", "verify", "--checkpoint", earlier)).ExitCode);
        foreach (var (file, content) in older)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await File.WriteAllBytesAsync(file, content);
        }

        Assert.Equal(0, (await world.RunAsync("audit", "verify")).ExitCode);
        var rolledBack = await world.RunAsync("audit", "verify", "--checkpoint", kept);
        Assert.Equal(1, rolledBack.ExitCode);
        Assert.Contains("rolled back", rolledBack.Out, StringComparison.Ordinal);
        Assert.Equal(2, (await world.RunAsync("audit", "verify", "--key", "nonsense")).ExitCode);
    }

    [Fact]
    public async Task RotateKey_ServerStopped_GoesOnWithTheNewOne()
    {
        await using var world = await CliWorld.StartAsync();
        Assert.Equal(5, (await world.RunAsync("audit", "rotate-key")).ExitCode);
        await world.StopServerAsync();
        var before = (await world.RunAsync("audit", "key")).Out.Trim();

        var rotated = await world.RunAsync("audit", "rotate-key", "--json");

        Assert.True(rotated.ExitCode == 0, rotated.ToString());
        Assert.NotEqual(before, (string?)rotated.Json["key"]);
        await world.StartServerAsync();
        await world.StopServerAsync();
        Assert.Equal(0, (await world.RunAsync("audit", "verify", "--key", before)).ExitCode);
        var files = new AuditFiles(world.Data.Audit);
        File.Delete(files.Key);
        var refused = await world.RunAsync("serve");
        Assert.Equal(5, refused.ExitCode);
        Assert.Contains("rotate-key --lost", refused.Error, StringComparison.Ordinal);
        Assert.Equal(0, (await world.RunAsync("audit", "rotate-key", "--lost")).ExitCode);
        await world.StartServerAsync();
    }

    [Fact]
    public async Task Export_Filtered_GivesLinesThatAreInTheTree()
    {
        await using var world = await CliWorld.StartAsync();
        var call = await AskAsync(world);
        await world.StopServerAsync();
        var file = Path.Combine(world.Parent, "export.jsonl");

        Assert.Equal(0, (await world.RunAsync("audit", "export", "--call", call, "--out", file)).ExitCode);

        var log = new AuditFiles(world.Data.Audit).Log;
        Assert.Equal(File.ReadLines(log).Where(line => line.Contains(call, StringComparison.Ordinal)), File.ReadLines(file));
        var printed = await world.RunAsync("audit", "export", "--action", "suspend_user", "--ocsf");
        Assert.All(printed.Out.TrimEnd().Split('\n'), line => Assert.Equal(6003, (int)JsonNode.Parse(line)!["class_uid"]!));
        Assert.Empty((await world.RunAsync("audit", "export", "--person", "nobody@acme.example")).Out);
        Assert.NotEmpty((await world.RunAsync("audit", "export", "--person", CliWorld.Somebody)).Out);
        Assert.Empty((await world.RunAsync("audit", "export", "--until", "2001-01-01T00:00:00Z")).Out);
        Assert.Equal(2, (await world.RunAsync("audit", "export", "--since", "yesterday-ish")).ExitCode);
    }

    [Fact]
    public async Task Monitors_OverHttp_GetHashesAndNoEntries()
    {
        await using var world = await CliWorld.StartAsync();
        var signed = world.Get<AuditLog>().Publish();
        using var http = new HttpClient { BaseAddress = world.Address };

        Assert.Equal(signed.Bytes(), await http.GetByteArrayAsync(new Uri("audit/checkpoint", UriKind.Relative)));
        Assert.Equal(signed.Size * 32, (await http.GetByteArrayAsync(new Uri($"audit/{Tiles.HashPath(0, 0, (int)signed.Size)}", UriKind.Relative))).Length);
        foreach (var path in new[] { $"audit/{Tiles.EntriesPath(0, (int)signed.Size)}", "audit/audit.key", "audit/tile/0/..%2f..%2faudit.key", "audit/tile/0/../../../audit.key", "audit/tile/0/999" })
            Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync(new Uri(path, UriKind.Relative))).StatusCode);
    }

    [Fact]
    public async Task Restore_IntoAnEmptyFolder_AsksForTheKeyAndGoesOnWithIt()
    {
        await using var world = await CliWorld.StartAsync();
        await world.EnrolFirstAsync();
        var zip = Path.Combine(world.Parent, "backup.zip");
        Assert.Equal(0, (await world.RunAsync("backup", zip)).ExitCode);
        await world.StopServerAsync();
        var files = new AuditFiles(world.Data.Audit);
        var key = await File.ReadAllBytesAsync(files.Key);
        Directory.Delete(world.Data.Audit, recursive: true);

        var restored = await world.RunAsync("restore", zip);

        Assert.Equal(5, restored.ExitCode);
        Assert.Contains("Put your copy of it back", restored.Error, StringComparison.Ordinal);
        await File.WriteAllBytesAsync(files.Key, key);
        Assert.Equal(0, (await world.RunAsync("restore", zip)).ExitCode);
        await world.StartServerAsync();
        await world.StopServerAsync();
        Assert.Equal(0, (await world.RunAsync("audit", "verify")).ExitCode);
    }

    [Fact]
    public async Task Archive_OldEntries_GoElsewhereAndTheServerGoesOn()
    {
        await using var world = await CliWorld.StartAsync();
        var (to, zip) = (Path.Combine(world.Parent, "archive"), Path.Combine(world.Parent, "backup.zip"));
        var call = await AskAsync(world);
        Assert.Equal(0, (await world.RunAsync("backup", zip)).ExitCode);
        await FillAsync(world, 600);
        Assert.Equal(4, (await world.RunAsync("audit", "archive", "--before", "2020-01-01", "--to", to)).ExitCode);
        await world.StopServerAsync();
        var (old, young) = ($"{world.Time.GetUtcNow().AddDays(1):O}", $"{world.Time.GetUtcNow().AddDays(399):O}");
        world.Time.Advance(TimeSpan.FromDays(400));

        // The call waits for an approver still: its entries stay.
        var held = await world.RunAsync("audit", "archive", "--before", old, "--to", to, "--json");
        Assert.True(held.ExitCode == 0, held.ToString());
        Assert.Equal((0, $"call {call} is awaiting_approval"), ((int)held.Json["archived"]!, (string?)held.Json["held_by"]));
        var tooYoung = await world.RunAsync("audit", "archive", "--before", young, "--to", to);
        Assert.Equal(2, tooYoung.ExitCode);
        Assert.Contains("audit:keep", tooYoung.Error, StringComparison.Ordinal);
        Assert.Equal(2, (await world.RunAsync("audit", "archive", "--before", old, "--to", Path.Combine(world.Data.Audit, "x"))).ExitCode);
        // Long expired: a start notices.
        await world.StartServerAsync();
        await world.Get<CallKeeper>().SweepAsync(CancellationToken.None);
        await world.StopServerAsync();
        var receipt = await world.RunAsync("audit", "receipt", "0", "--out", world.Parent);
        Assert.Equal(0, receipt.ExitCode);

        var done = await world.RunAsync("audit", "archive", "--before", old, "--to", to, "--json");

        Assert.True(done.ExitCode == 0, done.ToString());
        Assert.Equal((512, 512), ((int)done.Json["archived"]!, (int)done.Json["first_here"]!));
        await world.StartServerAsync();
        using (var http = new HttpClient { BaseAddress = world.Address })
        {
            foreach (var (path, status) in new[] { ("audit/tile/0/000", HttpStatusCode.OK), ("audit/tile/entries/000", HttpStatusCode.NotFound), ("audit/tile/entries/002", HttpStatusCode.NotFound) })
                Assert.Equal(status, (await http.GetAsync(new Uri(path, UriKind.Relative))).StatusCode);
        }

        var second = Path.Combine(world.Parent, "second.zip");
        Assert.Equal(0, (await world.RunAsync("backup", second)).ExitCode);
        await world.StopServerAsync();
        var verified = await world.RunAsync("audit", "verify");
        Assert.True(verified.ExitCode == 0, verified.ToString());
        Assert.Contains("Entries 0 to 511 lie in the archive", verified.Out, StringComparison.Ordinal);
        var both = await world.RunAsync("audit", "verify", "--archive", to, "--json");
        Assert.Equal((true, 512, true), ((bool)both.Json["whole"]!, (int)both.Json["archived"]!, (bool)both.Json["archive_read"]!));

        // Entries of the archive are proved, shown and exported when it is named.
        Assert.Contains("--archive", (await world.RunAsync("audit", "receipt", "3", "--out", world.Parent)).Error, StringComparison.Ordinal);
        Assert.Equal(0, (await world.RunAsync("audit", "receipt", "3", "--out", world.Parent, "--archive", to)).ExitCode);
        var key = (await world.RunAsync("audit", "key")).Out.Trim();
        foreach (var file in new[] { "entry-0.tlog-proof", "entry-3.tlog-proof" })
            Assert.Equal(0, (await world.RunAsync("audit", "check-receipt", Path.Combine(world.Parent, file), "--key", key)).ExitCode);
        var exported = await world.RunAsync("audit", "export", "--call", call);
        Assert.Contains("lie in the archive", exported.Error, StringComparison.Ordinal);
        Assert.Contains("awaiting_approval", (await world.RunAsync("audit", "export", "--call", call, "--archive", to)).Out, StringComparison.Ordinal);
        Assert.Contains("awaiting_approval", (await world.RunAsync("audit", "tail", "--call", call, "--archive", to)).Out, StringComparison.Ordinal);

        // A backup has the hashes with it; one from before needs the entries, and says so.
        Directory.Move(world.Data.Audit, world.Data.Audit + ".gone");
        Assert.Equal(5, (await world.RunAsync("restore", second)).ExitCode);
        File.Copy(Path.Combine(world.Data.Audit + ".gone", "audit.key"), Path.Combine(world.Data.Audit, "audit.key"));
        Assert.Equal(0, (await world.RunAsync("restore", second)).ExitCode);
        Assert.Equal(0, (await world.RunAsync("audit", "verify", "--archive", to)).ExitCode);
        var older = await world.RunAsync("restore", zip, "--json");
        Assert.True(older.ExitCode == 0, older.ToString());
        Assert.Equal("audit/audit.jsonl", (string?)older.Json["kept"]![0]);
        var refused = await Assert.ThrowsAsync<AuditUnavailableException>(world.StartServerAsync);
        await world.StopServerAsync();
        Assert.Contains("unarchive --from", refused.Message, StringComparison.Ordinal);
        var back = await world.RunAsync("audit", "unarchive", "--from", to, "--json");
        Assert.True(back.ExitCode == 0, back.ToString());
        Assert.Equal(512, (int)back.Json["entries"]!);
        await world.StartServerAsync();
        await world.StopServerAsync();
        Assert.Equal(0, (await world.RunAsync("audit", "verify")).ExitCode);
    }

    private static async Task FillAsync(CliWorld world, int entries)
    {
        var log = world.Get<AuditLog>();
        await Task.WhenAll(Enumerable.Range(0, entries).Select(_ => log.WriteAsync(new AuditDraft(AuditKinds.RateSwallowed)).AsTask()));
    }

    private static async Task<string> AskAsync(CliWorld world)
    {
        await world.EnrolFirstAsync();
        await world.RegisterCallerAsync();
        return (await world.AskAsync()).Id;
    }
}
