using Siit.Iam.Agent.Idps;

namespace Siit.Iam.Agent.Actions;

internal static class RevokeGrants
{
    public static readonly ActionDefinition Definition = ActionDefinition.Changing<Input, IRevokeGrants>(
        name: "revoke_grants",
        title: "Revoke grants",
        description: "Takes back what third-party applications may do in a person's name.",
        risk: Risk.Medium,
        approval: Approvers.One,
        effect: Effect.SetState,
        reads: PictureParts.Grants,
        apply: (situation, _) => situation with { Picture = situation.Picture! with { Grants = [] } },
        consequences: (_, _) => [],
        settle: (_, settling, input, _) => ValueTask.FromResult<bool?>(AlreadySo(settling.Now, input)),
        run: (idp, situation, _, cancellationToken) => idp.RevokeGrantsAsync(situation.Account, cancellationToken),
        alreadySo: AlreadySo);

    public sealed record Input : TargetsPerson;

    private static bool AlreadySo(Situation situation, Input input) => situation.Picture!.Grants!.Count == 0;
}
