using Siit.Iam.Agent.Idps;

namespace Siit.Iam.Agent.Actions;

internal static class ResetPassword
{
    public static readonly ActionDefinition Definition = ActionDefinition.Changing<Input, IResetPassword>(
        name: "reset_password",
        title: "Reset password",
        description: "Mails a reset link (link), gets the person a one-time password (temporary), or forces a change (expire).",
        risk: Risk.High,
        approval: Approvers.One,
        effect: Effect.OneWay,
        reads: PictureParts.None,
        apply: (situation, _) => situation,
        consequences: Consequences,
        settle: (idp, settling, input, _) => ValueTask.FromResult(idp.Shows(input.Mode) ? Settle(settling) : null),
        run: (idp, situation, input, cancellationToken) => idp.ResetPasswordAsync(situation.Account, input.Mode, cancellationToken),
        // Who does not know the old password gets nowhere by its expiry.
        handsOutAWayIn: input => input.Mode != Idps.PasswordMode.Expire,
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
        PasswordMode.Temporary => ["The old password ends at once. The person alone gets the new one, which must be changed at the first sign-in."],
        _ => ["The old password works once more and must then be changed."],
    };

    /// <summary>The vendor's status and the time it changed tell; a password changed since by the person himself cannot be told apart.</summary>
    private static bool? Settle(Settling settling)
    {
        var (before, now) = (settling.Before.Account, settling.Now.Account);
        if (settling.Now.PasswordMode == Idps.PasswordMode.Temporary)
            return IsReplaced(before, now);
        // Where the IdP says whether a change is due, that is the answer; a password changed since may have been that very change.
        if (settling.Now.PasswordMode == Idps.PasswordMode.Expire && now.PasswordChangeDue is { } due)
            return due ? true : now.PasswordChangedAt == before.PasswordChangedAt && now.LastSignInAt == before.LastSignInAt ? false : null;
        if (now.VendorStatus == before.VendorStatus && now.StatusChangedAt == before.StatusChangedAt && now.PasswordChangedAt == before.PasswordChangedAt)
            return false;
        return now.StatusChangedAt > before.StatusChangedAt && now.PasswordChangedAt == before.PasswordChangedAt ? true : null;
    }

    /// <summary>A new password that is due for a change is ours; one that is not was changed by the person since, or by somebody else.</summary>
    private static bool? IsReplaced(Account before, Account now)
    {
        if (now.PasswordChangedAt is { } changed && changed != before.PasswordChangedAt)
            return now.PasswordChangeDue == false ? null : true;
        if (now.PasswordChangedAt is not null || now.StatusChangedAt is not null)
            return now.StatusChangedAt > before.StatusChangedAt ? true : false;
        // No time of the password: only whether a change is due tells, and that may have been so before.
        return (before.PasswordChangeDue, now.PasswordChangeDue) switch
        {
            (not true, true) => true,
            (true, true) => null,
            _ => now.LastSignInAt == before.LastSignInAt ? false : null,
        };
    }
}
