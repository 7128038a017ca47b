using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Idps;

namespace Siit.Iam.Agent.Tests.Support;

/// <summary>Asks an IdP for everything that the gate asks it for in one action, to see whether the credential's rights suffice.</summary>
internal static class ActionPractice
{
    /// <summary>What an action was not allowed to do; null when it was allowed everything, whatever else the IdP said.</summary>
    public static async Task<IdpException?> RefusalAsync(IIdpConnection idp, string action, string accountId, string email, string groupId, string? applicationId)
    {
        try
        {
            await DoAsync(idp, action, accountId, email, groupId, applicationId, CancellationToken.None);
        }
        catch (IdpException trouble)
        {
            return trouble.Trouble == IdpTrouble.NotAllowed ? trouble : null;
        }
        return null;
    }

    private static async Task DoAsync(IIdpConnection idp, string action, string accountId, string email, string groupId, string? applicationId, CancellationToken ct)
    {
        switch (action)
        {
            case "find_person":
                await idp.FindAccountsAsync(email, ct);
                await idp.GetPictureAsync(accountId, PictureParts.Groups | PictureParts.Applications | PictureParts.Roles | PictureParts.Factors, ct);
                return;
            case "find_group": await idp.FindGroupsAsync(null, 5, null, ct); return;
            case "find_application": await idp.FindApplicationsAsync(null, 5, null, ct); return;
            case "list_members": await idp.ListMembersAsync(groupId, 5, null, ct); return;
            case "list_events": await idp.ListEventsAsync(accountId, TimeProvider.System.GetUtcNow() - TimeSpan.FromDays(1), 5, null, ct); return;
        }

        await idp.FindAccountsAsync(email, ct);
        var account = (await idp.GetPictureAsync(accountId, ActionCatalog.Find(action)!.Write!.Reads | PictureParts.Roles, ct)).Account;
        var group = action.EndsWith("_group", StringComparison.Ordinal) ? (await idp.GetGroupAsync(groupId, ct)).Group : null;
        var application = action.EndsWith("_application", StringComparison.Ordinal) ? await idp.GetApplicationAsync(applicationId!, ct) : null;
        await (action switch
        {
            "add_application" => ((IAddApplication)idp).AddApplicationAsync(account, application!, ct),
            "add_to_group" => ((IAddToGroup)idp).AddToGroupAsync(account, group!, ct),
            "clear_sessions" => ((IClearSessions)idp).ClearSessionsAsync(account, ct),
            "create_user" => ((ICreateUser)idp).CreateUserAsync(new NewUser("new.person@acme.example", "New", "Person", null, null, null), ct),
            "deactivate_user" => ((IDeactivateUser)idp).DeactivateUserAsync(account, ct),
            "remove_application" => ((IRemoveApplication)idp).RemoveApplicationAsync(account, application!, ct),
            "remove_from_group" => ((IRemoveFromGroup)idp).RemoveFromGroupAsync(account, group!, ct),
            "reset_mfa" => ((IResetMfa)idp).ResetMfaAsync(account, null, ct),
            "reset_password" => ((IResetPassword)idp).ResetPasswordAsync(account, PasswordMode.Expire, ct),
            "revoke_grants" => ((IRevokeGrants)idp).RevokeGrantsAsync(account, ct),
            "suspend_user" => ((ISuspendUser)idp).SuspendUserAsync(account, ct),
            "unlock_user" => ((IUnlockUser)idp).UnlockUserAsync(account, ct),
            "unsuspend_user" => ((IUnsuspendUser)idp).UnsuspendUserAsync(account, ct),
            "update_user" => ((IUpdateUser)idp).UpdateUserAsync(account, new ProfileChange(null, null, null, "Clerk", null), ct),
            _ => throw new ArgumentOutOfRangeException(nameof(action), action, null),
        });
        if (action == "clear_sessions") await ((IClearSessions)idp).WereSessionsClearedAsync(account, TimeProvider.System.GetUtcNow() - TimeSpan.FromMinutes(1), ct);
    }
}
