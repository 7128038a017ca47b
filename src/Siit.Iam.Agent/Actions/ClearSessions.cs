using Siit.Iam.Agent.Idps;

namespace Siit.Iam.Agent.Actions;

internal static class ClearSessions
{
    public static readonly ActionDefinition Definition = ActionDefinition.Changing<Input, IClearSessions>(
        name: "clear_sessions",
        title: "Clear sessions",
        description: "Signs a person out everywhere at the IdP; signing in again is possible.",
        risk: Risk.Low,
        approval: Approvers.None,
        effect: Effect.Repeatable,
        reads: PictureParts.None,
        apply: (situation, _) => situation,
        consequences: (_, _) => ["Is signed out at the IdP; sessions inside applications may go on until they end."],
        settle: async (idp, settling, _, cancellationToken) => await idp.WereSessionsClearedAsync(settling.Now.Account, settling.Since, cancellationToken),
        run: (idp, situation, _, cancellationToken) => idp.ClearSessionsAsync(situation.Account, cancellationToken),
        alreadySo: (_, _) => false);

    public sealed record Input : TargetsPerson;
}
