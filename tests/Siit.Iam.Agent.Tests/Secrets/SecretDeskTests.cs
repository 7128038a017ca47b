using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Secrets;
using Siit.Iam.Agent.Store;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.Secrets;

/// <summary>A secret for one person: shown once, then gone.</summary>
public sealed class SecretDeskTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Look_HoweverOften_ShowsNothingAndChangesNothing()
    {
        await using var world = await GateWorld.StartAsync();
        var (desk, kept) = await KeptAsync(world);
        var entries = world.Audit().Count;
        for (var i = 0; i < 20; i++)
            Assert.Equal(SecretState.Waiting, (await desk.LookAsync(kept.Token.Reveal(), Token)).State);

        Assert.Equal(1, (await world.Store.GetAsync<OneTimeSecret>(kept.Record.Id))!.Version);
        Assert.Equal(entries, world.Audit().Count);
        Assert.Equal("once", (await desk.RevealAsync(kept.Token.Reveal(), Token)).Secret?.Reveal());
    }

    [Fact]
    public async Task Reveal_BySixtyFourAtOnce_ShowsItToOne()
    {
        await using var world = await GateWorld.StartAsync();
        var (desk, kept) = await KeptAsync(world);

        var reveals = await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => Task.Run(() => desk.RevealAsync(kept.Token.Reveal(), Token))));

        Assert.Single(reveals, reveal => reveal.Secret is not null);
        Assert.All(reveals.Where(reveal => reveal.Secret is null), reveal => Assert.Equal(SecretState.Revealed, reveal.Look.State));
        var stored = (await world.Store.GetAsync<OneTimeSecret>(kept.Record.Id))!;
        Assert.Equal((SecretState.Revealed, null), (stored.State, stored.Sealed));
        Assert.Single(world.Audit(), entry => entry.Kind == AuditKinds.SecretRevealed);
    }

    [Theory]
    [InlineData(-1, true)]
    [InlineData(0, false)]
    public async Task Reveal_AtTheLastMoment_IsInTimeAndAtTheEndIsNot(int seconds, bool shown)
    {
        await using var world = await GateWorld.StartAsync();
        var (desk, kept) = await KeptAsync(world);
        world.Time.Advance(kept.Record.ExpiresAt - world.Time.GetUtcNow() + TimeSpan.FromSeconds(seconds < 0 ? -30 : 0));

        Assert.Equal(shown, (await desk.RevealAsync(kept.Token.Reveal(), Token)).Secret is not null);
    }

    [Fact]
    public async Task Sweep_ErasesWhatNobodyCameFor()
    {
        await using var world = await GateWorld.StartAsync();
        var (desk, kept) = await KeptAsync(world);
        await desk.SweepAsync(Token);
        Assert.NotNull((await world.Store.GetAsync<OneTimeSecret>(kept.Record.Id))!.Sealed);

        world.Time.Advance(TimeSpan.FromHours(24));
        await desk.SweepAsync(Token);

        var stored = (await world.Store.GetAsync<OneTimeSecret>(kept.Record.Id))!;
        Assert.Equal((SecretState.Expired, null), (stored.State, stored.Sealed));
    }

    [Theory]
    [InlineData("")]
    [InlineData("short")]
    [InlineData("a-token-of-somebody-who-guesses-and-guesses-x")]
    public async Task Token_ThatIsNone_LeadsNowhere(string token)
    {
        await using var world = await GateWorld.StartAsync();
        var (desk, kept) = await KeptAsync(world);

        Assert.Equal(new SecretLook(null, null, null), await desk.LookAsync(token, Token));
        Assert.Null((await desk.RevealAsync(token, Token)).Secret);
        Assert.Null((await desk.RevealAsync(kept.Record.TokenHash, Token)).Secret);
    }

    [Fact]
    public void TemporaryPassword_IsOfAllKindsAndNeverTheSame()
    {
        var made = Enumerable.Range(0, 2000).Select(_ => TemporaryPassword.New().Reveal()).ToList();

        Assert.Equal(made.Count, made.Distinct().Count());
        Assert.All(made, password =>
        {
            Assert.Equal(TemporaryPassword.Length, password.Length);
            Assert.True(password.Any(char.IsAsciiLetterUpper) && password.Any(char.IsAsciiLetterLower) && password.Any(char.IsAsciiDigit) && password.Any(c => !char.IsAsciiLetterOrDigit(c)), password);
            Assert.True(char.IsAsciiLetter(password[0]), password);
        });
        Assert.Equal("***", TemporaryPassword.New().ToString());
    }

    private static async Task<(SecretDesk Desk, KeptSecret Kept)> KeptAsync(GateWorld world)
    {
        var desk = world.Get<SecretDesk>();
        var kept = desk.Keep("call_1", "the temporary password of ana", new SecretText("once"));
        Assert.True((await world.Store.CommitAsync([Change.Create(kept.Record)])).Done);
        return (desk, kept);
    }
}
