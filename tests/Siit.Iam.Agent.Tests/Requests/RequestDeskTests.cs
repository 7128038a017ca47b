using System.Text.Json.Nodes;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Requests;
using Siit.Iam.Agent.Store;
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
    public async Task Timeline_FloodedWithRefusedCalls_StillShowsWhatWasDoneAfterwards()
    {
        await using var world = await GateWorld.StartAsync();
        var caller = await world.CallerAsync();
        var refused = await world.CallAsync(caller, "clear_sessions", new JsonObject { ["person"] = "nobody@acme.example", ["request"] = "REQ-1" });
        var one = (await world.Store.GetAsync<CallRecord>(refused.Call!))!;
        Assert.True((await world.Store.CommitAsync([.. Enumerable.Range(0, 600).Select(i => Change.Create(one with { Id = $"{one.Id}_{i:000}", Version = 0 }))])).Done);

        var done = await world.CallAsync(caller, "clear_sessions", new JsonObject { ["person"] = "ben@acme.example", ["request"] = "REQ-1" });

        Assert.Contains(await world.Get<RequestDesk>().TimelineAsync("REQ-1", CancellationToken.None), entry => entry.Call == done.Call);
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
