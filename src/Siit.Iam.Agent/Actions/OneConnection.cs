using Siit.Iam.Agent.Idps;

namespace Siit.Iam.Agent.Actions;

/// <summary>For reads whose ids and cursors belong to one connection.</summary>
internal static class OneConnection
{
    /// <exception cref="InputException">Several connections are possible.</exception>
    public static IIdpConnection Of(IReadOnlyList<IIdpConnection> connections) => connections.Count == 1
        ? connections[0]
        : throw new InputException($"Say which connection is meant: {string.Join(", ", connections.Select(connection => connection.Name))}.");
}

/// <summary>The input cannot be used as it is; the message is for the caller.</summary>
internal sealed class InputException(string message) : Exception(message);
