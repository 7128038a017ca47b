using System.Text.Json.Nodes;

namespace Siit.Iam.Emulator.Okta;

/// <summary>What a person signs in with and is signed in to: factors, sessions, consents, refresh tokens.</summary>
internal static class CredentialRoutes
{
    public static OktaAnswer Factors(OktaRequest request)
    {
        var user = request.User("userId");
        return OktaAnswer.Ok(new JsonArray([.. user.Factors.Select(f => OktaJson.Factor(f, user, request.Origin))]));
    }

    public static OktaAnswer Factor(OktaRequest request)
    {
        var (user, factor) = Found(request);
        return OktaAnswer.Ok(OktaJson.Factor(factor, user, request.Origin));
    }

    /// <summary>Okta Verify is one enrolment: with push or signed_nonce its other factors go too.</summary>
    public static OktaAnswer RemoveFactor(OktaRequest request)
    {
        var (user, factor) = Found(request);
        request.NeedsSuperAdminFor(request.State.IsAdmin(user));
        if (user.Status == "DEPROVISIONED") throw OktaErrors.WrongStatus();
        var gone = user.Factors.Where(f => f.Id == factor.Id || (IsOktaVerify(factor) && f.Provider == "OKTA" && f.FactorType is "push" or "signed_nonce" or "token:software:totp")).ToList();
        request.State = request.State.With(user with { Factors = user.Factors.RemoveAll(gone.Contains), LastUpdated = request.Now });
        foreach (var one in gone) request.Event("user.mfa.factor.deactivate", "Reset factor for user", user.Target() with { DisplayName = $"{user.DisplayName} ({one.FactorType})" });
        request.Effect("user.remove_factor", string.Join(',', gone.Select(f => f.FactorType)), [user.Id, .. gone.Select(f => f.Id)]);
        return OktaAnswer.NoContent;
    }

    /// <summary>Asks on the device; the answer comes from the person.</summary>
    public static OktaAnswer Verify(OktaRequest request)
    {
        var (user, factor) = Found(request);
        if (factor.FactorType != "push") throw OktaErrors.WrongStatus();
        var push = new OktaPush($"v2mst.{request.Ids.New("", 20)}", user.Id, factor.Id, request.Now);
        request.State = request.State with { Pushes = request.State.Pushes.SetItem(push.Id, push) };
        request.Effect("user.push", null, user.Id);
        return new OktaAnswer(201, Answer(request, push));
    }

    /// <summary>Nobody looks at a question that is older than five minutes.</summary>
    public static OktaAnswer Transaction(OktaRequest request)
    {
        var (user, factor) = Found(request);
        var id = request.Segment("transactionId");
        if (request.State.Pushes.GetValueOrDefault(id) is not { } push || push.UserId != user.Id || push.FactorId != factor.Id) throw OktaErrors.NotFound(id, "Transaction");
        return OktaAnswer.Ok(Answer(request, push.Result == "WAITING" && request.Now - push.Sent > TimeSpan.FromMinutes(5) ? push with { Result = "TIMEOUT" } : push));
    }

    private static JsonObject Answer(OktaRequest request, OktaPush push)
    {
        var factor = $"/api/v1/users/{push.UserId}/factors/{push.FactorId}";
        return new JsonObject
        {
            ["factorResult"] = push.Result,
            ["expiresAt"] = OktaJson.Time(push.Sent.AddMinutes(5)),
            ["_links"] = new JsonObject { ["poll"] = OktaJson.Href(request.Origin, $"{factor}/transactions/{push.Id}"), ["cancel"] = OktaJson.Href(request.Origin, $"{factor}/transactions/{push.Id}", "DELETE") },
        };
    }

    public static OktaAnswer ClearSessions(OktaRequest request)
    {
        var user = request.User("userId");
        request.NeedsSuperAdminFor(request.State.IsAdmin(user));
        var tokens = request.Flag("oauthTokens", false);
        if (user.Sessions.Count == 0 && !(tokens && user.Tokens.Count > 0)) return OktaAnswer.NoContent;
        request.State = request.State.With(user with { Sessions = [], Tokens = tokens ? [] : user.Tokens });
        request.Event("user.session.clear", "Clear user session", user.Target());
        request.Effect("user.clear_sessions", tokens ? "with tokens" : null, user.Id);
        return OktaAnswer.NoContent;
    }

    public static OktaAnswer Grants(OktaRequest request)
    {
        var user = request.User("userId");
        return request.Page(user.Grants.Where(g => OfClient(request, g.ClientId)), g => g.Id, g => Grant(g, user, request.Origin), 20, 200);
    }

    public static OktaAnswer Grant(OktaRequest request)
    {
        var user = request.User("userId");
        var grant = user.Grants.Find(g => g.Id == request.Segment("grantId")) ?? throw OktaErrors.NotFound(request.Segment("grantId"), "OAuth2ScopeConsentGrant");
        return OktaAnswer.Ok(Grant(grant, user, request.Origin));
    }

    public static OktaAnswer RevokeGrant(OktaRequest request)
    {
        var user = request.User("userId");
        var grant = user.Grants.Find(g => g.Id == request.Segment("grantId")) ?? throw OktaErrors.NotFound(request.Segment("grantId"), "OAuth2ScopeConsentGrant");
        return Revoke(request, user, g => g.Id == grant.Id);
    }

    public static OktaAnswer RevokeGrants(OktaRequest request) => Revoke(request, request.User("userId"), g => OfClient(request, g.ClientId));

    public static OktaAnswer Clients(OktaRequest request)
    {
        var user = request.User("userId");
        var clients = user.Grants.Select(g => g.ClientId).Concat(user.Tokens.Select(t => t.ClientId)).Distinct().Order(StringComparer.Ordinal);
        return OktaAnswer.Ok(new JsonArray([.. clients.Select(c => new JsonObject
        {
            ["client_id"] = c,
            ["client_name"] = request.State.Apps.GetValueOrDefault(c)?.Label ?? c,
            ["_links"] = new JsonObject
            {
                ["grants"] = OktaJson.Href(request.Origin, $"/api/v1/users/{user.Id}/clients/{c}/grants"),
                ["tokens"] = OktaJson.Href(request.Origin, $"/api/v1/users/{user.Id}/clients/{c}/tokens"),
            },
        })]));
    }

    public static OktaAnswer Tokens(OktaRequest request)
    {
        var user = request.User("userId");
        return request.Page(user.Tokens.Where(t => OfClient(request, t.ClientId)), t => t.Id, t => new JsonObject
        {
            ["id"] = t.Id,
            ["status"] = "ACTIVE",
            ["created"] = OktaJson.Time(t.Created),
            ["lastUpdated"] = OktaJson.Time(t.Created),
            ["expiresAt"] = OktaJson.Time(t.Expires),
            ["issuer"] = request.Origin,
            ["clientId"] = t.ClientId,
            ["userId"] = user.Id,
            ["scopes"] = new JsonArray([.. t.Scopes.Select(s => JsonValue.Create(s))]),
        }, 20, 200);
    }

    public static OktaAnswer RevokeTokens(OktaRequest request)
    {
        var user = request.User("userId");
        request.NeedsSuperAdminFor(request.State.IsAdmin(user));
        var gone = user.Tokens.Where(t => OfClient(request, t.ClientId)).ToList();
        if (gone.Count == 0) return OktaAnswer.NoContent;
        request.State = request.State.With(user with { Tokens = user.Tokens.RemoveAll(gone.Contains) });
        request.Event("app.oauth2.client.token.revoke", "Revoke OAuth tokens", user.Target());
        request.Effect("user.revoke_tokens", null, [user.Id, .. gone.Select(t => t.Id)]);
        return OktaAnswer.NoContent;
    }

    private static bool OfClient(OktaRequest request, string clientId) => request.Segment("clientId") is "" || request.Segment("clientId") == clientId;

    private static bool IsOktaVerify(OktaFactor factor) => factor is { Provider: "OKTA", FactorType: "push" or "signed_nonce" };

    private static (OktaUser User, OktaFactor Factor) Found(OktaRequest request)
    {
        var user = request.User("userId");
        var factor = user.Factors.Find(f => f.Id == request.Segment("factorId")) ?? throw OktaErrors.NotFound(request.Segment("factorId"), "UserFactor");
        return (user, factor);
    }

    private static OktaAnswer Revoke(OktaRequest request, OktaUser user, Predicate<OktaGrant> which)
    {
        request.NeedsSuperAdminFor(request.State.IsAdmin(user));
        var gone = user.Grants.FindAll(which);
        if (gone.Count == 0) return OktaAnswer.NoContent;
        request.State = request.State.With(user with { Grants = user.Grants.RemoveAll(which) });
        request.Event("app.oauth2.as.consent.revoke", "Revoke consent", user.Target());
        request.Effect("user.revoke_grants", null, [user.Id, .. gone.Select(g => g.Id)]);
        return OktaAnswer.NoContent;
    }

    private static JsonObject Grant(OktaGrant grant, OktaUser user, string origin) => new()
    {
        ["id"] = grant.Id,
        ["status"] = "ACTIVE",
        ["created"] = OktaJson.Time(grant.Created),
        ["lastUpdated"] = OktaJson.Time(grant.Created),
        ["issuer"] = origin,
        ["clientId"] = grant.ClientId,
        ["userId"] = user.Id,
        ["scopeId"] = grant.ScopeId,
        ["source"] = "END_USER",
    };
}
