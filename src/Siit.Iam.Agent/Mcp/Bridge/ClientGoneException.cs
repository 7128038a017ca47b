namespace Siit.Iam.Agent.Mcp;

/// <summary>The client does not read its server's output any more.</summary>
internal sealed class ClientGoneException(Exception inner) : Exception("The client has gone.", inner);
