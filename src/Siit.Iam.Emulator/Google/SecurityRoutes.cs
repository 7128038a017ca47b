using System.Text.Json.Nodes;

namespace Siit.Iam.Emulator.Google;

/// <summary>Sessions, second factors, tokens of third parties, app passwords and backup codes.</summary>
internal static class SecurityRoutes
{
    public static GoogleAnswer SignOut(GoogleRequest request)
    {
        var user = request.Target();
        request.State = request.State.With(user with { Sessions = 0 });
        request.LogUser("RESET_SIGNIN_COOKIES", user);
        request.Effect("user.clear_sessions", null, user.Id);
        return GoogleAnswer.NoContent;
    }

    public static GoogleAnswer TurnOffTwoStep(GoogleRequest request)
    {
        var user = request.Target();
        if (!user.EnrolledIn2Sv || user.EnforcedIn2Sv || user.Suspended || user.Archived) throw GoogleErrors.Invalid("userKey");
        request.State = request.State.With(user with { EnrolledIn2Sv = false, BackupCodes = [] });
        request.LogUser("TURN_OFF_2_STEP_VERIFICATION", user);
        request.Effect("user.turn_off_2sv", null, user.Id);
        return GoogleAnswer.NoContent;
    }

    public static GoogleAnswer Tokens(GoogleRequest request)
    {
        var user = request.User();
        return Items("admin#directory#tokenList", user.Tokens.Select(t => GoogleJson.Token(t, user)));
    }

    public static GoogleAnswer Token(GoogleRequest request)
    {
        var user = request.User();
        return GoogleAnswer.Ok(GoogleJson.Token(Find(request, user), user));
    }

    public static GoogleAnswer RevokeToken(GoogleRequest request)
    {
        var user = request.Target();
        var token = Find(request, user);
        request.State = request.State.With(user with { Tokens = user.Tokens.Remove(token) });
        request.LogUser("REVOKE_3LO_TOKEN", user, ("APP_ID", token.ClientId));
        request.Log("token", "auth", "revoke", ("client_id", token.ClientId), ("app_name", token.DisplayText));
        request.Effect("user.revoke_token", token.ClientId, user.Id);
        return GoogleAnswer.NoContent;
    }

    public static GoogleAnswer AppPasswords(GoogleRequest request)
    {
        var user = request.User();
        return Items("admin#directory#aspList", user.AppPasswords.Select(p => GoogleJson.AppPassword(p, user)));
    }

    public static GoogleAnswer AppPassword(GoogleRequest request)
    {
        var user = request.User();
        return GoogleAnswer.Ok(GoogleJson.AppPassword(Password(request, user), user));
    }

    public static GoogleAnswer DeleteAppPassword(GoogleRequest request)
    {
        var user = request.Target();
        var password = Password(request, user);
        request.State = request.State.With(user with { AppPasswords = user.AppPasswords.Remove(password) });
        request.LogUser("REVOKE_ASP", user, ("ASP_ID", $"{password.CodeId}"));
        request.Effect("user.delete_app_password", $"{password.CodeId}", user.Id);
        return GoogleAnswer.NoContent;
    }

    public static GoogleAnswer Codes(GoogleRequest request)
    {
        var user = request.User();
        return Items("admin#directory#verificationCodesList", user.BackupCodes.Select(code => GoogleJson.Tagged(new JsonObject
        {
            ["kind"] = "admin#directory#verificationCode",
            ["userId"] = user.Id,
            ["verificationCode"] = code,
        })));
    }

    public static GoogleAnswer GenerateCodes(GoogleRequest request)
    {
        var user = request.Target();
        if (user.Suspended || !user.EnrolledIn2Sv) throw GoogleErrors.Invalid("userKey");
        request.State = request.State.With(user with { BackupCodes = [.. Enumerable.Range(0, 10).Select(_ => GoogleNumbers.Of(request.Ids.New(""), 8))] });
        request.LogUser("GENERATE_2SV_SCRATCH_CODES", user);
        request.Effect("user.generate_codes", null, user.Id);
        return GoogleAnswer.NoContent;
    }

    public static GoogleAnswer InvalidateCodes(GoogleRequest request)
    {
        var user = request.Target();
        if (user.BackupCodes.Count == 0) return GoogleAnswer.NoContent;
        request.State = request.State.With(user with { BackupCodes = [] });
        request.LogUser("DELETE_2SV_SCRATCH_CODES", user);
        request.Effect("user.invalidate_codes", null, user.Id);
        return GoogleAnswer.NoContent;
    }

    private static GoogleToken Find(GoogleRequest request, GoogleUser user) =>
        user.Tokens.Find(t => t.ClientId == request.Segment("clientId")) ?? throw GoogleErrors.NotFound("clientId");

    private static GoogleAppPassword Password(GoogleRequest request, GoogleUser user) =>
        user.AppPasswords.Find(p => $"{p.CodeId}" == request.Segment("codeId")) ?? throw GoogleErrors.NotFound("codeId");

    /// <summary>These lists have no pages.</summary>
    private static GoogleAnswer Items(string kind, IEnumerable<JsonObject> items)
    {
        var list = items.ToList();
        var body = new JsonObject { ["kind"] = kind };
        if (list.Count > 0) body["items"] = new JsonArray([.. list]);
        return GoogleAnswer.Ok(body);
    }
}
