using Siit.Iam.Agent.Secrets;

namespace Siit.Iam.Agent.Cli.Door;

/// <summary>The key that seals. Open to every operator: it gives nobody anything, and the key's file is theirs anyway.</summary>
internal sealed class SecretRoutes(KeyRotation rotation) : IDoorRoutes
{
    public IEnumerable<DoorRoute> Routes =>
        [DoorRoute.Post("/secrets/rotate", async request => DoorAnswer.Of(WireJson.Node(await rotation.RotateAsync(request.Operator, request.Aborted))))];
}
