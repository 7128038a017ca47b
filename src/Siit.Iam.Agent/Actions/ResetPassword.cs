using Siit.Iam.Agent.Idps;

namespace Siit.Iam.Agent.Actions;

internal static class ResetPassword
{
    public static readonly ActionDefinition Definition = ActionDefinition.Changing<Input, IResetPassword>(
        name: "reset_password",
        title: "Reset password",
        description: "Mails a reset link (link), or makes the person change the password at the next sign-in (expire).",
        risk: Risk.High,
        approval: Approvers.One,
        effect: Effect.OneWay,
        reads: PictureParts.None,
        apply: (situation, _) => situation,
        consequences: Consequences,
        settle: (idp, settling, input, _) => ValueTask.FromResult(idp.Shows(input.Mode) ? Settle(settling) : null),
        run: (idp, situation, input, cancellationToken) => idp.ResetPasswordAsync(situation.Account, input.Mode, cancellationToken),
        alreadySo: (situation, input) => input.Mode == Idps.PasswordMode.Expire && situation.Account.PasswordChangeDue == true,
        unsupported: (idp, input) => idp.PasswordModes.Contains(input.Mode)
            ? null
            : $"This IdP has no password reset of the kind '{input.Mode.ToString().ToLowerInvariant()}'; it has {string.Join(", ", idp.PasswordModes).ToLowerInvariant()}.");

    public sealed record Input : TargetsPerson
    {
        public required PasswordMode Mode { get; init; }

        internal override PasswordMode? PasswordMode => Mode;
    }

    private static IEnumerable<string> Consequences(Situation situation, Input input) => input.Mode switch
    {
        PasswordMode.Link => ["The IdP mails a reset link to the person; nobody else sees it."],
        _ => ["The old password works once more and must then be changed."],
    };

    /// <summary>The vendor's status and the time it changed tell; a password changed since by the person himself cannot be told apart.</summary>
    private static bool? Settle(Settling settling)
    {
        var (before, now) = (settling.Before.Account, settling.Now.Account);
        // Where the IdP says whether a change is due, that is the answer; a password changed since may have been that very change.
        if (settling.Now.PasswordMode == Idps.PasswordMode.Expire && now.PasswordChangeDue is { } due)
            return due ? true : now.PasswordChangedAt == before.PasswordChangedAt && now.LastSignInAt == before.LastSignInAt ? false : null;
        if (now.VendorStatus == before.VendorStatus && now.StatusChangedAt == before.StatusChangedAt && now.PasswordChangedAt == before.PasswordChangedAt)
            return false;
        return now.StatusChangedAt > before.StatusChangedAt && now.PasswordChangedAt == before.PasswordChangedAt ? true : null;
    }
}
