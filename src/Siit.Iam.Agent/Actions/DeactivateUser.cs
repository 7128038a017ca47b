using Siit.Iam.Agent.Idps;

namespace Siit.Iam.Agent.Actions;

internal static class DeactivateUser
{
    public static readonly ActionDefinition Definition = ActionDefinition.Changing<Input, IDeactivateUser>(
        name: "deactivate_user",
        title: "Deactivate user",
        description: "Ends an account: no sign-in, all applications taken away. Not undone by activating.",
        risk: Risk.High,
        approval: Approvers.Two,
        effect: Effect.SetState,
        reads: PictureParts.Applications,
        apply: (situation, _) => situation with { Picture = situation.Picture!.As(AccountStatus.Deprovisioned) with { Applications = [] } },
        consequences: (_, _) => ["The applications deprovision their own accounts; that cannot be undone from here."],
        settle: (_, settling, input, _) => ValueTask.FromResult<bool?>(AlreadySo(settling.Now, input)),
        run: (idp, situation, _, cancellationToken) => idp.DeactivateUserAsync(situation.Account, cancellationToken),
        alreadySo: AlreadySo);

    public sealed record Input : TargetsPerson;

    private static bool AlreadySo(Situation situation, Input input) => situation.Account.Status == AccountStatus.Deprovisioned;
}
