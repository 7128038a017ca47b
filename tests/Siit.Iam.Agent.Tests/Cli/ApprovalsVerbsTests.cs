using Siit.Iam.Agent.Gate;

namespace Siit.Iam.Agent.Tests.Cli;

public sealed class ApprovalsVerbsTests
{
    [Fact]
    public async Task Approve_CodeAndDigestOfTheCard_IsExecutedAndOnTheTimeline()
    {
        await using var world = await Ready();
        var call = await world.AskAsync("mia@acme.example");

        var approved = await world.RunAsync("approvals", "approve", call.Id, "--as", "rita@acme.example", "--code", world.Code(), "--digest", call.Approval!.Digest[..10]);

        Assert.True(approved.ExitCode == 0, approved.ToString());
        Assert.EndsWith($"Approved; it is being executed.\nWhat became of it: siit-iam calls show {call.Id}\n", approved.Out, StringComparison.Ordinal);
        await EndOf(world, call.Id, CallState.Succeeded);
        Assert.Equal(1, world.Okta.Ledger.Count("user.suspend", world.Okta.User(CliWorld.Somebody).Id));
        var shown = await world.RunAsync("calls", "show", call.Id);
        Assert.Contains($"Call {call.Id}: succeeded\n", shown.Out, StringComparison.Ordinal);
        Assert.Contains("approved    by \"rita@acme.example\" (security)", shown.Out, StringComparison.Ordinal);
        var timeline = await world.RunAsync("requests", "show", "REQ-1");
        Assert.Contains("Approved by rita@acme.example.", timeline.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Approve_PersonIsAsked_SeesTheCardBeforeTheQuestions()
    {
        await using var world = await Ready();
        var call = await world.AskAsync("mia@acme.example");

        var approved = await world.RunAsync($"rita@acme.example\n{world.Code()}\n", ["approvals", "approve", call.Id]);

        Assert.Equal(0, approved.ExitCode);
        Assert.Equal("Approver's email: One-time code: ", approved.Error);
        foreach (var bound in new[]
        {
            $"target      \"{CliWorld.Somebody}\"", $"account id \"{world.Okta.User(CliWorld.Somebody).Id}\"", "requester   \"mia@acme.example\" (CLAIMED by the caller, not proved)",
            "caller      \"desk\", answerable: \"olga@acme.example\", through cli", "  reason = \"left the company\"", "What changes\n", "rule        suspend_user needs one approver",
            $"digest      {call.Approval!.Digest}",
        })
            Assert.Contains(bound, approved.Out, StringComparison.Ordinal);
    }

    public static TheoryData<string, string?, string?, int, string> Refusals => new()
    {
        { "no digest", null, "right", 2, "--digest is missing or shorter than 8 characters: look at the card (siit-iam approvals show) and give back the digest that stands on it." },
        { "a short digest", "short", "right", 2, "--digest is missing or shorter than 8 characters: look at the card (siit-iam approvals show) and give back the digest that stands on it." },
        { "another digest", "deadbeefdeadbeef", "right", 1, "The call is not what was shown any more. Look at it again: siit-iam approvals show." },
        { "no code", "right", null, 2, "--code is missing. It needs an approver who is present: --as EMAIL --code 123456." },
        { "a wrong code", "right", "000000", 1, "The code is wrong." },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task Approve_WithoutWhatItTakes_ChangesNothing(string what, string? digest, string? code, int exitCode, string sentence)
    {
        await using var world = await Ready();
        var call = await world.AskAsync();
        List<string> typed = ["approvals", "approve", call.Id, "--as", "rita@acme.example"];
        if (digest is not null)
            typed.AddRange(["--digest", digest switch { "right" => call.Approval!.Digest, "short" => call.Approval!.Digest[..7], _ => digest }]);
        if (code is not null)
            typed.AddRange(["--code", code == "right" ? world.Code() : code]);

        var ran = await world.RunAsync([.. typed]);

        Assert.True((exitCode, sentence) == (ran.ExitCode, ran.Error.Trim()), $"{what}: {ran}");
        Assert.Equal(CallState.AwaitingApproval, (await world.Get<CallDesk>().FindAsync(call.Id, CancellationToken.None))!.State);
        Assert.Empty(world.Okta.Ledger.Effects);
    }

    [Fact]
    public async Task Approve_SameCodeTwice_CountsOnce()
    {
        await using var world = await Ready();
        var call = await world.AskAsync();
        var code = world.Code();
        Assert.Equal(0, (await world.RunAsync("stop", "--all", "--reason", "drill")).ExitCode);
        Assert.Equal(0, (await world.RunAsync("resume", "--all", "--as", "rita@acme.example", "--code", code)).ExitCode);

        var again = await world.RunAsync("approvals", "approve", call.Id, "--as", "rita@acme.example", "--code", code, "--digest", call.Approval!.Digest);

        Assert.Equal((1, "This code was used before. Wait for the next one; no code counts twice.\n"), (again.ExitCode, again.Error));
    }

    [Fact]
    public async Task Deny_ByAnApprover_EndsIt()
    {
        await using var world = await Ready();
        var call = await world.AskAsync();

        var denied = await world.RunAsync("approvals", "deny", call.Id, "--as", "rita@acme.example", "--code", world.Code(), "--digest", call.Approval!.Digest, "--reason", "not agreed");

        Assert.EndsWith("Denied; nothing is done.\n", denied.Out, StringComparison.Ordinal);
        Assert.Contains(": \"not agreed\"", (await world.RunAsync("calls", "show", call.Id)).Out, StringComparison.Ordinal);
        Assert.Equal("Nothing waits for a decision.\n", (await world.RunAsync("approvals", "list")).Out);
    }

    [Fact]
    public async Task Approve_ByTheRequester_IsRefused()
    {
        await using var world = await Ready();
        var other = await world.RunAsync(
            "approvers", "add", "mia@acme.example", "--name", "Mia", "--group", "desk", "--as", "rita@acme.example", "--code", world.Code(), "--json");
        Assert.Equal(0, other.ExitCode);
        var call = await world.AskAsync("rita@acme.example");

        var ran = await world.RunAsync("approvals", "approve", call.Id, "--as", "rita@acme.example", "--code", world.Code(), "--digest", call.Approval!.Digest, "--json");

        Assert.Equal((1, "is_requester"), (ran.ExitCode, ran.Json["error"]!["code"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Revoke_WhatWaits_IsOnRecord_AndInTheStats()
    {
        await using var world = await Ready();
        var call = await world.AskAsync();

        var revoked = await world.RunAsync("approvals", "revoke", call.Id, "--as", "rita@acme.example", "--code", world.Code(), "--reason", "not this one");

        Assert.Equal((0, "Taken back; nothing is done.\n"), (revoked.ExitCode, revoked.Out));
        Assert.Equal("Nothing waits for a decision.\n", (await world.RunAsync("approvals", "list")).Out);
        Assert.Contains($"cancelled  suspend_user  okta        {CliWorld.Somebody}  nobody", (await world.RunAsync("approvals", "list", "--all")).Out, StringComparison.Ordinal);
        var card = await world.RunAsync("approvals", "show", call.Id);
        Assert.Contains("taken back  by \"rita@acme.example\" at", card.Out, StringComparison.Ordinal);
        Assert.Contains("SAID BY THE CALLER, perhaps by a language model; nobody has checked it\n  reason = \"left the company\"\n", card.Out, StringComparison.Ordinal);
        var stats = await world.RunAsync("approvals", "stats", "--json");
        Assert.Equal((1, 1), (stats.Json["gated"]!.GetValue<int>(), stats.Json["withdrawn"]!.GetValue<int>()));
        Assert.StartsWith("Of the last 30 days: 1 calls that change something, 1 of them asked about (100.0 %).\n", (await world.RunAsync("approvals", "stats")).Out, StringComparison.Ordinal);
    }

    private static async Task<CliWorld> Ready()
    {
        var world = await CliWorld.StartAsync();
        await world.EnrolFirstAsync();
        await world.RegisterCallerAsync();
        return world;
    }

    private static Task<CallRecord> EndOf(CliWorld world, string call, CallState state) => Support.Eventually.Is(
        async () => (await world.Get<CallDesk>().FindAsync(call, CancellationToken.None))!, found => found.State == state);
}
