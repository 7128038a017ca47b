using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Gate.Proofs;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Store;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.Gate.Proofs;

/// <summary>What the gate takes for a proof, and what it does not.</summary>
public sealed class IdentityChecksTests
{
    /// <summary>Every combination of the five kinds of evidence, put before the real gate: refused below the rule, asked for approval at it.</summary>
    [Fact]
    public async Task Reset_OverEveryCombinationOfEvidence_IsTakenAtTheRuleAndRefusedBelow()
    {
        await using var world = await ProofWorld.StartAsync();
        var proof = (await world.StartProofAsync()).Proof!;
        foreach (var shown in ProofRuleTests.Subsets())
        {
            await world.PutAsync(proof.Id, shown.Select(way => Given(world, way)));

            var answer = await world.ResetAsync(dryRun: true);

            var enough = ProofRule.IsMet(ProofLevel.Usual, shown);
            Assert.True(answer.Code != "proof_not_enough" == enough, $"{string.Join('+', shown)}: {answer.Message}");
            Assert.Equal(!enough, answer.State == CallState.Refused || answer.Message.Contains("would be refused", StringComparison.Ordinal));
        }
    }

    /// <summary>The same after another reset of the person within a day: one way more is asked for.</summary>
    [Fact]
    public async Task SecondReset_WithinADay_AsksForOneMoreOverEveryCombination()
    {
        await using var world = await ProofWorld.StartAsync();
        await world.ProvedAsync();
        await world.DoneAsync(await world.ResetAsync());
        var proof = (await world.StartProofAsync(request: "REQ-2")).Proof!;
        foreach (var shown in ProofRuleTests.Subsets())
        {
            await world.PutAsync(proof.Id, shown.Select(way => Given(world, way)));

            var answer = await world.ResetAsync(request: "REQ-2", dryRun: true);

            Assert.True(answer.Code != "proof_not_enough" == ProofRule.IsMet(ProofLevel.Raised, shown), $"{string.Join('+', shown)}: {answer.Message}");
        }

        world.Gate.Time.Advance(ProofOptions.SecondReset);
        await world.PutAsync(proof.Id, [Given(world, ProofMethod.MailCode), Given(world, ProofMethod.TextCode)]);
        Assert.NotEqual("proof_not_enough", (await world.ResetAsync(request: "REQ-2", dryRun: true)).Code);
    }

    [Fact]
    public async Task Reset_Proved_RunsAfterApprovalAndUsesTheProofUp()
    {
        await using var world = await ProofWorld.StartAsync();
        var proof = await world.ProvedAsync();

        var asked = await world.ResetAsync();
        var waiting = await world.Gate.Calls.FindAsync(asked.Call!, CancellationToken.None);
        var ended = await world.DoneAsync(asked);

        Assert.Equal(CallState.Succeeded, ended.State);
        Assert.Equal(proof.EnoughUntil, waiting!.Approval!.ExpiresAt);
        Assert.Equal(proof.Id, waiting.Card!.Facts["identity"]!["proof"]!.GetValue<string>());
        Assert.Equal(["mail_code", "text_code"], waiting.Card.Facts["identity"]!["evidence"]!.AsArray().Select(one => one!["method"]!.GetValue<string>()));
        Assert.Contains(asked.Preview, line => line.Contains("code by mail", StringComparison.Ordinal) && line.Contains("code by short message", StringComparison.Ordinal));
        Assert.Equal(ended.Id, (await world.Gate.Store.GetAsync<ProofRecord>(proof.Id))!.UsedBy);
        Assert.Equal("proof_needed", (await world.ResetAsync()).Code);
    }

    [Fact]
    public async Task Proof_ForTwoCallsAtOnce_IsUsedByOne()
    {
        await using var world = await ProofWorld.StartAsync();
        await world.ProvedAsync();
        var one = await world.ResetAsync();
        var other = await world.ResetAsync(mode: "temporary");

        await world.Gate.DecideAsync(one.Call!, world.Approver);
        await world.Gate.DecideAsync(other.Call!, world.Approver);
        CallRecord[] ended = [await world.Gate.EndAsync(one.Call!), await world.Gate.EndAsync(other.Call!)];

        Assert.Single(ended, call => call.State == CallState.Succeeded);
        Assert.Single(ended, call => call.State == CallState.Refused);
        Assert.Single(world.Gate.Okta.Ledger.Effects, effect => effect.Verb is "user.reset_password" or "user.temporary_password");
    }

    [Theory]
    [InlineData("another request")]
    [InlineData("no request")]
    [InlineData("another person")]
    [InlineData("another action")]
    [InlineData("another caller")]
    [InlineData("voided")]
    public async Task Proof_ForSomethingElse_CountsForNothing(string what)
    {
        await using var world = await ProofWorld.StartAsync();
        var proof = await world.ProvedAsync();
        var other = await world.Gate.CallerAsync("other");
        if (what == "voided")
            Assert.Null(await world.Desk.VoidAsync(proof.Id, "ana", CancellationToken.None));

        var answer = await (what switch
        {
            "another request" => world.ResetAsync(request: "REQ-2"),
            "no request" => world.ResetAsync(request: null),
            "another person" => world.ResetAsync(person: "ben@acme.example"),
            "another action" => world.ResetAsync("reset_mfa"),
            "another caller" => world.ResetAsync(caller: other),
            _ => world.ResetAsync(),
        });

        Assert.Equal("proof_needed", answer.Code);
    }

    [Theory]
    [InlineData(-1, true)]
    [InlineData(0, false)]
    public async Task Evidence_AtItsLastTick_CountsAndAtItsExpiryDoesNot(long ticks, bool counts)
    {
        await using var world = await ProofWorld.StartAsync();
        var proof = (await world.StartProofAsync()).Proof!;
        var now = world.Gate.Time.GetUtcNow();
        // The clock runs: so long before its end that the call is judged in time, or exactly at it.
        var expires = ticks < 0 ? now.AddMinutes(1) : now;
        await world.PutAsync(proof.Id, [Given(world, ProofMethod.MailCode) with { At = expires.AddMinutes(-15), ExpiresAt = expires }, Given(world, ProofMethod.TextCode)]);

        Assert.Equal(counts ? CallState.AwaitingApproval : CallState.Refused, (await world.ResetAsync()).State);
    }

    [Fact]
    public async Task Approval_AfterTheEvidenceHasRunOut_DoesNothing()
    {
        await using var world = await ProofWorld.StartAsync();
        await world.ProvedAsync();
        var asked = await world.ResetAsync();

        world.Gate.Time.Advance(TimeSpan.FromMinutes(15));
        var decided = await world.Gate.DecideAsync(asked.Call!, world.Approver);

        Assert.False(decided.Taken);
        Assert.DoesNotContain(world.Gate.Okta.Ledger.Effects, effect => effect.Verb == "user.reset_password");
    }

    [Fact]
    public async Task Contact_ChangedBetweenApprovalAndEffect_CountsNoMore()
    {
        await using var world = await ProofWorld.StartAsync();
        await world.ProvedAsync();
        var asked = await world.ResetAsync();
        world.Gate.Okta.Arrange(new() { ["user"] = ProofWorld.Ana, ["profile"] = new System.Text.Json.Nodes.JsonObject { ["secondEmail"] = "mallory@home.example" } });

        await world.Gate.DecideAsync(asked.Call!, world.Approver);
        var ended = await world.Gate.EndAsync(asked.Call!);

        Assert.Equal("proof_not_enough", ended.Code);
        Assert.DoesNotContain(world.Gate.Okta.Ledger.Effects, effect => effect.Verb == "user.reset_password");
    }

    /// <summary>The same address as before, and yet somebody had it in hand meanwhile: it is as new as any other.</summary>
    [Theory]
    [InlineData("secondEmail", ProofWorld.AnaMail, "mallory@home.example")]
    [InlineData("mobilePhone", ProofWorld.AnaPhone, "+15559999")]
    public async Task Contact_ThatWasAnotherInBetween_CountsNoMore(string field, string contact, string other)
    {
        await using var world = await ProofWorld.StartAsync();
        await world.ProvedAsync();
        await SetAsync(other);
        await SetAsync(contact);

        var answer = await world.ResetAsync();

        Assert.Equal("proof_not_enough", answer.Code);

        async Task SetAsync(string value)
        {
            world.Gate.Okta.Arrange(new() { ["user"] = ProofWorld.Ana, ["profile"] = new System.Text.Json.Nodes.JsonObject { [field] = value } });
            var okta = world.Gate.Get<IdpConnections>().All.Single();
            await world.Gate.Get<ContactBook>().OfAsync(okta, (await okta.FindAccountsAsync(ProofWorld.Ana, CancellationToken.None)).Single(), CancellationToken.None);
        }
    }

    [Theory]
    [InlineData(null, "proof_needed")]
    [InlineData(ProofWorld.Ana, "proof_needed")]
    [InlineData("hugo@acme.example", "proof_needed")]
    public async Task Requester_WhoIsOnlyClaimed_NeedsAProof(string? requester, string code)
    {
        await using var world = await ProofWorld.StartAsync();

        Assert.Equal(code, (await world.ResetAsync(requester: requester)).Code);
    }

    [Theory]
    [InlineData(ProofWorld.Ana, false, "proof_needed")]
    [InlineData("hugo@acme.example", false, null)]
    [InlineData("hugo@acme.example", true, "proof_needed")]
    public async Task Requester_WhoIsProved_NeedsOneForTheirOwnAccountOrWhenTheSettingsSaySo(string person, bool always, string? code)
    {
        await using var world = await ProofWorld.StartAsync(new GateOptions { Proof = new ProofOptions { Always = always ? ["reset_password"] : [] } });
        var own = await world.Gate.CallerAsync("tool", person: person);

        Assert.Equal(code, (await world.ResetAsync(caller: own)).Code);
    }

    [Fact]
    public async Task Expire_HandsNobodyAnything_AndNeedsNoProof()
    {
        await using var world = await ProofWorld.StartAsync();

        Assert.Equal(CallState.AwaitingApproval, (await world.ResetAsync(mode: "expire")).State);
    }

    [Theory]
    [InlineData("the manager as requester")]
    [InlineData("the manager as operator")]
    [InlineData("the approver as requester")]
    [InlineData("the approver as operator")]
    public async Task Verifier_WhoAsksHimself_CountsForNothing(string who)
    {
        var method = who.Contains("manager", StringComparison.Ordinal) ? ProofMethod.Vouch : ProofMethod.Proofing;
        await using var world = await ProofWorld.StartAsync();
        var verifier = method == ProofMethod.Vouch ? ProofWorld.Mona : world.Approver.Email;
        var caller = who.EndsWith("operator", StringComparison.Ordinal) ? await world.Gate.CallerAsync("own", @operator: verifier) : world.Caller;
        var proof = (await world.StartProofAsync(caller: caller)).Proof!;
        await world.PutAsync(proof.Id, method == ProofMethod.Vouch ? [Given(world, ProofMethod.Vouch), Given(world, ProofMethod.MailCode)] : [Given(world, ProofMethod.Proofing)]);

        var answer = await world.ResetAsync(caller: caller, requester: who.EndsWith("requester", StringComparison.Ordinal) ? verifier : null);

        Assert.Equal("proof_not_enough", answer.Code);
    }

    [Fact]
    public async Task Reset_ThatBegins_IsToldToEveryAddressOfThePerson()
    {
        await using var world = await ProofWorld.StartAsync();
        await world.ProvedAsync();

        await world.DoneAsync(await world.ResetAsync());

        var told = world.Posted.All.Where(notice => notice.Kind == "reset_begun").Select(notice => notice.To).Order(StringComparer.Ordinal);
        Assert.Equal(new[] { ProofWorld.Ana, ProofWorld.AnaMail, ProofWorld.AnaPhone }.Order(StringComparer.Ordinal), told);
    }

    /// <summary>As the desk would have recorded it just now.</summary>
    private static Evidence Given(ProofWorld world, ProofMethod way)
    {
        var at = world.Gate.Time.GetUtcNow();
        var contact = way switch
        {
            ProofMethod.MailCode => KnownContact.PrintOf(ProofWorld.AnaMail),
            ProofMethod.TextCode => KnownContact.PrintOf(ProofWorld.AnaPhone),
            ProofMethod.Push => world.Gate.Okta.User(ProofWorld.Ana).Factors.First(factor => factor.FactorType == "push").Id,
            ProofMethod.Vouch => ProofWorld.Mona,
            _ => world.Approver.Email,
        };
        return new Evidence(way, "test", contact, at, at.AddMinutes(15));
    }
}
