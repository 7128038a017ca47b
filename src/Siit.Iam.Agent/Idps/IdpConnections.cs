namespace Siit.Iam.Agent.Idps;

/// <summary>Every configured connection. Held by the gate's executor and by the directory's sync, and by nobody else.</summary>
internal sealed class IdpConnections(IReadOnlyList<IIdpConnection> all)
{
    public IReadOnlyList<IIdpConnection> All { get; } = all;

    public IIdpConnection? Find(string name) => All.FirstOrDefault(connection => connection.Name == name);
}
