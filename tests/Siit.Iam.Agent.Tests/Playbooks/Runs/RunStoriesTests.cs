using System.Text.Json.Nodes;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Playbooks.Runs;
using Siit.Iam.Agent.Playbooks.Runs.Telling;
using Siit.Iam.Agent.Requests;
using Siit.Iam.Agent.Tests.Playbooks.Agents;
using Siit.Iam.Agent.Tests.Support;
using Siit.Iam.Emulator.Model;

namespace Siit.Iam.Agent.Tests.Playbooks.Runs;

/// <summary>What is told of a run: in order, with the values that decided and the people who agreed.</summary>
public sealed class RunStoriesTests
{
    [Fact]
    public async Task Story_OfAnApprovedTriage_SaysWhatWasReadDecidedAgreedAndDone()
    {
        await using var world = await RunWorld.StartAsync(ModelScripts.Turns(ModelReply.Json(new JsonObject { ["action"] = "reset_mfa", ["why"] = "The phone is lost." })));
        var approver = await world.Gate.ApproverAsync("dana@acme.example");
        var (request, _) = await world.Gate.Get<RequestDesk>().SubmitAsync("REQ-1", "ana@acme.example", "I lost my phone\u202e", CancellationToken.None);
        var started = await world.RunAsync(await world.Gate.CallerAsync(), "triage-request", new JsonObject { ["request"] = request!.Id, ["connection"] = "okta" });
        await world.DriveAsync(started.Run!, approver);

        var story = (await world.Gate.Get<RunStories>().OfAsync(started.Run!, CancellationToken.None))!;
        var told = story.Select(sentence => $"{sentence.Path} {sentence.Text}").ToList();

        AssertInOrder(
            told,
            "at the wish of ana@acme.example, which is claimed. Playbook triage-request 1.0.0",
            " Inputs: request = { id = \"REQ-1\", text = \"I lost my phone<U+202E>\", requester = \"ana@acme.example\" }, connection = \"okta\".",
            "/known Holds: has(input.request.requester). It read: input.request.requester = \"ana@acme.example\".",
            "/found Find person: read. It tells: ",
            "/one Holds: size(steps.found.accounts) == 1. It read: steps.found.accounts has 1 item.",
            "The model proposed: action = \"reset_mfa\", why = \"The phone is lost.\".",
            "/act Takes the branch steps.triage.action == 'reset_mfa'. It read: steps.triage.action = \"reset_mfa\".",
            "/act/agreeMfa dana@acme.example approved the plan",
            "/act/agreeMfa Approved by dana@acme.example.",
            "/act/resetMfa Asks for reset_mfa of ana@acme.example. With person = \"ana@acme.example\", connection = \"okta\"",
            " Ended as ");
        Assert.DoesNotContain(told, sentence => sentence.Contains('\u202e', StringComparison.Ordinal));
        Assert.Equal(story.OrderBy(sentence => sentence.At).Select(sentence => sentence.At), story.Select(sentence => sentence.At));
    }

    [Fact]
    public async Task Story_OfARefusedRun_SaysWhichValueRefused()
    {
        await using var world = await RunWorld.StartAsync(playbook: """
            schema: playbook/v1
            id: own
            version: 1.0.0
            title: A test
            owner: group:it-identity
            inputs:
              person: { type: Person }
              days: { type: int, default: 3 }
            policy:
              tools: [clear_sessions]
              targets: { person: person == input.person }
              limits: { people: 1, writes: 1 }
            steps:
              - id: enough
                require: input.days > 7 && input.person != 'root@acme.example'
                message: "${string(input.days)} days are too few"
              - id: clear
                do: clear_sessions
                with: { person: =input.person }
                undo: none
                because: A test
            """);
        var run = (await world.RunAsync(await world.Gate.CallerAsync(), "own", new JsonObject { ["person"] = "ben@acme.example" })).Run!;
        await world.EndAsync(run);

        var told = (await world.Gate.Get<RunStories>().OfAsync(run, CancellationToken.None))!.Select(sentence => sentence.Text).ToList();

        AssertInOrder(
            told,
            "Does not hold: input.days > 7 && input.person != 'root@acme.example': the run ends as refused. \"3 days are too few\". It read: input.days = 3, input.person = \"ben@acme.example\".",
            "Ended as refused (require). 3 days are too few");
    }

    [Fact]
    public async Task Story_OfNoRun_IsNull()
    {
        await using var world = await RunWorld.StartAsync();

        Assert.Null(await world.Gate.Get<RunStories>().OfAsync("run_x", CancellationToken.None));
    }

    private static void AssertInOrder(IReadOnlyList<string> told, params string[] wanted)
    {
        var at = 0;
        foreach (var one in wanted)
        {
            var found = told.Skip(at).ToList().FindIndex(sentence => sentence.Contains(one, StringComparison.Ordinal));
            Assert.True(found >= 0, $"Not told, or not in its order: {one}\n{string.Join('\n', told)}");
            at += found + 1;
        }
    }
}
