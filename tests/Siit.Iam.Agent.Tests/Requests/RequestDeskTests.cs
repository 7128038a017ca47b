using System.Text.Json.Nodes;
using Siit.Iam.Agent.Requests;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.Requests;

public sealed class RequestDeskTests
{
    [Fact]
    public async Task Timeline_OfARequest_ShowsWhatWasAskedDecidedAndDone()
    {
        await using var world = await GateWorld.StartAsync();
        var desk = world.Get<RequestDesk>();
        var approver = await world.ApproverAsync("dana@acme.example");
        var (request, _) = await desk.SubmitAsync("REQ-812", "ana@acme.example", "I lost my phone\u202e", CancellationToken.None);
        var asked = await world.CallAsync(await world.CallerAsync(), "reset_mfa", new JsonObject { ["person"] = "ana@acme.example", ["request"] = "REQ-812" });
        await world.DecideAsync(asked.Call!, approver);
        await world.EndAsync(asked.Call!);
        await desk.NoteAsync("run_1/tell", "REQ-812", "Told Ana.", "run_1", CancellationToken.None);
        await desk.NoteAsync("run_1/tell", "REQ-812", "Told Ana.", "run_1", CancellationToken.None);

        var timeline = await desk.TimelineAsync(request!.Id, CancellationToken.None);

        Assert.Equal(["submitted", "call", "decision", "call", "message"], timeline.Select(entry => entry.What));
        Assert.Contains("<U+202E>", timeline[0].Text, StringComparison.Ordinal);
        Assert.Contains("dana@acme.example", timeline[2].Text, StringComparison.Ordinal);
        Assert.StartsWith("succeeded", timeline[3].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Submit_WithEverythingWrong_TellsAllAtOnce()
    {
        await using var world = await GateWorld.StartAsync();

        var (request, problems) = await world.Get<RequestDesk>().SubmitAsync("../x", "ana", " ", CancellationToken.None);

        Assert.Null(request);
        Assert.Equal(3, problems.Count);
    }

    [Fact]
    public async Task Submit_TheSameIdAgain_IsRefused()
    {
        await using var world = await GateWorld.StartAsync();
        var desk = world.Get<RequestDesk>();
        await desk.SubmitAsync("REQ-1", "ana@acme.example", "one", CancellationToken.None);

        Assert.Single((await desk.SubmitAsync("REQ-1", "ben@acme.example", "two", CancellationToken.None)).Problems);
    }
}
