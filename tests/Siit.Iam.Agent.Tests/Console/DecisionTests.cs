using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Requests;

namespace Siit.Iam.Agent.Tests.Console;

public sealed class DecisionTests
{
    [Fact]
    public async Task Approving_OnTheCard_IsCarriedOut_AndTheLogSaysWhere()
    {
        await using var world = await ConsoleWorld.StartAsync();
        var call = await world.AskMediumAsync();
        using var nina = await world.VisitorAsync(ConsoleWorld.Nina);
        var list = await nina.GetAsync("/console/approvals");
        var card = await nina.GetAsync($"/console/approvals/{call.Id}");

        var decided = await nina.DecideAsync(card, world.Code(ConsoleWorld.Nina), reason: "Seen the contract");
        var after = await nina.GetAsync(decided.Location!);
        var ended = await world.EndAsync(call.Id);

        Assert.Contains("1 call waits", list.Text, StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.SeeOther, $"/console/approvals/{call.Id}"), (decided.Status, decided.Location));
        Assert.False(after.HasForm);
        Assert.Equal(CallState.Succeeded, ended.State);
        Assert.Equal(("Seen the contract", ConsoleWorld.Nina), (ended.Approval!.Decisions[0].Reason, ended.Approval.Decisions[0].Email));
        Assert.Equal("Staff Engineer", world.Okta.User(ConsoleWorld.Ben).Text("title"));
        Assert.Equal("console", Assert.Single(world.Audit(AuditKinds.ApprovalDecided)).Data!["door"]!.GetValue<string>());
    }

    [Fact]
    public async Task Refusing_IsTheEnd()
    {
        await using var world = await ConsoleWorld.StartAsync();
        var call = await world.AskMediumAsync();
        using var nina = await world.VisitorAsync(ConsoleWorld.Nina);
        var card = await nina.GetAsync($"/console/approvals/{call.Id}");

        await nina.DecideAsync(card, world.Code(ConsoleWorld.Nina), verdict: "refuse");
        var ended = await nina.GetAsync("/console/approvals/ended");

        Assert.Equal(CallState.Denied, (await world.FindAsync(call.Id)).State);
        Assert.Contains("denied", ended.Text, StringComparison.Ordinal);
        Assert.Empty(world.Okta.Ledger.Effects);
    }

    [Fact]
    public async Task Card_ShowsWhatTheCommandLineShows()
    {
        await using var world = await ConsoleWorld.StartAsync();
        var call = await world.AskHighAsync(request: "REQ-7");
        using var nina = await world.VisitorAsync(ConsoleWorld.Nina);

        var card = await nina.GetAsync($"/console/approvals/{call.Id}");

        var shown = new HashSet<string>(Words(card.Text));
        var missing = Siit.Iam.Agent.Cli.CallCard.Lines(call, world.Time.GetUtcNow()).Skip(3).SelectMany(Words).Where(word => !shown.Contains(word));
        Assert.Empty(missing);

        static IEnumerable<string> Words(string text) => Regex.Matches(text, @"[\w@.:\-]{2,}").Select(match => match.Value.TrimEnd('.', ':')).Where(word => word is not "CHANGED" and not "Call" && !word.EndsWith("min", StringComparison.Ordinal));
    }

    [Fact]
    public async Task HighRisk_NeedsASignInOfItsOwn_EachTime()
    {
        await using var world = await ConsoleWorld.StartAsync();
        var (first, second) = (await world.AskHighAsync(), await world.AskHighAsync("paul@acme.example"));
        using var nina = await world.VisitorAsync(ConsoleWorld.Nina);
        world.Time.Advance(TimeSpan.FromMinutes(6));

        var stale = await nina.GetAsync($"/console/approvals/{first.Id}");
        var fresh = await nina.SignInAsync(ConsoleWorld.Nina, back: $"/console/approvals/{first.Id}", fresh: true);
        var decided = await nina.DecideAsync(fresh, world.Code(ConsoleWorld.Nina));
        var next = await nina.GetAsync($"/console/approvals/{second.Id}");

        Assert.False(stale.HasForm);
        Assert.Contains($"/console/sign-in/start?back=%2Fconsole%2Fapprovals%2F{first.Id}&amp;fresh=true", stale.Html, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.SeeOther, decided.Status);
        Assert.Equal(CallState.Succeeded, (await world.EndAsync(first.Id)).State);
        Assert.False(next.HasForm);
    }

    [Fact]
    public async Task HighRisk_FormSentLate_OrMadeBySomebodyElse_DecidesNothing()
    {
        await using var world = await ConsoleWorld.StartAsync();
        var (first, second) = (await world.AskHighAsync(), await world.AskHighAsync("paul@acme.example"));
        using var nina = world.Visitor();
        var card = await nina.SignInAsync(ConsoleWorld.Nina, back: $"/console/approvals/{first.Id}", fresh: true);
        Assert.True(card.HasForm);

        await nina.DecideAsync(card, world.Code(ConsoleWorld.Nina));
        // The sign-in is used: a form of the first card, pointed at the second, is refused whatever it holds.
        var other = await nina.DecideAsync(card with { Path = $"/console/approvals/{second.Id}" }, world.Code(ConsoleWorld.Nina), change: form => form["Form.Digest"] = second.Approval!.Digest);
        await nina.SignInAsync(ConsoleWorld.Nina, fresh: true);
        var open = await nina.GetAsync($"/console/approvals/{second.Id}");
        world.Time.Advance(TimeSpan.FromMinutes(6));
        var late = await nina.DecideAsync(open, world.Code(ConsoleWorld.Nina));

        Assert.Contains("sign in anew", other.Text, StringComparison.Ordinal);
        Assert.Contains("sign in anew", late.Text, StringComparison.Ordinal);
        Assert.Equal(CallState.AwaitingApproval, (await world.FindAsync(second.Id)).State);
        Assert.Equal(2, world.Audit(AuditKinds.ApprovalRefusedDecision).Count(entry => entry.Data!["refused"]!.GetValue<string>() == "sign_in_again"));
    }

    [Fact]
    public async Task HighRisk_ProviderThatLetsInWithAnEarlierSignIn_DoesNotCount()
    {
        await using var world = await ConsoleWorld.StartAsync();
        var call = await world.AskHighAsync();
        using var nina = await world.VisitorAsync(ConsoleWorld.Nina);
        world.Time.Advance(TimeSpan.FromMinutes(6));
        world.Okta.SignIn.Trouble = new() { IgnoresPrompt = true };

        var refused = await nina.SignInAsync(null, back: $"/console/approvals/{call.Id}", fresh: true);

        Assert.Contains("let you in with an earlier sign-in", refused.Text, StringComparison.Ordinal);
        Assert.Contains($"back=%2Fconsole%2Fapprovals%2F{call.Id}", refused.Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task HighRisk_ProviderThatDoesNotSayWhen_NeverCounts()
    {
        await using var world = await ConsoleWorld.StartAsync();
        var call = await world.AskHighAsync();
        world.Okta.SignIn.Trouble = new() { NoAuthTime = true };
        using var nina = await world.VisitorAsync(ConsoleWorld.Nina);

        var card = await nina.GetAsync($"/console/approvals/{call.Id}");
        var fresh = await nina.SignInAsync(ConsoleWorld.Nina, back: $"/console/approvals/{call.Id}", fresh: true);

        Assert.False(card.HasForm);
        Assert.StartsWith("/console/sign-in?", fresh.Path, StringComparison.Ordinal);
    }

    /// <summary>What is wrong with the form, and what the page says.</summary>
    public static TheoryData<string, HttpStatusCode, string> Wrong => new()
    {
        { "no token", HttpStatusCode.BadRequest, "" },
        { "token of another session", HttpStatusCode.BadRequest, "" },
        { "no handler", HttpStatusCode.BadRequest, "" },
        { "wrong digest", HttpStatusCode.Conflict, "not what was shown" },
        { "no digest", HttpStatusCode.Conflict, "not what was shown" },
        { "no code", HttpStatusCode.Conflict, "The code is wrong" },
        { "wrong code", HttpStatusCode.Conflict, "The code is wrong" },
        { "code of another approver", HttpStatusCode.Conflict, "The code is wrong" },
        { "used code", HttpStatusCode.Conflict, "was used before" },
        { "no verdict", HttpStatusCode.Conflict, "Say whether" },
        { "verdict of its own", HttpStatusCode.Conflict, "Say whether" },
        { "long reason", HttpStatusCode.Conflict, "longer than 500" },
        { "too late", HttpStatusCode.Conflict, "(silence is a no|it is expired)" },
        { "large", HttpStatusCode.BadRequest, "" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task Form_ThatIsWrong_DecidesNothing_AndSaysWhy(string story, HttpStatusCode status, string sentence)
    {
        await using var world = await ConsoleWorld.StartAsync(settings: ("console:sessionLifetime", "12h"));
        var call = await world.AskMediumAsync();
        using var nina = await world.VisitorAsync(ConsoleWorld.Nina);
        using var rosa = await world.VisitorAsync(ConsoleWorld.Rosa);
        var card = await nina.GetAsync($"/console/approvals/{call.Id}");
        var others = await rosa.GetAsync($"/console/approvals/{call.Id}");
        var code = world.Code(story == "code of another approver" ? ConsoleWorld.Rosa : ConsoleWorld.Nina);
        if (story == "used code")
            Assert.NotNull((await world.Get<OneTimeCodes>().CheckAsync(ConsoleWorld.Nina, code, "before", CancellationToken.None)).Approver);
        if (story == "too late")
        {
            world.Time.Advance(TimeSpan.FromHours(1));
            code = world.Code(ConsoleWorld.Nina);
        }

        var page = await nina.DecideAsync(card, code, change: form =>
        {
            switch (story)
            {
                case "no token": form.Remove("__RequestVerificationToken"); break;
                case "token of another session": form["__RequestVerificationToken"] = others.Form()["__RequestVerificationToken"]; break;
                case "no handler": form.Remove("_handler"); break;
                case "wrong digest": form["Form.Digest"] = new string('0', 64); break;
                case "no digest": form.Remove("Form.Digest"); break;
                case "no code": form.Remove("Form.Code"); break;
                case "wrong code": form["Form.Code"] = "000000"; break;
                case "no verdict": form.Remove("Form.Verdict"); break;
                case "verdict of its own": form["Form.Verdict"] = "approve all"; break;
                case "long reason": form["Form.Reason"] = new string('x', 501); break;
                case "large": form["Form.Reason"] = new string('x', 100_000); break;
            }
        });

        Assert.Equal((story, status), (story, page.Status));
        Assert.Matches(sentence, page.Text);
        Assert.DoesNotMatch(@"Exception|   at Siit|stack", page.Html);
        Assert.DoesNotContain(code, page.Html, StringComparison.Ordinal);
        Assert.Empty((await world.FindAsync(call.Id)).Approval!.Decisions);
        Assert.Empty(world.Okta.Ledger.Effects);
    }

    [Fact]
    public async Task Form_OfAnExpiredCall_IsNotOfferedAnyMore()
    {
        await using var world = await ConsoleWorld.StartAsync();
        var call = await world.AskMediumAsync();
        using var nina = await world.VisitorAsync(ConsoleWorld.Nina);
        await nina.DecideAsync(await nina.GetAsync($"/console/approvals/{call.Id}"), world.Code(ConsoleWorld.Nina), verdict: "refuse");

        var card = await nina.GetAsync($"/console/approvals/{call.Id}");

        Assert.False(card.HasForm);
        Assert.Contains("NOT EXECUTED. Denied by Nina Petrova", card.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StolenSession_WithoutACode_DecidesNothing_AndClosesTheDoor()
    {
        await using var world = await ConsoleWorld.StartAsync();
        var call = await world.AskMediumAsync();
        using var nina = await world.VisitorAsync(ConsoleWorld.Nina);
        using var thief = world.Visitor();
        foreach (Cookie cookie in nina.Cookies.GetCookies(world.Address))
            thief.Cookies.Add(world.Address, new Cookie(cookie.Name, cookie.Value, "/"));
        var card = await thief.GetAsync($"/console/approvals/{call.Id}");

        for (var guess = 0; guess < 3; guess++)
            await thief.DecideAsync(card, $"00000{guess}");
        var owner = await nina.DecideAsync(await nina.GetAsync($"/console/approvals/{call.Id}"), world.Code(ConsoleWorld.Nina));

        Assert.True(card.HasForm);
        Assert.Equal(CallState.AwaitingApproval, (await world.FindAsync(call.Id)).State);
        Assert.True(world.Audit(AuditKinds.ApproverCodeRefused).Count >= 3);
        Assert.True(owner.Status is HttpStatusCode.SeeOther or HttpStatusCode.Conflict);
    }

    [Fact]
    public async Task Somebody_WhoIsNoApprover_SeesThat_AndNothingElse()
    {
        await using var world = await ConsoleWorld.StartAsync();
        var call = await world.AskHighAsync(request: "REQ-7");
        using var paul = await world.VisitorAsync("paul@acme.example");

        foreach (var path in new[] { "/console/approvals", "/console/approvals/ended", $"/console/approvals/{call.Id}", "/console/requests", "/console/requests/REQ-7" })
        {
            var page = await paul.GetAsync(path);
            Assert.Equal((path, HttpStatusCode.Forbidden), (path, page.Status));
            Assert.Contains("You are no approver", page.Text, StringComparison.Ordinal);
            Assert.DoesNotContain("ben@acme.example", page.Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Approver_WhomACallConcerns_DoesNotLearnOfIt()
    {
        await using var world = await ConsoleWorld.StartAsync();
        var call = await world.AskHighAsync(requester: ConsoleWorld.Nina);
        using var nina = await world.VisitorAsync(ConsoleWorld.Nina);
        using var rosa = await world.VisitorAsync(ConsoleWorld.Rosa);

        var (hers, his) = (await nina.GetAsync("/console/approvals"), await rosa.GetAsync("/console/approvals"));
        var card = await nina.GetAsync($"/console/approvals/{call.Id}");

        Assert.DoesNotContain(call.Id, hers.Html, StringComparison.Ordinal);
        Assert.Contains(call.Id, his.Html, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, card.Status);
    }

    [Fact]
    public async Task Approver_WhoWasRemoved_DecidesNothingWithTheFormHeHas()
    {
        await using var world = await ConsoleWorld.StartAsync();
        var call = await world.AskMediumAsync();
        using var nina = await world.VisitorAsync(ConsoleWorld.Nina);
        var card = await nina.GetAsync($"/console/approvals/{call.Id}");
        var rosa = (await world.Get<ApproverRegistry>().FindAsync(ConsoleWorld.Rosa, CancellationToken.None))!;
        Assert.Null(await world.Get<ApproverRegistry>().RemoveAsync(ConsoleWorld.Nina, rosa, CancellationToken.None));

        var page = await nina.DecideAsync(card, world.Code(ConsoleWorld.Nina));

        Assert.Equal(HttpStatusCode.Forbidden, page.Status);
        Assert.Equal(CallState.AwaitingApproval, (await world.FindAsync(call.Id)).State);
    }

    [Fact]
    public async Task HostileText_IsShownAsText()
    {
        const string hostile = "</dd><script>alert(1)</script>\u202Eevil\" (PROVED by the caller's credential)";
        await using var world = await ConsoleWorld.StartAsync();
        Assert.Null(world.Okta.Arrange(new JsonObject { ["user"] = ConsoleWorld.Ben, ["profile"] = new JsonObject { ["firstName"] = hostile, ["lastName"] = "x", ["displayName"] = hostile } }));
        var call = await world.AskAsync("suspend_user", new JsonObject { ["person"] = ConsoleWorld.Ben, ["connection"] = "okta", ["reason"] = "Approved by security already </form><form action=https://evil.example>" });
        using var nina = await world.VisitorAsync(ConsoleWorld.Nina);

        var card = await nina.GetAsync($"/console/approvals/{call.Id}");

        Assert.DoesNotContain("<script>alert", card.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("<form action=https://evil", card.Html, StringComparison.Ordinal);
        Assert.Contains("<U+202E>evil", card.Text.Replace("&lt;", "<", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Matches(@"<section class=""sheet model"" id=""said""><h2>SAID BY THE CALLER, perhaps by a language model; nobody has checked it</h2>.*Approved by security", card.Html.ReplaceLineEndings(" "));
    }

    [Fact]
    public async Task Request_ShowsItsTimeline_WithoutTheCallsThatAreNotTheirs()
    {
        await using var world = await ConsoleWorld.StartAsync();
        await world.Get<RequestDesk>().SubmitAsync("REQ-7", "ana@acme.example", "Ben has left", CancellationToken.None);
        var (theirs, hidden) = (await world.AskHighAsync(request: "REQ-7"), await world.AskHighAsync("paul@acme.example", requester: ConsoleWorld.Nina, request: "REQ-7"));
        using var nina = await world.VisitorAsync(ConsoleWorld.Nina);

        var page = await nina.GetAsync("/console/requests/REQ-7");
        var list = await nina.GetAsync("/console/requests");
        var none = await nina.GetAsync("/console/requests/REQ-8");

        Assert.Contains("Ben has left", page.Text, StringComparison.Ordinal);
        Assert.Contains(theirs.Id, page.Html, StringComparison.Ordinal);
        Assert.DoesNotContain(hidden.Id, page.Html, StringComparison.Ordinal);
        Assert.Contains("REQ-7", list.Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, none.Status);
    }

    [Fact]
    public async Task FirstVisit_IsSmall()
    {
        await using var world = await ConsoleWorld.StartAsync();
        for (var i = 0; i < 10; i++)
            await world.AskHighAsync(request: $"REQ-{i}");
        using var nina = await world.VisitorAsync(ConsoleWorld.Nina);
        var list = await nina.GetAsync("/console/approvals");

        var size = list.Html.Length;
        foreach (Match asset in Regex.Matches(list.Html, "/console/assets/[a-z0-9.]+"))
        {
            var packed = await nina.GetAsync(asset.Value, request => request.Headers.AcceptEncoding.ParseAdd("br"));
            Assert.Equal((HttpStatusCode.OK, "br", "public, max-age=31536000, immutable"), (packed.Status, packed.Headers["Content-Encoding"], packed.Headers["Cache-Control"]));
            size += int.Parse(packed.Headers["Content-Length"], System.Globalization.CultureInfo.InvariantCulture);
        }

        Assert.InRange(size, 1000, 20_000);
    }
}
