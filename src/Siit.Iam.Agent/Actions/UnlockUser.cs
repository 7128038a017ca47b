using Siit.Iam.Agent.Idps;

namespace Siit.Iam.Agent.Actions;

internal static class UnlockUser
{
    public static readonly ActionDefinition Definition = ActionDefinition.Changing<Input, IUnlockUser>(
        name: "unlock_user",
        title: "Unlock user",
        description: "Unlocks an account locked by failed sign-ins; the password stays.",
        risk: Risk.Low,
        approval: Approvers.None,
        effect: Effect.SetState,
        reads: PictureParts.None,
        apply: (situation, _) => situation with { Picture = situation.Picture!.As(AccountStatus.Active) },
        consequences: (_, _) => [],
        settle: (_, settling, input, _) => ValueTask.FromResult<bool?>(AlreadySo(settling.Now, input)),
        run: (idp, situation, _, cancellationToken) => idp.UnlockUserAsync(situation.Account, cancellationToken),
        alreadySo: AlreadySo);

    public sealed record Input : TargetsPerson;

    private static bool AlreadySo(Situation situation, Input input) => situation.Account.Status == AccountStatus.Active;
}
