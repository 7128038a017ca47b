using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Siit.Iam.Agent.Cli;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Gate.Proofs;
using Siit.Iam.Agent.Secrets;
using Siit.Iam.Agent.Store;
using Siit.Iam.Agent.Tests.Gate.Proofs;
using Siit.Iam.Agent.Tests.Support;
using Siit.Iam.Emulator.Common;
using Siit.Iam.Emulator.Entra;
using Siit.Iam.Emulator.JumpCloud;
using Siit.Iam.Emulator.Okta;

namespace Siit.Iam.Agent.Tests.Secrets;

/// <summary>
/// Secrets that are known beforehand, or read off the one place where they may stand, are looked for everywhere else: in answers,
/// cards, the log, every file in the data folder and what other people are sent.
/// </summary>
public sealed class CanaryTests
{
    [Theory]
    [InlineData("okta")]
    [InlineData("entra")]
    [InlineData("google")]
    [InlineData("jumpcloud")]
    public async Task TemporaryPassword_AndTheCodesBefore_StandNowhereElse(string idp)
    {
        using var overheard = new Overheard();
        await using var world = await ProofWorld.StartAsync(overheard.AddTo, idps: idp);
        var seen = new StringBuilder();
        var started = await world.StartProofAsync(connection: idp, ways: [ProofMethod.MailCode, ProofMethod.TextCode]);
        Assert.True(started.Refusal is null, started.Refusal?.Message);
        string[] codes = [world.Code(ProofWorld.AnaMail), world.Code(ProofWorld.AnaPhone)];
        seen.Append(WireJson.Node(started));
        seen.Append(WireJson.Node(await world.Desk.EnterAsync(started.Proof!.Id, "12345678", "the desk", CancellationToken.None)));
        foreach (var code in codes)
            seen.Append(WireJson.Node(await world.EnterAsync(started.Proof.Id, code)));

        var asked = await world.ResetAsync(mode: "temporary", connection: idp);
        seen.Append(WireJson.Node(asked)).Append(string.Join('\n', CallCard.Lines((await world.Gate.Calls.FindAsync(asked.Call!, CancellationToken.None))!, world.Gate.Time.GetUtcNow())));
        var ended = await world.DoneAsync(asked);
        Assert.True(ended.State == CallState.Succeeded, $"{ended.State} {ended.Code}: {ended.Message}");
        Assert.Contains("by a link", ended.Message, StringComparison.Ordinal);
        seen.Append(WireJson.Node(ended)).Append(WireJson.Node((await world.Gate.Calls.GetAsync(world.Caller, ended.Id, CancellationToken.None))!));
        var token = world.Token();
        var before = Files(world.Gate.Folder);
        var password = (await world.Gate.Get<SecretDesk>().RevealAsync(token, CancellationToken.None)).Secret!.Reveal();
        var others = string.Join('\n', world.Posted.All.Where(notice => !notice.Secret).Select(notice => $"{notice.To}{notice.Subject}{notice.Text}"));

        Assert.Equal(["user.set_password", "user.temporary_password"], Verbs(world, idp).Where(verb => verb.Contains("password", StringComparison.Ordinal)).Distinct().Intersect(["user.set_password", "user.temporary_password"])
            .Append(idp == "okta" ? "user.set_password" : "user.temporary_password").Order(StringComparer.Ordinal));
        // A link that leads nowhere, a code too many: what goes wrong talks most.
        await world.Gate.Get<SecretDesk>().RevealAsync(token + "x", CancellationToken.None);
        await world.Desk.EnterAsync(started.Proof.Id, codes[0], "the desk", CancellationToken.None);
        Assert.Throws<FormatException>(() => int.Parse("a canary in an exception", System.Globalization.CultureInfo.InvariantCulture));
        var told = Encoding.UTF8.GetBytes(overheard.Text);
        Assert.True(overheard.Exceptions > 0 && Found("a canary in an exception", told) is not null);
        string[] credentials = [EmulatedOkta.SswsToken, EmulatedEntra.ClientSecret, EmulatedJumpCloud.ClientSecret];
        foreach (var secret in (string[])[password, token, .. codes, .. credentials])
        {
            Assert.Null(Found(secret, Encoding.UTF8.GetBytes(seen.ToString())));
            Assert.Null(Found(secret, Encoding.UTF8.GetBytes(others)));
            Assert.True(Found(secret, told) is null, $"{Found(secret, told)} form of a secret in a line of the operations log or in an exception");
            foreach (var (file, content) in before.Concat(Files(world.Gate.Folder)).Where(found => found.File != "data.key"))
                Assert.True(Found(secret, content) is null, $"{Found(secret, content)} form of a secret in {file}");
        }

        // The search finds what is there.
        Assert.NotNull(Found(password, Encoding.UTF8.GetBytes($"x{password}y")));
        Assert.NotNull(Found(password, Encoding.UTF8.GetBytes(Convert.ToBase64String(Encoding.UTF8.GetBytes("ab" + password)))));
        Assert.NotNull(Found(password, Encoding.UTF8.GetBytes(string.Join('-', password.Chunk(4).Select(part => new string(part))))));
        Assert.Contains(ProofWorld.AnaMail, world.Posted.All.Single(notice => notice.Kind == "secret_link").To, StringComparison.Ordinal);
    }

    /// <summary>
    /// The IdP's answer with the password in it cannot be read, is cut off, or never comes. Whoever tells that tells nothing of it. Which
    /// password it was nobody knows then but the IdP: it is looked for by how Okta's begin.
    /// </summary>
    [Theory]
    [InlineData(FaultKind.BadJson)]
    [InlineData(FaultKind.TornPage)]
    [InlineData(FaultKind.AppliedThen500)]
    public async Task TemporaryPassword_InAnAnswerThatCannotBeRead_StandsNowhere(FaultKind fault)
    {
        using var overheard = new Overheard();
        await using var world = await ProofWorld.StartAsync(overheard.AddTo);
        await world.ProvedAsync();
        var asked = await world.ResetAsync(mode: "temporary");
        world.Gate.Okta.Faults.Add(new Fault { Kind = fault, Method = "POST", Path = "expire_password_with_temp_password" });
        var effects = world.Gate.Okta.Ledger.Effects.Count;

        var ended = await world.DoneAsync(asked);

        Assert.True(world.Gate.Okta.Ledger.Effects.Count > effects, "The password was made.");
        Assert.Contains("The password was lost on the way and nobody has it", ended.Message, StringComparison.Ordinal);
        var texts = new Dictionary<string, byte[]>
        {
            ["the operations log, or an exception"] = Encoding.UTF8.GetBytes(overheard.Text),
            ["the call"] = Encoding.UTF8.GetBytes(WireJson.Node(ended).ToJsonString()),
            ["what was sent"] = Encoding.UTF8.GetBytes(string.Join('\n', world.Posted.All.Select(notice => notice.Text))),
        };
        foreach (var (where, content) in texts.Concat(Files(world.Gate.Folder).Where(file => file.File != "data.key").Select(file => KeyValuePair.Create(file.File, file.Content))))
        {
            var text = Encoding.Latin1.GetString(content);
            foreach (var form in new[] { "Tmp-[0-9A-Za-z]{6}", "[0-9A-Za-z]{6}-pmT", "546[dD]702[dD]", "Tmp%2[dD]" })
                Assert.False(System.Text.RegularExpressions.Regex.IsMatch(text, form), $"{form} in {where}");
        }
    }

    [Fact]
    public async Task TemporaryPassword_WithoutAWayToThePerson_IsRefusedBeforeAnybodyIsAsked()
    {
        await using var world = await ProofWorld.StartAsync();
        await world.ProvedAsync();
        world.Posted.Channels.Clear();

        var answer = await world.ResetAsync(mode: "temporary");

        Assert.Equal("no_way_to_deliver", answer.Code);
        Assert.DoesNotContain(world.Gate.Okta.Ledger.Effects, effect => effect.Verb == "user.temporary_password");
    }

    [Fact]
    public async Task TemporaryPassword_WhenOnlyThePhoneCounts_GoesThere()
    {
        await using var world = await ProofWorld.StartAsync();
        world.Posted.Channels.Remove(Siit.Iam.Agent.Notices.NoticeChannel.Mail);
        var proof = (await world.StartProofAsync(ways: [ProofMethod.TextCode, ProofMethod.Push])).Proof!;
        await world.EnterAsync(proof.Id, world.Code(ProofWorld.AnaPhone));
        world.Gate.Okta.Arrange(new JsonObject { ["user"] = ProofWorld.Ana, ["push"] = "SUCCESS" });
        await world.Desk.LookAsync(proof.Id, CancellationToken.None);

        var ended = await world.DoneAsync(await world.ResetAsync(mode: "temporary"));

        Assert.Equal(CallState.Succeeded, ended.State);
        Assert.Contains("/console/secret?t=", world.Posted.Last("secret_link", ProofWorld.AnaPhone).Text, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Verbs(ProofWorld world, string idp) => world.Gate.Company.Idp(idp).Ledger.Effects.Select(effect => effect.Verb);

    private static IReadOnlyList<(string File, byte[] Content)> Files(string folder) =>
        [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(file => !file.EndsWith(".lock", StringComparison.Ordinal)).Select(file => (Path.GetRelativePath(folder, file), Content(file)))];

    private static byte[] Content(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }

    /// <summary>The form in which a secret stands in something; null when it does not.</summary>
    internal static string? Found(string secret, byte[] content)
    {
        var bytes = Encoding.UTF8.GetBytes(secret);
        foreach (var (form, text) in Forms(secret, bytes))
        {
            if (content.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0)
                return form;
        }

        // Split by anything: what is left without the separators. A password of ours can be half marks; fewer than eight letters could be chance.
        var bare = content.Where(b => char.IsAsciiLetterOrDigit((char)b)).ToArray();
        var core = new string([.. secret.Where(char.IsAsciiLetterOrDigit)]);
        return core.Length >= 8 && bare.AsSpan().IndexOf(Encoding.UTF8.GetBytes(core)) >= 0 ? "split" : null;
    }

    private static IEnumerable<(string, string)> Forms(string secret, byte[] bytes)
    {
        yield return ("plain", secret);
        yield return ("reversed", new string([.. secret.Reverse()]));
        yield return ("hex", Convert.ToHexString(bytes));
        yield return ("hex", Convert.ToHexStringLower(bytes));
        yield return ("url", Uri.EscapeDataString(secret));
        yield return ("json", JsonValue.Create(secret).ToJsonString().Trim('"'));
        // Wherever it begins within what is encoded: the part that does not depend on its neighbours.
        for (var before = 0; before < 3; before++)
        {
            var encoded = Convert.ToBase64String([.. new byte[before], .. bytes]);
            var stable = encoded[(before == 0 ? 0 : 4)..^4];
            if (stable.Length >= 8)
            {
                yield return ("base64", stable);
                yield return ("base64url", stable.Replace('+', '-').Replace('/', '_'));
            }
        }
    }
}
