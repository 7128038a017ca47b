using Siit.Iam.Agent.Audit;

namespace Siit.Iam.Agent.Tests.Playbooks.Runs;

public sealed class RunStartsTests
{
    [Theory]
    [InlineData(500, "")]
    [InlineData(3, "\n")]
    public async Task Request_ThatCannotBeAnId_StartsNothing(int length, string tail)
    {
        await using var world = await RunWorld.StartAsync();
        await world.Gate.ApproverAsync("dana@acme.example");
        var inputs = RunWorld.Person("ana@acme.example");
        inputs["because"] = "lost";

        var answer = await world.RunAsync(await world.Gate.CallerAsync(), "reset-mfa", inputs, request: new string('x', length) + tail);

        Assert.Equal("invalid_input", answer.Code);
        Assert.DoesNotContain(world.Gate.Audit(), entry => entry.Kind == AuditKinds.RunStarted);
    }
}
