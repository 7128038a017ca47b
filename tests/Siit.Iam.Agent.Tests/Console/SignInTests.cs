using System.Net;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Console;
using Siit.Iam.Agent.Tests.Mcp;
using Siit.Iam.Emulator.Okta;

namespace Siit.Iam.Agent.Tests.Console;

public sealed class SignInTests
{
    [Fact]
    public async Task Pages_WithoutASession_LeadToTheSignIn_AndBack()
    {
        await using var world = await ConsoleWorld.StartAsync();
        var call = await world.AskHighAsync();
        using var visitor = world.Visitor();
        string[] pages = ["/console/approvals", "/console/approvals/ended", $"/console/approvals/{call.Id}", "/console/requests", "/console/requests/REQ-1", "/CONSOLE/approvals", "/console/nothing"];

        foreach (var page in pages)
        {
            var answer = await visitor.GetAsync(page);
            Assert.Equal((page, HttpStatusCode.Found), (page, answer.Status));
            Assert.StartsWith("/console/sign-in?back=%2Fconsole%2F", answer.Location, StringComparison.Ordinal);
            Assert.DoesNotContain("ben@", answer.Html, StringComparison.Ordinal);
        }

        var card = await visitor.SignInAsync(ConsoleWorld.Nina, back: $"/console/approvals/{call.Id}");

        Assert.Equal((HttpStatusCode.OK, $"/console/approvals/{call.Id}"), (card.Status, card.Path));
        Assert.Contains("Suspend user for ben@acme.example at okta", card.Text, StringComparison.Ordinal);
        var entry = Assert.Single(world.Audit(AuditKinds.ConsoleSignedIn));
        Assert.Equal((ConsoleWorld.Nina, "console"), (entry.Actor!.Operator, entry.Actor.Door));
    }

    [Fact]
    public async Task NoProvider_TheSignInSaysWhatIsMissing_AndNothingElseWorks()
    {
        await using var world = await ConsoleWorld.StartAsync(signIn: false);
        using var visitor = world.Visitor();

        var signIn = await visitor.GetAsync("/console/sign-in");
        var start = await visitor.GetAsync("/console/sign-in/start");
        var returned = await visitor.GetAsync("/console/signed-in?code=1&state=2");
        var list = await visitor.GetAsync("/console/approvals");

        Assert.Contains("Nobody can sign in yet", signIn.Text, StringComparison.Ordinal);
        Assert.All(new[] { "console:authority", "console:clientId", "console:clientSecret" }, key => Assert.Contains(key, signIn.Text, StringComparison.Ordinal));
        Assert.All([start, returned, list], page => Assert.StartsWith("/console/sign-in?back=", page.Location, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Session_CookieIsNoScriptsAndNoOtherSites_AndSigningOutEndsItAtTheServer()
    {
        await using var world = await ConsoleWorld.StartAsync();
        using var visitor = await world.VisitorAsync(ConsoleWorld.Nina);
        var cookie = visitor.Cookies.GetCookies(world.Address)["siit-session"]!;
        var stolen = visitor.Session;
        var list = await visitor.GetAsync("/console/approvals");

        var forged = await visitor.PostAsync("/console/sign-out", []);
        var stillIn = await visitor.GetAsync("/console/approvals");
        var signedOut = await visitor.PostAsync("/console/sign-out", [KeyValuePair.Create("__RequestVerificationToken", list.Token)]);
        using var thief = world.Visitor();
        thief.Cookies.Add(world.Address, new Cookie("siit-session", stolen, "/"));
        var replayed = await thief.GetAsync("/console/approvals");

        Assert.True(cookie.HttpOnly);
        Assert.Equal((HttpStatusCode.BadRequest, HttpStatusCode.OK), (forged.Status, stillIn.Status));
        Assert.Equal((HttpStatusCode.SeeOther, "/console/sign-in?out=true"), (signedOut.Status, signedOut.Location));
        Assert.Equal(HttpStatusCode.Found, replayed.Status);
        Assert.Single(world.Audit(AuditKinds.ConsoleSignedOut));
    }

    [Fact]
    public async Task Session_EveryCookie_SaysWhoMayHaveIt()
    {
        await using var world = await ConsoleWorld.StartAsync();
        using var visitor = world.Visitor();

        var begun = await visitor.GetAsync("/console/sign-in/start?back=/console/approvals");
        var provider = await visitor.PostAsync(begun.Location!, [KeyValuePair.Create("login", ConsoleWorld.Nina)]);
        var returned = await visitor.GetAsync(provider.Location!);
        var list = await visitor.GetAsync(returned.Location!);

        foreach (var line in new[] { begun, returned, list }.SelectMany(page => page.Headers["Set-Cookie"].Split('\n')))
        {
            Assert.Contains("httponly", line, StringComparison.OrdinalIgnoreCase);
            Assert.Contains("samesite=lax", line, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("domain=", line, StringComparison.OrdinalIgnoreCase);
        }
    }

    [Fact]
    public async Task Session_IsOverAfterItsLifetime_WhateverIsDoneInIt()
    {
        await using var world = await ConsoleWorld.StartAsync(settings: ("console:sessionLifetime", "10m"));
        using var visitor = await world.VisitorAsync(ConsoleWorld.Nina);

        world.Time.Advance(TimeSpan.FromMinutes(6));
        var used = await visitor.GetAsync("/console/approvals");
        world.Time.Advance(TimeSpan.FromMinutes(5));
        var after = await visitor.GetAsync("/console/approvals");

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Found), (used.Status, after.Status));
    }

    [Fact]
    public async Task Session_IsOverWhenTheServerStartsAnew()
    {
        await using var world = await ConsoleWorld.StartAsync();
        using var visitor = await world.VisitorAsync(ConsoleWorld.Nina);

        await world.RestartAsync();

        Assert.Equal(HttpStatusCode.Found, (await visitor.GetAsync("/console/approvals")).Status);
        Assert.Equal(HttpStatusCode.OK, (await visitor.SignInAsync(ConsoleWorld.Nina)).Status);
    }

    [Fact]
    public async Task Session_AStolenCookie_IsWorthNothingAfterItsOwnerSignsInAnew()
    {
        await using var world = await ConsoleWorld.StartAsync();
        using var visitor = await world.VisitorAsync(ConsoleWorld.Nina);
        var stolen = visitor.Session;

        await visitor.SignInAsync(ConsoleWorld.Nina, fresh: true);
        using var thief = world.Visitor();
        thief.Cookies.Add(world.Address, new Cookie("siit-session", stolen, "/"));
        var replayed = await thief.GetAsync("/console/approvals");

        Assert.NotEqual(stolen, visitor.Session);
        Assert.Equal(HttpStatusCode.Found, replayed.Status);
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("CfDJ8EU2obdP5T9BhUm7KSpUYuJcSzPkjq44WeTq")]
    public async Task Session_AForgedCookie_IsNone(string value)
    {
        await using var world = await ConsoleWorld.StartAsync();
        using var visitor = world.Visitor();
        visitor.Cookies.Add(world.Address, new Cookie("siit-session", value, "/"));

        Assert.Equal(HttpStatusCode.Found, (await visitor.GetAsync("/console/approvals")).Status);
    }

    public static TheoryData<string, string> Troubles => new()
    {
        { nameof(OktaSignInTrouble.NoEmail), "does not say your work email" },
        { nameof(OktaSignInTrouble.EmailVerified), "is not verified" },
        { nameof(OktaSignInTrouble.ForeignNonce), "was not accepted" },
        { nameof(OktaSignInTrouble.ForeignAudience), "was not accepted" },
        { nameof(OktaSignInTrouble.ForeignKey), "was not accepted" },
    };

    [Theory]
    [MemberData(nameof(Troubles))]
    public async Task SignIn_AnAnswerThatIsWrong_IsRefusedWithASentence_AndAudited(string trouble, string sentence)
    {
        await using var world = await ConsoleWorld.StartAsync();
        world.Okta.SignIn.Trouble = trouble switch
        {
            nameof(OktaSignInTrouble.NoEmail) => new OktaSignInTrouble { NoEmail = true },
            nameof(OktaSignInTrouble.EmailVerified) => new OktaSignInTrouble { EmailVerified = false },
            nameof(OktaSignInTrouble.ForeignNonce) => new OktaSignInTrouble { ForeignNonce = true },
            nameof(OktaSignInTrouble.ForeignAudience) => new OktaSignInTrouble { ForeignAudience = true },
            _ => new OktaSignInTrouble { ForeignKey = true },
        };
        using var visitor = world.Visitor();

        var page = await visitor.SignInAsync(ConsoleWorld.Nina);

        Assert.StartsWith("/console/sign-in?", page.Path, StringComparison.Ordinal);
        Assert.Contains(sentence, page.Text, StringComparison.Ordinal);
        Assert.DoesNotMatch(@"IDX\d|Exception|   at ", page.Html);
        Assert.Equal("", visitor.Session);
        Assert.Single(world.Audit(AuditKinds.ConsoleSignInRefused));
    }

    [Fact]
    public async Task SignIn_Cancelled_SaysSo()
    {
        await using var world = await ConsoleWorld.StartAsync();
        using var visitor = world.Visitor();

        var begun = await visitor.GetAsync("/console/sign-in/start?back=/console/approvals");
        var provider = await visitor.PostAsync(begun.Location!, [KeyValuePair.Create("cancel", "yes")]);
        var returned = await visitor.GetAsync(provider.Location!);
        var page = await visitor.GetAsync(returned.Location!);

        Assert.Contains("did not sign you in", page.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SignIn_AnAnswerToAnothersSignIn_IsRefused()
    {
        await using var world = await ConsoleWorld.StartAsync();
        using var attacker = world.Visitor();
        using var victim = world.Visitor();
        var begun = await attacker.GetAsync("/console/sign-in/start?back=/console/approvals");
        var provider = await attacker.PostAsync(begun.Location!, [KeyValuePair.Create("login", "paul@acme.example")]);

        var returned = await victim.GetAsync(provider.Location!);

        Assert.StartsWith("/console/sign-in?", returned.Location, StringComparison.Ordinal);
        Assert.EndsWith("refused=expired", returned.Location, StringComparison.Ordinal);
        Assert.Equal("", victim.Session);
    }

    [Fact]
    public async Task SignIn_ProviderDown_SaysSo()
    {
        await using var world = await ConsoleWorld.StartAsync(settings: ("console:authority", "http://127.0.0.1:9/"));
        using var visitor = world.Visitor();

        var begun = await visitor.GetAsync("/console/sign-in/start?back=/console/approvals");
        var page = await visitor.GetAsync(begun.Location!);

        Assert.Contains("cannot be reached", page.Text, StringComparison.Ordinal);
    }

    public static TheoryData<string> Backs =>
    [
        "https://evil.example/", "//evil.example", "/\\evil.example", "/console/../mcp", "/console//evil.example", "/console/approvals?x=//evil", "/console/approvals#x",
        "/console/%2f%2fevil.example", "javascript:alert(1)", "console/approvals", "/consoles/x", "/console/approvals\r\nLocation: https://evil.example", "/console/ünï", "", "/",
        "/console/" + new string('a', 300),
    ];

    [Theory]
    [MemberData(nameof(Backs))]
    public void Back_AnythingButAPageOfOurs_LeadsToTheFirst(string wanted) => Assert.Equal("/console/approvals", ConsolePaths.Back(wanted));

    [Theory]
    [InlineData("/console/approvals/call_01jdv8c2m3x5e7kqw9r4tznbyh")]
    [InlineData("/console/requests/REQ-8.12_a")]
    public void Back_APageOfOurs_IsKept(string wanted) => Assert.Equal(wanted, ConsolePaths.Back(wanted));

    [Fact]
    public async Task Back_ToAnotherSite_IsNotFollowed()
    {
        await using var world = await ConsoleWorld.StartAsync();
        using var visitor = world.Visitor();

        var page = await visitor.SignInAsync(ConsoleWorld.Nina, back: "https://evil.example/console/approvals");
        var signIn = await visitor.GetAsync("/console/sign-in?back=https://evil.example/");

        Assert.Equal("/console/approvals", page.Path);
        Assert.DoesNotContain("evil", signIn.Html, StringComparison.Ordinal);
    }

    public static TheoryData<string, string?, string?, HttpStatusCode> Requests => new()
    {
        { "as it is", null, null, HttpStatusCode.OK },
        { "another name of this machine", "localhost", null, HttpStatusCode.MisdirectedRequest },
        { "a name that was made to point here", "evil.example", null, HttpStatusCode.Forbidden },
        { "from a foreign page", null, "https://evil.example", HttpStatusCode.Forbidden },
        { "from a page without origin", null, "null", HttpStatusCode.Forbidden },
    };

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task Request_UnderAnotherNameOrFromAnotherPage_IsRefused(string story, string? hostName, string? origin, HttpStatusCode expected)
    {
        await using var world = await ConsoleWorld.StartAsync();
        using var visitor = world.Visitor();

        var page = await visitor.GetAsync("/console/sign-in", Change);
        var callback = await visitor.GetAsync("/console/signed-in?code=1&state=2", Change);

        Assert.Equal((story, expected), (story, page.Status));
        Assert.Equal((story, expected == HttpStatusCode.OK), (story, callback.Status == HttpStatusCode.Found));

        void Change(HttpRequestMessage request)
        {
            request.Headers.Host = hostName is null ? null : $"{hostName}:{world.Address.Port}";
            if (origin is not null)
                request.Headers.Add("Origin", origin);
        }
    }

    [Fact]
    public async Task Form_FromAPageOnAnotherPortOfThisMachine_IsRefused()
    {
        await using var world = await ConsoleWorld.StartAsync();
        using var visitor = await world.VisitorAsync(ConsoleWorld.Nina);
        var list = await visitor.GetAsync("/console/approvals");

        var other = await visitor.PostAsync("/console/sign-out", [KeyValuePair.Create("__RequestVerificationToken", list.Token)], request => request.Headers.Add("Origin", "http://127.0.0.1:6274"));

        Assert.Equal(HttpStatusCode.Forbidden, other.Status);
        Assert.Equal(HttpStatusCode.OK, (await visitor.GetAsync("/console/approvals")).Status);
    }

    [Fact]
    public async Task Sockets_HaveNoPage()
    {
        await using var world = await ConsoleWorld.StartAsync();
        using var callers = HostGuardTests.OverSocket(world.Data.CallersSocket);

        using var answer = await callers.GetAsync(new Uri("http://callers/console/sign-in"), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Fact]
    public async Task Pages_CarryHeadersThatLetABrowserDoNoMoreThanAPageNeeds()
    {
        await using var world = await ConsoleWorld.StartAsync();
        using var visitor = await world.VisitorAsync(ConsoleWorld.Nina);

        foreach (var path in new[] { "/console/approvals", "/console/sign-in", "/console/nothing", "/console/approvals/call_x" })
        {
            var page = await visitor.GetAsync(path);
            Assert.Equal(
                "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
                page.Headers["Content-Security-Policy"]);
            Assert.Equal(("nosniff", "DENY", "same-origin"), (page.Headers["X-Content-Type-Options"], page.Headers["X-Frame-Options"], page.Headers["Referrer-Policy"]));
            Assert.Contains("no-store", page.Headers["Cache-Control"], StringComparison.Ordinal);
            Assert.DoesNotMatch(@"<style|style=|<script(?! src=""/console/assets/console\.[0-9a-f]+\.js"" defer></script>)| on[a-z]+=|javascript:|https?://(?!127\.0\.0\.1)", page.Html);
        }
    }

    [Fact]
    public async Task Keys_LieInTheDataFolder_ForTheServersUserOnly()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("modes are Unix's");
            return;
        }

        await using var world = await ConsoleWorld.StartAsync();
        using var visitor = await world.VisitorAsync(ConsoleWorld.Nina);

        var key = Assert.Single(Directory.GetFiles(Path.Combine(world.Data.Path, "console-keys")));

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(key));
    }

    [Fact]
    public async Task Agents_AreNotTouchedByTheSignIn()
    {
        await using var world = await ConsoleWorld.StartAsync();
        using var visitor = world.Visitor();

        var mcp = await visitor.PostAsync("/mcp", []);
        var health = await visitor.GetAsync("/healthz");
        var root = await visitor.GetAsync("/");

        Assert.NotEqual(HttpStatusCode.Found, mcp.Status);
        Assert.DoesNotContain("Content-Security-Policy", health.Headers.Keys);
        Assert.Equal("/console/approvals", root.Location);
    }

    [Theory]
    [InlineData("console:authority", "http://idp.acme.example/", "console:authority is http://idp.acme.example/")]
    [InlineData("console:address", "http://iam.acme.example", "console:address is http://iam.acme.example/")]
    [InlineData("console:address", "https://iam.acme.example", "Add it to mcp:allowedHosts")]
    [InlineData("console:clientSecret", "s3cret", "Secrets do not stand in the settings")]
    [InlineData("console:signInAge", "2h", "console:signInAge must be between")]
    [InlineData("console:adress", "x", "console:adress is not known")]
    public async Task Settings_ThatAreWrong_StopTheStart(string key, string value, string sentence)
    {
        var wrong = await Assert.ThrowsAsync<SettingsException>(() => ConsoleWorld.StartAsync(signIn: true, (key, value)));

        Assert.Contains(wrong.Problems, problem => problem.Contains(sentence, StringComparison.Ordinal));
    }
}
