using System.Text.Json.Nodes;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Gate.Proofs;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Notices;
using Siit.Iam.Agent.Store;
using Siit.Iam.Emulator.Common;

namespace Siit.Iam.Agent.Tests.Gate.Proofs;

/// <summary>How people prove who they are.</summary>
public sealed class ProofDeskTests
{
    [Fact]
    public async Task Start_SendsWhatCountsAndSaysWhyTheRestDoesNot()
    {
        await using var world = await ProofWorld.StartAsync();

        var mfa = (await world.StartProofAsync("reset_mfa")).Proof!;
        var password = (await world.StartProofAsync("reset_password")).Proof!;

        Assert.Equal("sent", Way(mfa, "mail_code").State);
        // The push, and the messages that are a factor, go to what is being reset.
        Assert.Equal(("not_possible", true), (Way(mfa, "push").State, Way(mfa, "push").Why!.Contains("being reset", StringComparison.Ordinal)));
        Assert.Equal("not_possible", Way(mfa, "text_code").State);
        Assert.Equal(("sent", ProofWorld.Mona), (Way(mfa, "vouch").State, Way(mfa, "vouch").To));
        Assert.Equal(["sent", "sent", "sent"], new[] { "mail_code", "text_code", "push" }.Select(way => Way(password, way).State));
        Assert.DoesNotContain(ProofWorld.AnaMail, System.Text.Json.JsonSerializer.Serialize(password), StringComparison.Ordinal);
        Assert.All(world.Posted.All.Where(notice => notice.Kind == "proof_code"), notice => Assert.True(notice.Secret));
    }

    [Fact]
    public async Task Code_CountsOnceAndForItsOwnProofOnly()
    {
        await using var world = await ProofWorld.StartAsync();
        var proof = (await world.StartProofAsync(ways: [ProofMethod.MailCode])).Proof!;
        var code = world.Code(ProofWorld.AnaMail);
        var other = (await world.StartProofAsync(request: "REQ-2", ways: [ProofMethod.TextCode])).Proof!;

        Assert.Equal("wrong_code", await RefusedAsync(world, other.Id, code));
        Assert.Equal("shown", Way(await world.EnterAsync(proof.Id, $" {code[..4]} {code[4..]} "), "mail_code").State);
        Assert.Equal("wrong_code", await RefusedAsync(world, proof.Id, code));
        Assert.Single((await world.Gate.Store.GetAsync<ProofRecord>(proof.Id))!.Evidence);
    }

    [Fact]
    public async Task Code_SentAgain_EndsTheOneBefore()
    {
        await using var world = await ProofWorld.StartAsync();
        var proof = (await world.StartProofAsync(ways: [ProofMethod.MailCode])).Proof!;
        var first = world.Code(ProofWorld.AnaMail);
        await world.StartProofAsync(ways: [ProofMethod.MailCode]);
        var codes = world.Posted.All.Where(notice => notice.Kind == "proof_code").ToList();

        Assert.Equal(2, codes.Count);
        Assert.Equal("wrong_code", await RefusedAsync(world, proof.Id, first));
    }

    [Theory]
    [InlineData("text", 10)]
    [InlineData("mail", 60)]
    public async Task Code_AfterItsTime_IsWrong(string by, int minutes)
    {
        var way = by == "mail" ? ProofMethod.MailCode : ProofMethod.TextCode;
        await using var world = await ProofWorld.StartAsync();
        var proof = (await world.StartProofAsync(ways: [way])).Proof!;
        var code = world.Code(way == ProofMethod.MailCode ? ProofWorld.AnaMail : ProofWorld.AnaPhone);

        world.Gate.Time.Advance(TimeSpan.FromMinutes(minutes));

        Assert.Equal("wrong_code", await RefusedAsync(world, proof.Id, code));
    }

    [Fact]
    public async Task Codes_GuessedTooOften_AreNotLookedAtAnyMoreWhicheverProofTheyAreFor()
    {
        await using var world = await ProofWorld.StartAsync();
        var proof = (await world.StartProofAsync(ways: [ProofMethod.MailCode])).Proof!;
        var code = world.Code(ProofWorld.AnaMail);
        var other = (await world.StartProofAsync(request: "REQ-2", ways: [ProofMethod.TextCode])).Proof!;
        for (var i = 0; i < 5; i++)
            Assert.Equal("wrong_code", await RefusedAsync(world, i % 2 == 0 ? proof.Id : other.Id, "00000000"));

        Assert.Equal("throttled", await RefusedAsync(world, proof.Id, code));
        Assert.Equal("throttled", await RefusedAsync(world, other.Id, world.Code(ProofWorld.AnaPhone)));
        world.Gate.Time.Advance(TimeSpan.FromMinutes(59));
        Assert.Equal("throttled", await RefusedAsync(world, proof.Id, code));
        world.Gate.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("wrong_code", await RefusedAsync(world, proof.Id, code));
        Assert.Equal(9, world.Gate.Audit().Count(entry => entry.Kind == AuditKinds.ProofRefused));
    }

    [Fact]
    public async Task Codes_SentTooOften_AreNotSent()
    {
        await using var world = await ProofWorld.StartAsync();
        for (var i = 0; i < 6; i++)
            Assert.Null((await world.StartProofAsync(request: $"REQ-{i}", ways: [ProofMethod.MailCode])).Refusal);

        Assert.Equal("throttled", (await world.StartProofAsync(request: "REQ-9", ways: [ProofMethod.TextCode])).Refusal?.Code);
        Assert.Equal(6, world.Posted.All.Count(notice => notice.Kind == "proof_code"));
    }

    [Theory]
    [InlineData("SUCCESS", "shown", "open")]
    [InlineData("REJECTED", "not_possible", "voided")]
    [InlineData("TIMEOUT", "possible", "open")]
    public async Task Push_IsWorthWhatThePersonAnswers(string answer, string way, string state)
    {
        await using var world = await ProofWorld.StartAsync();
        var proof = (await world.StartProofAsync(ways: [ProofMethod.Push])).Proof!;
        Assert.Equal("sent", Way((await world.Desk.LookAsync(proof.Id, CancellationToken.None)).Proof!, "push").State);
        world.Gate.Okta.Arrange(new JsonObject { ["user"] = ProofWorld.Ana, ["push"] = answer });

        var looked = (await world.Desk.LookAsync(proof.Id, CancellationToken.None)).Proof!;

        Assert.Equal(state, looked.State);
        if (state != "voided")
            Assert.Equal(way, Way(looked, "push").State);
    }

    [Fact]
    public async Task Push_ThatTheIdpDoesNotKnowYet_LeavesWhatElseIsShown()
    {
        await using var world = await ProofWorld.StartAsync();
        var proof = (await world.StartProofAsync()).Proof!;
        await world.EnterAsync(proof.Id, world.Code(ProofWorld.AnaMail));
        world.Gate.Okta.Faults.Add(new Fault { Kind = FaultKind.StaleReads, Path = "/transactions/", Times = null });

        var looked = (await world.Desk.LookAsync(proof.Id, CancellationToken.None)).Proof!;

        Assert.Equal(("open", "shown", "sent"), (looked.State, Way(looked, "mail_code").State, Way(looked, "push").State));
        Assert.Equal("enough", (await world.EnterAsync(proof.Id, world.Code(ProofWorld.AnaPhone))).State);
        Assert.Equal("enough", (await world.Desk.LookAsync(proof.Id, CancellationToken.None)).Proof!.State);
    }

    [Fact]
    public async Task Push_WhoseAnswerCannotBeRead_MayHaveBeenRefused()
    {
        await using var world = await ProofWorld.StartAsync();
        var proof = (await world.StartProofAsync()).Proof!;
        await world.EnterAsync(proof.Id, world.Code(ProofWorld.AnaMail));
        await world.EnterAsync(proof.Id, world.Code(ProofWorld.AnaPhone));
        world.Gate.Okta.Faults.Add(new Fault { Kind = FaultKind.Status, Path = "/transactions/", Status = 403, Times = null });

        await Assert.ThrowsAsync<IdpException>(() => world.Desk.LookAsync(proof.Id, CancellationToken.None));
    }

    [Theory]
    [InlineData(ProofWorld.Mona, 0, null)]
    [InlineData("ivan@acme.example", 0, "may_not_vouch")]
    [InlineData(ProofWorld.Ana, 0, "may_not_vouch")]
    [InlineData(ProofWorld.Mona, 16, "may_not_vouch")]
    [InlineData(ProofWorld.Mona, -1, "may_not_vouch")]
    public async Task Vouch_IsTheManagersOwnWordJustSignedIn(string who, int minutesAgo, string? code)
    {
        await using var world = await ProofWorld.StartAsync();
        var proof = (await world.StartProofAsync(ways: [ProofMethod.Vouch])).Proof!;

        var answer = await world.Desk.VouchAsync(proof.Id, who, world.Gate.Time.GetUtcNow().AddMinutes(-minutesAgo), CancellationToken.None);

        Assert.Equal(code, answer.Refusal?.Code);
        Assert.Equal(code is null ? 1 : 0, (await world.Gate.Store.GetAsync<ProofRecord>(proof.Id))!.Evidence.Count);
    }

    [Fact]
    public async Task Known_ForLessThanAWeek_CountsForNothing()
    {
        await using var world = await ProofWorld.StartAsync(settled: false);
        world.Gate.Okta.Arrange(new JsonObject { ["user"] = ProofWorld.Ana, ["profile"] = new JsonObject { ["secondEmail"] = "new@home.example" } });

        var proof = (await world.StartProofAsync()).Proof!;

        Assert.Equal("not_possible", Way(proof, "mail_code").State);
        Assert.Contains("may have changed", Way(proof, "mail_code").Why, StringComparison.Ordinal);
        Assert.Equal("not_possible", Way(proof, "vouch").State);
        Assert.DoesNotContain(world.Posted.All, notice => notice.To == "new@home.example");
    }

    [Theory]
    [InlineData("ana.other@acme.example")]
    [InlineData(ProofWorld.Ana)]
    [InlineData("not an address")]
    public async Task WorkMailbox_AsPrivateContact_CountsForNothing(string address)
    {
        await using var world = await ProofWorld.StartAsync(settled: false);
        world.Gate.Okta.Arrange(new JsonObject { ["user"] = ProofWorld.Ana, ["profile"] = new JsonObject { ["secondEmail"] = address } });
        world.Gate.Time.Advance(TimeSpan.FromDays(8));

        Assert.Equal("not_possible", Way((await world.StartProofAsync()).Proof!, "mail_code").State);
    }

    [Fact]
    public async Task Proofing_ByWhoMayNot_IsRefused()
    {
        await using var world = await ProofWorld.StartAsync();
        var proof = (await world.StartProofAsync(ways: [ProofMethod.MailCode])).Proof!;
        var operatorsOwn = await world.Gate.ApproverAsync("olga@acme.example");
        var target = await world.Gate.ApproverAsync(ProofWorld.Ana);

        Assert.Equal("may_not_check", (await world.Desk.RecordProofingAsync(proof.Id, operatorsOwn, "passport", CancellationToken.None)).Refusal?.Code);
        Assert.Equal("may_not_check", (await world.Desk.RecordProofingAsync(proof.Id, target, "passport", CancellationToken.None)).Refusal?.Code);
        Assert.Equal("enough", (await world.Desk.RecordProofingAsync(proof.Id, world.Approver, "passport and face by video", CancellationToken.None)).Proof?.State);
    }

    [Fact]
    public async Task Start_WithoutAnyChannel_SaysWhatIsMissing()
    {
        await using var world = await ProofWorld.StartAsync();
        world.Posted.Channels.Clear();

        var answer = await world.StartProofAsync(ways: [ProofMethod.MailCode]);

        Assert.Equal("not_possible", answer.Refusal?.Code);
        Assert.Contains("sends no mail", answer.Refusal!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Code_IsStoredAsSomethingThatDoesNotTellIt()
    {
        await using var world = await ProofWorld.StartAsync();
        var proof = (await world.StartProofAsync(ways: [ProofMethod.MailCode, ProofMethod.TextCode])).Proof!;
        var (mail, text) = (world.Code(ProofWorld.AnaMail), world.Code(ProofWorld.AnaPhone));

        var stored = System.Text.Json.JsonSerializer.Serialize(await world.Gate.Store.GetAsync<ProofRecord>(proof.Id), StoreJson.Options);

        Assert.DoesNotContain(mail, stored, StringComparison.Ordinal);
        Assert.DoesNotContain(text, stored, StringComparison.Ordinal);
        Assert.NotEqual(mail, text);
    }

    private static ProofWay Way(ProofView proof, string method) => proof.Ways.Single(way => way.Method == method);

    private static async Task<string?> RefusedAsync(ProofWorld world, string proof, string code) =>
        (await world.Desk.EnterAsync(proof, code, "the desk", CancellationToken.None)).Refusal?.Code;
}
