using System.Text;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Secrets;
using Siit.Iam.Agent.Store;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.Secrets;

/// <summary>A new key for what is sealed: at every moment every secret opens, whatever happens to the process.</summary>
public sealed class KeyRotationTests
{
    [Fact]
    public async Task Rotate_SealsEverythingAnew_AndTheOldKeyGoesAtTheNextStart()
    {
        await using var world = await GateWorld.StartAsync();
        var approver = await ApproverAsync(world);
        var kept = await KeptAsync(world);
        var before = File.ReadAllBytes(Key(world));

        var rotation = await world.Get<KeyRotation>().RotateAsync("uid:1", CancellationToken.None);

        Assert.Equal((2, 2, 0), (rotation.Keys, rotation.Resealed, rotation.Locked));
        Assert.Equal(before, File.ReadAllBytes(Key(world))[..32]);
        await world.StopServerAsync();
        await world.StartServerAsync();
        var finished = await world.Get<KeyRotation>().FinishAsync(CancellationToken.None);
        Assert.Equal((1, 0), (finished!.Keys, finished.Resealed));
        Assert.Equal(32, new FileInfo(Key(world)).Length);
        Assert.NotEqual(before, File.ReadAllBytes(Key(world)));
        Assert.Equal("geheim", await SecretOfAsync(world, approver));
        Assert.Equal("once", (await world.Get<SecretDesk>().RevealAsync(kept.Token.Reveal(), CancellationToken.None)).Secret?.Reveal());
        Assert.Contains(world.Audit(), entry => entry.Kind == AuditKinds.SecretsRotated);
    }

    /// <summary>Cut off after the new key was written, with none, one or all of the secrets sealed anew, and with a piece of a key behind it.</summary>
    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 0)]
    [InlineData(2, 0)]
    [InlineData(0, 1)]
    [InlineData(0, 31)]
    public async Task Rotate_CutOffAnywhere_LosesNothingAndIsFinishedAtTheNextStart(int resealed, int torn)
    {
        await using var world = await GateWorld.StartAsync();
        var approver = await ApproverAsync(world);
        var kept = await KeptAsync(world);
        world.Get<KeyRing>().Add();
        if (resealed > 0)
            await world.Get<ApproverRegistry>().ResealAsync(CancellationToken.None);
        if (resealed > 1)
            await world.Get<SecretDesk>().ResealAsync(CancellationToken.None);
        await world.KillServerAsync();
        if (torn > 0)
            File.AppendAllBytes(Key(world), new byte[torn]);

        await world.StartServerAsync();

        Assert.Equal("geheim", await SecretOfAsync(world, approver));
        await world.Get<KeyRotation>().FinishAsync(CancellationToken.None);
        Assert.Equal("geheim", await SecretOfAsync(world, approver));
        Assert.Single(world.Get<KeyRing>().All);
        Assert.Equal("once", (await world.Get<SecretDesk>().RevealAsync(kept.Token.Reveal(), CancellationToken.None)).Secret?.Reveal());
    }

    /// <summary>What was sealed before keys had names.</summary>
    [Fact]
    public async Task Seal_OfTheFirstForm_OpensAndIsSealedAnew()
    {
        await using var world = await GateWorld.StartAsync();
        var sealer = world.Get<Sealer>();
        var old = "v1." + sealer.Seal("p", "geheim"u8).Split('.')[2];

        Assert.Equal("geheim", Encoding.UTF8.GetString(sealer.Open("p", old)!));
        Assert.False(sealer.IsInForce(old));
    }

    [Fact]
    public void Mac_OfAnotherPurposeSecretOrKey_DoesNotMatch()
    {
        var folder = new DataFolder(Path.Combine(Path.GetTempPath(), "siit-mac-" + Path.GetRandomFileName())).Create();
        var ring = new KeyRing(folder);
        var sealer = new Sealer(ring);
        var mac = sealer.Mac("code:1", "12345678");

        Assert.True(sealer.MatchesMac("code:1", "12345678", mac));
        Assert.False(sealer.MatchesMac("code:2", "12345678", mac));
        Assert.False(sealer.MatchesMac("code:1", "12345679", mac));
        Assert.False(sealer.MatchesMac("code:", "112345678", mac));
        ring.Add();
        Assert.True(sealer.MatchesMac("code:1", "12345678", mac));
        ring.DropOthers();
        Assert.False(sealer.MatchesMac("code:1", "12345678", mac));
        Directory.Delete(folder.Path, recursive: true);
    }

    private static string Key(GateWorld world) => Path.Combine(world.Folder, "data.key");

    private static async Task<string> ApproverAsync(GateWorld world)
    {
        var approver = await world.ApproverAsync("theo@acme.example");
        var text = world.Get<Sealer>().Seal(ApproverRegistry.PurposeOf(approver.Id), "geheim"u8);
        Assert.True((await world.Store.CommitAsync([Change.Save(approver with { SealedSecret = text })])).Done);
        return approver.Id;
    }

    private static async Task<KeptSecret> KeptAsync(GateWorld world)
    {
        var kept = world.Get<SecretDesk>().Keep("call_1", "a password", new SecretText("once"));
        Assert.True((await world.Store.CommitAsync([Change.Create(kept.Record)])).Done);
        return kept;
    }

    private static async Task<string?> SecretOfAsync(GateWorld world, string approver)
    {
        var record = (await world.Store.GetAsync<ApproverRecord>(approver))!;
        return world.Get<Sealer>().Open(ApproverRegistry.PurposeOf(approver), record.SealedSecret) is { } secret ? Encoding.UTF8.GetString(secret) : null;
    }
}
