using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Gate.Proofs;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Notices;
using Siit.Iam.Agent.People.Copy;
using Siit.Iam.Agent.Store;
using Siit.Iam.Agent.Tests.People.Reads;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.Console;

/// <summary>A manager's word on the page, from the mail to the reset: one piece of evidence, in the manager's own name, and no more than that.</summary>
public sealed partial class VouchPageTests
{
    private const string Ana = "ana@acme.example";
    private const string AnaMail = "ana.souza@home.example";
    private const string Mona = "mona@acme.example";
    private const string Request = "REQ-1";

    [Fact]
    public async Task Manager_SignedInAnew_AndACodeOfThePerson_LetTheResetGoOn()
    {
        await using var desk = await StartAsync();
        var (world, posted) = desk;
        var proof = await ProveAsync(world, ProofMethod.MailCode, ProofMethod.Vouch);
        var path = PathIn(posted.Last("proof_vouch", Mona).Text);
        Assert.Equal($"/console/vouch/{proof}", path);
        using var mona = world.Visitor();

        // From the mail: a sign-in, and not one of before.
        Assert.Equal(HttpStatusCode.Found, (await mona.GetAsync(path)).Status);
        await mona.SignInAsync(Mona);
        world.Time.Advance(TimeSpan.FromMinutes(6));
        var stale = await mona.GetAsync(path);
        Assert.Contains($"fresh=true", stale.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("id=\"vouch\"", stale.Html, StringComparison.Ordinal);
        var page = await mona.SignInAsync(Mona, back: path, fresh: true);
        Assert.Contains("Somebody who says to be ana@acme.example asks for this: a reset of the password at okta, for request REQ-1", page.Text, StringComparison.Ordinal);
        var said = await mona.PostAsync(path, Form(page));
        Assert.Contains("your word is recorded, in your name", said.Text, StringComparison.Ordinal);

        // One piece: the reset waits for another one.
        var early = await ResetAsync(world);
        Assert.Equal("proof_not_enough", early.Code);
        Assert.Contains("What counts so far: manager's word", early.Message, StringComparison.Ordinal);
        var entered = await EnterAsync(world, posted, proof);
        Assert.Contains("it is proved that you are asking", entered.Text, StringComparison.Ordinal);
        var asked = await ResetAsync(world);
        Assert.True(asked.State == CallState.AwaitingApproval, $"{asked.Code} {asked.Message}");
        using var rosa = world.Visitor();
        var card = await rosa.SignInAsync(ConsoleWorld.Rosa, back: $"/console/approvals/{asked.Call}", fresh: true);
        Assert.Contains("manager's word at", card.Text, StringComparison.Ordinal);
        Assert.Contains("verified by mona@acme.example", card.Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.SeeOther, (await rosa.DecideAsync(card, world.Code(ConsoleWorld.Rosa))).Status);

        var ended = await world.EndAsync(asked.Call!);
        Assert.True(ended.State == CallState.Succeeded, $"{ended.Code} {ended.Message}");
        var used = (await world.Get<IStore>().GetAsync<ProofRecord>(proof))!;
        Assert.Equal((asked.Call, 2), (used.UsedBy, used.Evidence.Count));
        var word = Assert.Single(world.Audit(AuditKinds.ProofEvidence), entry => entry.Data!["method"]!.GetValue<string>() == "vouch");
        Assert.Equal((Mona, proof, Request), (word.Data!["verifier"]!.GetValue<string>(), word.Data["proof"]!.GetValue<string>(), word.Request));
        // Used: nothing more can be said to it.
        Assert.Contains("Nobody needs to say anything any more", (await mona.SignInAsync(Mona, back: path, fresh: true)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Word_SaidAgain_IsStillOne()
    {
        await using var desk = await StartAsync();
        var (world, _) = desk;
        var proof = await ProveAsync(world, ProofMethod.Vouch);
        using var mona = world.Visitor();
        var page = await mona.SignInAsync(Mona, back: $"/console/vouch/{proof}", fresh: true);
        await mona.PostAsync(page.Path, Form(page));

        // The sign-in was for one word.
        var again = await mona.PostAsync(page.Path, Form(page));
        Assert.Contains("fresh=true", again.Html, StringComparison.Ordinal);
        Assert.Single((await world.Get<IStore>().GetAsync<ProofRecord>(proof))!.Evidence);
        page = await mona.SignInAsync(Mona, back: page.Path, fresh: true);
        await mona.PostAsync(page.Path, Form(page));

        var answer = await ResetAsync(world);
        Assert.Equal("proof_not_enough", answer.Code);
    }

    [Theory]
    [InlineData(Ana)]
    [InlineData(ConsoleWorld.Ben)]
    [InlineData(ConsoleWorld.Nina)]
    public async Task AnybodyElse_SignedIn_SeesNothingAndSaysNothing(string who)
    {
        await using var desk = await StartAsync();
        var (world, _) = desk;
        var proof = await ProveAsync(world, ProofMethod.Vouch);
        using var mona = world.Visitor();
        var form = Form(await mona.SignInAsync(Mona, back: $"/console/vouch/{proof}", fresh: true));
        using var visitor = world.Visitor();

        var seen = await visitor.SignInAsync(who, back: $"/console/vouch/{proof}", fresh: true);
        var token = (await visitor.GetAsync("/console/approvals")).Token;
        var posted = await visitor.PostAsync($"/console/vouch/{proof}", new Dictionary<string, string>(form) { ["__RequestVerificationToken"] = token });

        Assert.Equal(HttpStatusCode.NotFound, seen.Status);
        Assert.DoesNotContain(Ana + " asks", seen.Text, StringComparison.Ordinal);
        Assert.NotEqual(HttpStatusCode.OK, posted.Status);
        Assert.Empty((await world.Get<IStore>().GetAsync<ProofRecord>(proof))!.Evidence);
        Assert.Empty(world.Audit(AuditKinds.ProofEvidence));
    }

    /// <summary>Whoever wishes the reset himself does not also say who the person is.</summary>
    [Fact]
    public async Task Manager_WhoIsTheRequester_CountsForNothing()
    {
        await using var desk = await StartAsync();
        var (world, posted) = desk;
        var proof = await ProveAsync(world, ProofMethod.MailCode, ProofMethod.Vouch);
        await VouchAsync(world, proof);
        await EnterAsync(world, posted, proof);

        Assert.Equal("proof_not_enough", (await ResetAsync(world, requester: Mona)).Code);
        Assert.Equal(CallState.AwaitingApproval, (await ResetAsync(world, requester: Ana)).State);
    }

    [Fact]
    public async Task Word_TooOld_DoesNotCount()
    {
        await using var desk = await StartAsync();
        var (world, posted) = desk;
        var proof = await ProveAsync(world, ProofMethod.Vouch);
        await VouchAsync(world, proof);
        world.Time.Advance(TimeSpan.FromMinutes(15));
        await ProveAsync(world, ProofMethod.MailCode);

        var entered = await EnterAsync(world, posted, proof);
        Assert.Contains("One more is needed", entered.Text, StringComparison.Ordinal);
        var late = await ResetAsync(world);
        Assert.Equal("proof_not_enough", late.Code);
        Assert.DoesNotContain("manager's word,", late.Message, StringComparison.Ordinal);
        Assert.Contains("What counts so far: code by mail (", late.Message, StringComparison.Ordinal);
        // Said again, it counts.
        await VouchAsync(world, proof);
        Assert.Equal(CallState.AwaitingApproval, (await ResetAsync(world)).State);
    }

    /// <summary>A manager who became one just now, perhaps by whoever asks, is told so and is not asked.</summary>
    [Fact]
    public async Task Manager_ChangedLately_IsToldSoBeforeAnythingIsAsked()
    {
        await using var desk = await StartAsync(settled: false);
        var (world, _) = desk;
        var proof = await ProveAsync(world, ProofMethod.MailCode);
        using var mona = world.Visitor();

        var page = await mona.SignInAsync(Mona, back: $"/console/vouch/{proof}", fresh: true);

        Assert.DoesNotContain("id=\"vouch\"", page.Html, StringComparison.Ordinal);
        Assert.Contains("The manager's word does not count", page.Text, StringComparison.Ordinal);
    }

    private static async Task<Desk> StartAsync(bool settled = true)
    {
        var posted = new PostedNotices();
        var world = await ConsoleWorld.StartAsync(
            signIn: true, okta => Assert.Null(okta.Arrange(new JsonObject { ["user"] = Ana, ["profile"] = new JsonObject { ["manager"] = Mona } })),
            services => services.AddSingleton<INotices>(posted), ("sync:enabled", "true"), ("notices:page", "https://iam.acme.example"));
        await ReadsWorld.ImportedAsync(world.Get<DirectoryCopy>(), "okta");
        if (settled)
            world.Time.Advance(TimeSpan.FromDays(8));
        return new Desk(world, posted);
    }

    private static async Task<string> ProveAsync(ConsoleWorld world, params ProofMethod[] ways)
    {
        var started = await world.Get<ProofDesk>().StartAsync(world.Caller, "reset_password", "okta", Ana, Request, null, CancellationToken.None, ways: ways);
        Assert.True(started.Proof is not null && (started.Refusal is null || ways is [ProofMethod.MailCode]), started.Refusal?.Message);
        return started.Proof.Id;
    }

    private static async Task VouchAsync(ConsoleWorld world, string proof)
    {
        using var mona = world.Visitor();
        var page = await mona.SignInAsync(Mona, back: $"/console/vouch/{proof}", fresh: true);
        Assert.Contains("your word is recorded", (await mona.PostAsync(page.Path, Form(page))).Text, StringComparison.Ordinal);
    }

    private static async Task<Page> EnterAsync(ConsoleWorld world, PostedNotices posted, string proof)
    {
        using var ana = world.Visitor();
        var path = PathIn(posted.Last("proof_code", AnaMail).Text);
        Assert.Equal($"/console/proof/{proof}", path);
        var code = EightDigits().Match(posted.Last("proof_code", AnaMail).Text).Value;
        return await ana.PostAsync(path, [.. Form(await ana.GetAsync(path)), KeyValuePair.Create("Form.Code", code)]);
    }

    private static Task<CallAnswer> ResetAsync(ConsoleWorld world, string? requester = null)
    {
        var input = new JsonObject { ["person"] = Ana, ["connection"] = "okta", ["mode"] = "link", ["request"] = Request, ["idempotency_key"] = world.Get<Ids>().New("key") };
        if (requester is not null)
            input["requester"] = requester;
        return world.CallAsync("reset_password", input);
    }

    private static Dictionary<string, string> Form(Page page) => TheForm().Match(page.Html) is { Success: true } form
        ? Hidden().Matches(form.Value).ToDictionary(input => input.Groups["name"].Value, input => WebUtility.HtmlDecode(input.Groups["value"].Value))
        : throw new Xunit.Sdk.XunitException($"There is no form: {page.Status} {page.Text}");

    private static string PathIn(string mail) => Link().Match(mail).Groups[1].Value;

    [GeneratedRegex("<form[^>]*action=\"/console/(vouch|proof)/.*?</form>", RegexOptions.Singleline)]
    private static partial Regex TheForm();

    [GeneratedRegex("<input type=\"hidden\" name=\"(?<name>[^\"]+)\" value=\"(?<value>[^\"]*)\"")]
    private static partial Regex Hidden();

    [GeneratedRegex(@"https://iam\.acme\.example(/console/\S+?)[.\s]")]
    private static partial Regex Link();

    [GeneratedRegex(@"\b\d{8}\b")]
    private static partial Regex EightDigits();

    private sealed record Desk(ConsoleWorld World, PostedNotices Posted) : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => World.DisposeAsync();
    }
}
