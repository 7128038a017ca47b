using System.Net;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Audit.Tlog;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.Audit;

public sealed class WitnessTests : IAsyncLifetime
{
    private readonly AuditFolder folder = new();
    private readonly AuditFolder memory = new();
    private EmulatedWitness witness = null!;

    public async ValueTask InitializeAsync() => witness = await EmulatedWitness.StartAsync(memory.Path);

    public async ValueTask DisposeAsync()
    {
        await witness.DisposeAsync();
        folder.Dispose();
        memory.Dispose();
    }

    [Fact]
    public async Task Round_KnownLog_IsCosignedAndTheReceiptSaysSo()
    {
        await using var log = folder.Open();
        witness.Knows(log.Vkeys[^1]);
        using var witnesses = Asking(log, folder);

        // From nothing, then from what it has seen; the second time a tile is full in between.
        foreach (var count in new[] { 3, 300 })
        {
            for (var i = 0; i < count; i++)
                await log.WriteAsync(AuditFolder.Draft(i));
            Assert.True(await witnesses.RoundAsync(log.Publish(), CancellationToken.None));
        }

        var signedBy = SignedCheckpoint.Open(File.ReadAllBytes(folder.Files.Witnessed), log.Vkeys[^1], witness.Key).Note.Verify(log.Vkeys[^1], witness.Key);
        Assert.Equal([log.Vkeys[^1], witness.Key], signedBy);
        Assert.Equal(303, witness.SizeOf(log.Vkeys[^1].Name));
    }

    [Fact]
    public async Task Round_WitnessAndLogStartedAgain_GoesOnFromWhatTheWitnessSaysItHasSeen()
    {
        await using (var log = folder.Open())
        {
            witness.Knows(log.Vkeys[^1]);
            using var witnesses = Asking(log, folder);
            await log.WriteAsync(AuditFolder.Draft(1));
            await witnesses.RoundAsync(log.Publish(), CancellationToken.None);
        }

        await witness.DisposeAsync();
        witness = await EmulatedWitness.StartAsync(memory.Path);
        await using var again = folder.Open();
        witness.Knows(again.Vkeys[^1]);
        await again.WriteAsync(AuditFolder.Draft(2));
        using var asking = Asking(again, folder);

        Assert.True(await asking.RoundAsync(again.Publish(), CancellationToken.None));
    }

    [Theory]
    [InlineData(5, 2, "rolled back")]
    [InlineData(2, 5, "written anew or forked")]
    public async Task Round_AnotherLogUnderTheSameName_IsAnAlarmAndAnEntry(int seen, int now, string told)
    {
        using var before = folder.Copy();
        await using (var log = folder.Open())
        {
            witness.Knows(log.Vkeys[^1]);
            // The same key, and another history.
            foreach (var file in new[] { folder.Files.Key, folder.Files.Vkeys })
                File.Copy(file, Path.Combine(before.Path, Path.GetFileName(file)), overwrite: true);
            for (var i = 0; i < seen; i++)
                await log.WriteAsync(AuditFolder.Draft(i));
            using var witnesses = Asking(log, folder);
            Assert.True(await witnesses.RoundAsync(log.Publish(), CancellationToken.None));
        }

        await using var other = before.Open();
        for (var i = 0; i < now; i++)
            await other.WriteAsync(AuditFolder.Draft(100 + i));
        using var asking = Asking(other, before);

        Assert.False(await asking.RoundAsync(other.Publish(), CancellationToken.None));
        Assert.False(await asking.RoundAsync(other.Publish(), CancellationToken.None));

        var alarm = Assert.Single(AuditReader.ReadAll(before.Files.Log), entry => entry.Kind == AuditKinds.WitnessDisagreed);
        Assert.Contains(told, (string?)alarm.Data!["says"], StringComparison.Ordinal);
        Assert.Equal(seen, witness.SizeOf(other.Vkeys[^1].Name));
    }

    [Fact]
    public async Task Round_WitnessThatKnowsNothingOrIsGone_StopsNothing()
    {
        await using var log = folder.Open();
        await log.WriteAsync(AuditFolder.Draft(1));
        using var witnesses = Asking(log, folder);
        Assert.False(await witnesses.RoundAsync(log.Publish(), CancellationToken.None));
        witness.Knows(NoteSigner.Create(log.Vkeys[^1].Name).Verifier);
        Assert.False(await witnesses.RoundAsync(log.Publish(), CancellationToken.None));
        await witness.DisposeAsync();
        Assert.False(await witnesses.RoundAsync(log.Publish(), CancellationToken.None));

        await log.WriteAsync(AuditFolder.Draft(2));

        Assert.True(log.Healthy);
        Assert.DoesNotContain(AuditReader.ReadAll(folder.Files.Log), entry => entry.Kind == AuditKinds.WitnessDisagreed);
        witness = await EmulatedWitness.StartAsync(memory.Path);
    }

    /// <summary>The race of the specification's text, many times: whoever is slower never takes the witness back.</summary>
    [Fact]
    public async Task Witness_RequestsAtTheSameTime_NeverGoesBack()
    {
        await using var log = folder.Open();
        witness.Knows(log.Vkeys[^1]);
        var checkpoints = new List<SignedCheckpoint>();
        for (var i = 0; i < 30; i++)
        {
            await log.WriteAsync(AuditFolder.Draft(i));
            checkpoints.Add(log.Publish());
        }

        var tree = new TileTree(folder.Files.Prefix, 30);
        using var http = new HttpClient();
        var most = 0L;
        for (var round = 0; round < 20; round++)
        {
            var old = witness.SizeOf(log.Vkeys[^1].Name);
            var answers = await Task.WhenAll(checkpoints.Where(checkpoint => checkpoint.Size >= old).Take(5).Reverse().Select(checkpoint => PostAsync(
                http, $"old {old}\n{string.Concat(Proof(tree, old, checkpoint.Size).Select(hash => Convert.ToBase64String(hash) + "\n"))}\n{checkpoint.Note}")));
            Assert.InRange(answers.Count(answer => answer == HttpStatusCode.OK), 1, 5);
            Assert.All(answers, answer => Assert.True(answer is HttpStatusCode.OK or HttpStatusCode.Conflict));
            Assert.True(witness.SizeOf(log.Vkeys[^1].Name) >= most);
            most = witness.SizeOf(log.Vkeys[^1].Name);
        }
    }

    [Theory]
    [InlineData("", HttpStatusCode.BadRequest)]
    [InlineData("old x\n\n{0}", HttpStatusCode.BadRequest)]
    [InlineData("old 00\n\n{0}", HttpStatusCode.BadRequest)]
    [InlineData("old 9\n\n{0}", HttpStatusCode.BadRequest)]
    [InlineData("old 1\n\n{0}", HttpStatusCode.Conflict)]
    [InlineData("old 0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n{0}", HttpStatusCode.UnprocessableEntity)]
    [InlineData("old 0\n\n{1}", HttpStatusCode.Forbidden)]
    [InlineData("old 0\n\n{2}", HttpStatusCode.NotFound)]
    [InlineData("old 0\n\n{0}", HttpStatusCode.OK)]
    public async Task Witness_AnyRequest_IsAnsweredAsSpecified(string request, HttpStatusCode answer)
    {
        await using var log = folder.Open();
        witness.Knows(log.Vkeys[^1]);
        await log.WriteAsync(AuditFolder.Draft(1));
        var signed = log.Publish();
        var stranger = NoteSigner.Create("stranger.example");
        using var http = new HttpClient();

        Assert.Equal(answer, await PostAsync(http, request
            .Replace("{0}", signed.Note.ToString(), StringComparison.Ordinal)
            .Replace("{1}", SignedCheckpoint.Sign(signed.Checkpoint, stranger).Note.ToString(), StringComparison.Ordinal)
            .Replace("{2}", SignedCheckpoint.Sign(signed.Checkpoint with { Origin = "stranger.example" }, stranger).Note.ToString(), StringComparison.Ordinal)));
    }

    private static List<byte[]> Proof(TileTree tree, long from, long to) => MerkleProofs.Consistency(tree.Hash, from, to);

    private AuditWitnesses Asking(AuditLog log, AuditFolder of)
    {
        var options = of.Options;
        options.Witnesses = [new AuditWitness(witness.Url, witness.Key.ToString())];
        return new AuditWitnesses(new Lazy<AuditLog>(log), options, TimeProvider.System, NullLogger<AuditWitnesses>.Instance);
    }

    private async Task<HttpStatusCode> PostAsync(HttpClient http, string body)
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        using var answer = await http.PostAsync(new Uri(witness.Url, "add-checkpoint"), content);
        return answer.StatusCode;
    }
}
