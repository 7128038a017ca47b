using Siit.Iam.Agent.Mcp;

namespace Siit.Iam.Agent.Tests.Mcp;

public sealed class BridgeSettingsTests
{
    public static TheoryData<string, string?, string?, string, string?> Environments => new()
    {
        { "socket", null, "t", "/data/callers.sock", null },
        { "address", "http://127.0.0.1:7100", "t", "http://127.0.0.1:7100/mcp", null },
        { "address with path", "https://iam.acme.example/agents/mcp", "t", "https://iam.acme.example/agents/mcp", null },
        { "token over the open network", "http://iam.acme.example", "t", "/data/callers.sock", "must be https" },
        { "no address", "iam.acme.example:7100", "t", "/data/callers.sock", "must be an address" },
        { "no token", null, null, "/data/callers.sock", "SIIT_IAM_TOKEN is not set" },
        { "blank token", null, "  ", "/data/callers.sock", "SIIT_IAM_TOKEN is not set" },
        { "token with a line in it", null, "a\nb", "/data/callers.sock", "holds characters" },
    };

    [Theory]
    [MemberData(nameof(Environments))]
    public void From_AnEnvironment_TellsWhereAndWhatIsWrong(string story, string? address, string? token, string where, string? problem)
    {
        var settings = BridgeSettings.From(name => name switch
        {
            BridgeSettings.AddressVariable => address,
            BridgeSettings.TokenVariable => token,
            _ => null,
        }, "/data");

        Assert.Equal((story, where), (story, settings.Where));
        if (problem is null)
            Assert.Null(settings.Problem);
        else
            Assert.Contains(problem, settings.Problem, StringComparison.Ordinal);
    }
}
