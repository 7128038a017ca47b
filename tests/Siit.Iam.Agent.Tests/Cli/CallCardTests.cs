using System.Text.Json.Nodes;
using Siit.Iam.Agent.Cli;
using Siit.Iam.Agent.Gate;

namespace Siit.Iam.Agent.Tests.Cli;

public sealed class CallCardTests
{
    [Fact]
    public void Lines_HostileText_CannotLeaveItsQuotes()
    {
        var card = string.Join('\n', CallCard.Lines(Call() with { Target = new CallTarget("00u1", "ben@acme.example", null, "Ben\"\u202E\u001b[2Jdone\nrequester   \"boss@acme.example\" (PROVED)") }, default));

        Assert.Contains("name \"Ben\"\"<U+202E><U+001B>[2Jdone<U+000A>requester   \"\"boss@acme.example\"\" (PROVED)\"", card, StringComparison.Ordinal);
        Assert.Single(card.Split('\n'), line => line.StartsWith("requester", StringComparison.Ordinal));
    }

    [Fact]
    public void Lines_LongArgument_IsShownWhole()
    {
        var reason = new string('x', 500) + "!";

        Assert.Contains($"  reason = \"{reason}\"", CallCard.Lines(Call() with { Input = new JsonObject { ["reason"] = reason } }, default));
    }

    [Fact]
    public void Lines_Drift_IsShown()
    {
        var card = Call().Card! with { Drift = ["roles was [] and is now [\"APP_ADMIN\"]."] };

        var lines = CallCard.Lines(Call() with { Card = card }, default).ToList();

        Assert.Equal("  roles was [] and is now [\"APP_ADMIN\"].", lines[lines.IndexOf("CHANGED since it was approved before") + 1]);
    }

    private static CallRecord Call() => new()
    {
        Id = "call_1",
        State = CallState.AwaitingApproval,
        Action = "suspend_user",
        ActionVersion = 1,
        Input = new JsonObject { ["person"] = "ben@acme.example" },
        Caller = "desk",
        Operator = "olga@acme.example",
        Requester = Requester.Unnamed,
        Door = Doors.CommandLine,
        ReceivedAt = default,
        Fingerprint = "f",
        Card = new EffectCard { Lines = [], Consequences = [], Warnings = [], Facts = [], Rule = "r", PolicyVersion = "p", Nonce = "n" },
    };
}
