using System.Globalization;
using System.Text.Json.Nodes;

namespace Siit.Iam.Emulator.JumpCloud;

/// <summary>A user's state, password and second factors.</summary>
internal static class LifecycleRoutes
{
    public static JumpCloudAnswer Suspend(JumpCloudRequest request)
    {
        var user = request.User();
        if (request.Body is not null) throw JumpCloudErrors.Invalid("The request body must be empty.");
        if (user.State == "SUSPENDED") throw JumpCloudErrors.Conflict("The user is suspended already.");
        Save(request, user with { State = "SUSPENDED" }, "user_suspended", "user.suspend");
        return JumpCloudAnswer.Empty;
    }

    /// <summary>From STAGED only.</summary>
    public static JumpCloudAnswer Activate(JumpCloudRequest request)
    {
        var user = request.User();
        if (user.State != "STAGED") throw JumpCloudErrors.Conflict("Only staged users can be activated.");
        var mails = (request.Body as JsonObject)?["email"] is not JsonValue email || !email.TryGetValue<bool>(out var wanted) || wanted;
        Save(request, user with { State = "ACTIVATED" }, "user_activated", "user.activate", mails ? "mailed" : null);
        return JumpCloudAnswer.Done();
    }

    public static JumpCloudAnswer Unlock(JumpCloudRequest request)
    {
        var user = request.User();
        if (user.Locked) Save(request, user with { Locked = false, LockedDate = null }, "user_unlocked", "user.unlock");
        return JumpCloudAnswer.Done();
    }

    public static JumpCloudAnswer Expire(JumpCloudRequest request)
    {
        var user = WithOwnPassword(request);
        if (!user.HasPassword) throw JumpCloudErrors.Conflict("The user has no password.");
        Save(request, user with { PasswordExpired = true, PasswordExpirationDate = request.Now }, "user_password_expired", "user.expire_password");
        return JumpCloudAnswer.Done();
    }

    public static JumpCloudAnswer SetPassword(JumpCloudRequest request)
    {
        var user = WithOwnPassword(request);
        if (!JumpCloudRequest.TryText(request.Object(), "password", out var password) || password.Length < 8) throw JumpCloudErrors.Invalid("password is too short.");
        Save(request, WithPassword(request, user), "user_password_set", "user.set_password");
        return JumpCloudAnswer.Empty;
    }

    /// <summary>Mails a link; nothing about the user changes until it is used.</summary>
    public static JumpCloudAnswer Reactivate(JumpCloudRequest request)
    {
        var user = WithOwnPassword(request);
        var to = request.Body is JsonObject body && JumpCloudRequest.TryText(body, "email", out var other) ? other : user.Email;
        request.Effect("user.mail_password_link", to, user.Id);
        return JumpCloudAnswer.Empty;
    }

    public static JumpCloudAnswer ResetMfa(JumpCloudRequest request)
    {
        var (user, body) = (request.User(), request.Body as JsonObject ?? []);
        var exempt = body["exclusion"] is JsonValue exclusion && exclusion.TryGetValue<bool>(out var wanted) && wanted;
        DateTimeOffset? until = null;
        if (body["exclusionDays"] is JsonValue days)
            until = days.TryGetValue<double>(out var number) && number >= 1 ? request.Now.AddDays(number) : throw JumpCloudErrors.Invalid("exclusionDays must be at least 1.");
        if (JumpCloudRequest.TryText(body, "exclusionUntil", out var text))
            until = DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out var time) ? time : throw JumpCloudErrors.Invalid("exclusionUntil must be a time.");
        var reset = user with
        {
            Factors = user.Factors.Remove("totp"),
            PushEndpoints = request.State.UnifiedMfa ? [] : user.PushEndpoints,
            MfaExempt = exempt,
            MfaExemptUntil = exempt ? until : null,
        };
        Save(request, reset, "totp_delete_enrollment", "user.reset_mfa", exempt ? $"exempt until {JumpCloudJson.Time(until)}" : null);
        return JumpCloudAnswer.Done();
    }

    public static JumpCloudAnswer TotpInfo(JumpCloudRequest request)
    {
        var user = request.User();
        if (!user.Factors.Contains("totp")) throw JumpCloudErrors.NotFound();
        return JumpCloudAnswer.Ok(new JsonObject { ["enrollmentDate"] = JumpCloudJson.Time(user.Created) });
    }

    public static JumpCloudAnswer EnforceMfa(JumpCloudRequest request)
    {
        var (user, body) = (request.User(), request.Object());
        if (body["enable_user_portal_multifactor"] is not JsonValue value || !value.TryGetValue<bool>(out var required))
            throw JumpCloudErrors.Invalid("enable_user_portal_multifactor must be true or false.");
        var enforced = user with { MfaRequired = required };
        request.State = request.State.With(enforced);
        if (JumpCloudChanges.Between(user, enforced) is { Count: > 0 } changes) request.Event("user_update", JumpCloudEvents.About(enforced, changes));
        request.Effect("user.enforce_mfa", null, user.Id);
        return JumpCloudAnswer.Empty;
    }

    public static JumpCloudAnswer PushEndpoints(JumpCloudRequest request) =>
        JumpCloudAnswer.Ok(new JsonArray([.. request.User("user_id").PushEndpoints.Select(JumpCloudJson.PushEndpoint)]));

    public static JumpCloudAnswer GetPushEndpoint(JumpCloudRequest request) => JumpCloudAnswer.Ok(JumpCloudJson.PushEndpoint(Endpoint(request)));

    public static JumpCloudAnswer DeletePushEndpoint(JumpCloudRequest request)
    {
        var (user, endpoint) = (request.User("user_id"), Endpoint(request));
        request.State = request.State.With(user with { PushEndpoints = user.PushEndpoints.Remove(endpoint) });
        request.Event("push_endpoint_delete", JumpCloudEvents.About(user));
        request.Effect("user.delete_push_endpoint", null, user.Id, endpoint.Id);
        return JumpCloudAnswer.Ok(JumpCloudJson.PushEndpoint(endpoint));
    }

    /// <summary>The state a PUT asks for: <c>state</c> and the older <c>suspended</c> must not contradict each other.</summary>
    public static JumpCloudUser InState(JumpCloudUser user, JsonObject body)
    {
        var state = body["state"] is null ? null : (string?)body["state"];
        if (state is not (null or "ACTIVATED" or "SUSPENDED")) throw JumpCloudErrors.Invalid("state must be ACTIVATED or SUSPENDED.");
        bool? suspended = body["suspended"] is JsonValue value && value.TryGetValue<bool>(out var flag) ? flag : null;
        if (state is not null && suspended is not null && suspended != (state == "SUSPENDED")) throw JumpCloudErrors.Invalid("state and suspended contradict each other.");
        state ??= suspended switch { true => "SUSPENDED", false when user.State == "SUSPENDED" => "ACTIVATED", _ => user.State };
        return user with { State = state };
    }

    public static JumpCloudUser WithPassword(JumpCloudRequest request, JumpCloudUser user) => user with
    {
        HasPassword = true,
        PasswordDate = request.Now,
        PasswordExpired = false,
        PasswordExpirationDate = request.Now.AddDays(90),
    };

    private static JumpCloudUser WithOwnPassword(JumpCloudRequest request)
    {
        var user = request.User();
        if (user.DelegatedTo is not null || user.RestrictedFields.Any(r => r.Field == "password")) throw JumpCloudErrors.Invalid("The password of this user is managed elsewhere.");
        return user.State == "ACTIVATED" ? user : throw JumpCloudErrors.Conflict($"The user is {user.State}.");
    }

    private static JumpCloudPushEndpoint Endpoint(JumpCloudRequest request) =>
        request.User("user_id").PushEndpoints.FirstOrDefault(e => e.Id == request.Segment("push_endpoint_id")) ?? throw JumpCloudErrors.NotFound();

    private static void Save(JumpCloudRequest request, JumpCloudUser user, string type, string verb, string? detail = null)
    {
        request.State = request.State.With(user);
        request.Event(type, JumpCloudEvents.About(user));
        request.Effect(verb, detail, user.Id);
    }
}
