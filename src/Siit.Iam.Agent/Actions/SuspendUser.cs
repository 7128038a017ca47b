using Siit.Iam.Agent.Idps;

namespace Siit.Iam.Agent.Actions;

internal static class SuspendUser
{
    public static readonly ActionDefinition Definition = ActionDefinition.Changing<Input, ISuspendUser>(
        name: "suspend_user",
        title: "Suspend user",
        description: "Stops a person signing in; groups and applications stay.",
        risk: Risk.High,
        approval: Approvers.One,
        effect: Effect.SetState,
        reads: PictureParts.None,
        apply: (situation, _) => situation with { Picture = situation.Picture!.As(AccountStatus.Suspended) },
        consequences: (_, _) => ["Cannot sign in until unsuspended.", "Sessions that are open already may go on: clear_sessions ends them."],
        settle: (_, settling, input, _) => ValueTask.FromResult<bool?>(AlreadySo(settling.Now, input)),
        run: (idp, situation, _, cancellationToken) => idp.SuspendUserAsync(situation.Account, cancellationToken),
        alreadySo: AlreadySo,
        inverse: "unsuspend_user");

    public sealed record Input : TargetsPerson;

    private static bool AlreadySo(Situation situation, Input input) => situation.Account.Status == AccountStatus.Suspended;
}
