using System.CommandLine;

namespace Siit.Iam.Agent.Cli;

/// <summary><c>serve</c>.</summary>
internal static class ServeVerb
{
    public static Command Create(Verbs verbs)
    {
        var config = new Option<string?>("--config") { Description = "The settings, when they are not siit-iam.json in the data folder.", HelpName = "FILE" };
        return verbs.Create(
            "serve",
            "Run the server: the only process that opens the data folder, holds the IdPs' credentials and talks to them.",
            (invocation, cancellationToken) => invocation.Surroundings.Product.ServeAsync(
                new ServeRequest(invocation.Data, invocation.Get(config), invocation.Surroundings.Environment), invocation.Terminal, cancellationToken),
            config);
    }
}
