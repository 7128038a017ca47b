using Siit.Iam.Agent.Idps;

namespace Siit.Iam.Agent.Actions;

internal static class UnsuspendUser
{
    public static readonly ActionDefinition Definition = ActionDefinition.Changing<Input, IUnsuspendUser>(
        name: "unsuspend_user",
        title: "Unsuspend user",
        description: "Lets a suspended person sign in again.",
        risk: Risk.Medium,
        approval: Approvers.One,
        effect: Effect.SetState,
        reads: PictureParts.None,
        apply: (situation, _) => situation with { Picture = situation.Picture!.As(AccountStatus.Active) },
        consequences: (_, _) => ["Can sign in again with everything the account had."],
        settle: (_, settling, input, _) => ValueTask.FromResult<bool?>(AlreadySo(settling.Now, input)),
        run: (idp, situation, _, cancellationToken) => idp.UnsuspendUserAsync(situation.Account, cancellationToken),
        alreadySo: AlreadySo,
        inverse: "suspend_user");

    public sealed record Input : TargetsPerson;

    private static bool AlreadySo(Situation situation, Input input) => situation.Account.Status == AccountStatus.Active;
}
