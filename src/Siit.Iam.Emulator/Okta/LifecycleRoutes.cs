using System.Text.Json.Nodes;

namespace Siit.Iam.Emulator.Okta;

/// <summary>The states of an account and the ways between them, each with the refusal that Okta documents.</summary>
internal static class LifecycleRoutes
{
    public static bool MayResetPassword(OktaUser user) => user.Status is "ACTIVE" or "RECOVERY" or "PASSWORD_EXPIRED" or "LOCKED_OUT" or "PROVISIONED";

    public static OktaAnswer Activate(OktaRequest request)
    {
        var user = Changeable(request);
        if (user.Status is not ("STAGED" or "DEPROVISIONED")) throw OktaErrors.AlreadyActive();
        var apps = request.State.AppsOf(user);
        Move(request, user with { Activated = request.Now }, user.HasPassword ? "ACTIVE" : "PROVISIONED");
        request.Event("user.lifecycle.activate", "Activate Okta user", user.Target());
        Membership.AppsFollow(request, request.State.Users[user.Id], apps);
        request.Effect("user.activate", null, user.Id);
        return Token(request, user);
    }

    public static OktaAnswer Reactivate(OktaRequest request)
    {
        var user = Changeable(request);
        if (user.Status is not ("PROVISIONED" or "RECOVERY")) throw OktaErrors.WrongStatus();
        Move(request, user, "PROVISIONED");
        request.Event("user.lifecycle.reactivate", "Reactivate Okta user", user.Target());
        request.Effect("user.reactivate", null, user.Id);
        return Token(request, user);
    }

    public static OktaAnswer Deactivate(OktaRequest request)
    {
        var user = Changeable(request);
        if (user.Status == "DEPROVISIONED") throw OktaErrors.WrongStatus();
        Deactivate(request, user);
        return OktaAnswer.Empty;
    }

    /// <summary>Takes every application away, and with the account what hung on it.</summary>
    public static void Deactivate(OktaRequest request, OktaUser user)
    {
        var apps = request.State.Apps.Values.Where(a => request.State.IsAssigned(a, user)).ToList();
        foreach (var app in apps)
        {
            request.State = request.State.With(app with { Users = app.Users.Remove(user.Id) });
            request.Event("application.user_membership.remove", "Remove user's application membership", user.AppUser(), app.Target(), user.Target());
        }

        Move(request, user with { Sessions = [], Grants = [], Tokens = [], HasPassword = false, Factors = [] }, "DEPROVISIONED");
        request.Event("user.lifecycle.deactivate", "Deactivate Okta user", user.Target());
        request.Effect("user.deactivate", null, user.Id);
    }

    public static OktaAnswer Suspend(OktaRequest request)
    {
        var user = Changeable(request);
        if (user.Status != "ACTIVE") throw OktaErrors.Invalid("Cannot suspend a user that is not active");
        Move(request, user, "SUSPENDED");
        request.Event("user.lifecycle.suspend", "Suspend Okta user", user.Target());
        request.Effect("user.suspend", null, user.Id);
        return OktaAnswer.Empty;
    }

    public static OktaAnswer Unsuspend(OktaRequest request)
    {
        var user = Changeable(request);
        if (user.Status != "SUSPENDED") throw OktaErrors.Invalid("Cannot unsuspend a user that is not suspended");
        Move(request, user, "ACTIVE");
        request.Event("user.lifecycle.unsuspend", "Unsuspend Okta user", user.Target());
        request.Effect("user.unsuspend", null, user.Id);
        return OktaAnswer.Empty;
    }

    public static OktaAnswer Unlock(OktaRequest request)
    {
        var user = Changeable(request);
        if (user.Status != "LOCKED_OUT") throw OktaErrors.WrongStatus();
        Move(request, user, "ACTIVE");
        request.Event("user.account.unlock_by_admin", "Unlock user account by admin", user.Target());
        request.Effect("user.unlock", null, user.Id);
        return OktaAnswer.Empty;
    }

    public static OktaAnswer ResetPassword(OktaRequest request)
    {
        if (request.Query("sendEmail") is null) throw OktaErrors.MissingParameter();
        var user = Changeable(request);
        if (!MayResetPassword(user)) throw OktaErrors.WrongStatus();
        Move(request, EndSessionsIfAsked(request, user), "RECOVERY");
        request.Event("user.account.reset_password", "Fired when the user's Okta password is reset", user.Target());
        request.Effect("user.reset_password", request.Flag("sendEmail", true) ? "mailed" : "link returned", user.Id);
        return OktaAnswer.Ok(request.Flag("sendEmail", true)
            ? new JsonObject()
            : new JsonObject { ["resetPasswordUrl"] = $"{request.Origin}/reset_password/{request.Ids.New("", 20)}" });
    }

    public static OktaAnswer ExpirePassword(OktaRequest request)
    {
        var user = Changeable(request);
        if (!MayResetPassword(user)) throw OktaErrors.WrongStatus();
        Move(request, user, "PASSWORD_EXPIRED");
        request.Event("user.account.expire_password", "Expire all user passwords", user.Target());
        request.Effect("user.expire_password", null, user.Id);
        return OktaAnswer.Ok(OktaJson.User(request.State.Users[user.Id], request.Origin, single: true));
    }

    public static OktaAnswer TemporaryPassword(OktaRequest request)
    {
        var user = Changeable(request);
        if (!MayResetPassword(user)) throw OktaErrors.WrongStatus();
        Move(request, EndSessionsIfAsked(request, user) with { HasPassword = true, PasswordChanged = request.Now }, "PASSWORD_EXPIRED");
        request.Event("user.account.reset_password", "Fired when the user's Okta password is reset", user.Target());
        request.Event("user.account.expire_password", "Expire all user passwords", user.Target());
        request.Effect("user.temporary_password", null, user.Id);
        return OktaAnswer.Ok(new JsonObject { ["tempPassword"] = request.Ids.New("Tmp-", 16) });
    }

    public static OktaAnswer ResetFactors(OktaRequest request)
    {
        var user = Changeable(request);
        if (user.Status is "DEPROVISIONED") throw OktaErrors.WrongStatus();
        if (user.Factors.Count == 0) return OktaAnswer.Empty;
        request.State = request.State.With(user with { Factors = [], LastUpdated = request.Now });
        request.Event("user.mfa.factor.reset_all", "Reset all factors for user", user.Target());
        request.Effect("user.reset_factors", $"{user.Factors.Count} factors", user.Id);
        return OktaAnswer.Empty;
    }

    /// <summary>Ends the transitions whose time has come.</summary>
    public static OktaState Settle(OktaState state, DateTimeOffset now)
    {
        foreach (var user in state.Transitioning.Select(id => state.Users[id]).Where(u => u.TransitionEnds <= now))
        {
            state = state.With(user with
            {
                Status = user.TransitioningTo!,
                StatusChanged = user.TransitionEnds,
                LastUpdated = user.TransitionEnds ?? now,
                TransitioningTo = null,
                TransitionEnds = null,
            });
        }

        return state;
    }

    private static OktaUser Changeable(OktaRequest request)
    {
        var user = request.User();
        request.NeedsSuperAdminFor(request.State.IsAdmin(user));
        return user.TransitioningTo is null ? user : throw OktaErrors.Transitioning();
    }

    private static void Move(OktaRequest request, OktaUser user, string status)
    {
        var takesTime = request.Options.TransitionTime > TimeSpan.Zero && status is "ACTIVE" or "PROVISIONED" or "DEPROVISIONED"
            && user.Status is "STAGED" or "DEPROVISIONED" || (request.Options.TransitionTime > TimeSpan.Zero && status == "DEPROVISIONED");
        var moved = takesTime && request.Options.TransitionTime > TimeSpan.Zero
            ? user with { TransitioningTo = status, TransitionEnds = request.Now + request.Options.TransitionTime, LastUpdated = request.Now }
            : user with { Status = status, StatusChanged = request.Now, LastUpdated = request.Now };
        request.State = request.State.With(moved);
    }

    private static OktaUser EndSessionsIfAsked(OktaRequest request, OktaUser user) =>
        request.Flag("revokeSessions", false) ? user with { Sessions = [] } : user;

    private static OktaAnswer Token(OktaRequest request, OktaUser user)
    {
        if (request.Flag("sendEmail", true)) return OktaAnswer.Ok(new JsonObject());
        var token = request.Ids.New("", 20);
        return OktaAnswer.Ok(new JsonObject { ["activationUrl"] = $"{request.Origin}/welcome/{token}?user={user.Id}", ["activationToken"] = token });
    }
}
