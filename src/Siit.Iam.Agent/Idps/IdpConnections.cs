namespace Siit.Iam.Agent.Idps;

/// <summary>Every configured connection. Held by the gate (its executor changes, its proofs read and ask) and by the directory's sync, and by nobody else.</summary>
internal sealed class IdpConnections(IReadOnlyList<IIdpConnection> all)
{
    public IReadOnlyList<IIdpConnection> All { get; } = all;

    public IIdpConnection? Find(string name) => All.FirstOrDefault(connection => connection.Name == name);
}
