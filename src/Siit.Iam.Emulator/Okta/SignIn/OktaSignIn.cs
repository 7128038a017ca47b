using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.WebUtilities;
using Siit.Iam.Emulator.Common;

namespace Siit.Iam.Emulator.Okta;

/// <param name="Challenge">S256 of the verifier that redeems it.</param>
internal sealed record OktaCode(string RedirectUri, string Challenge, string? Nonce, string UserId, DateTimeOffset SignedInAt, DateTimeOffset Expires);

internal sealed record OktaBrowserSession(string UserId, DateTimeOffset SignedInAt);

/// <summary>The org as an OpenID provider: a person chooses who to be, and the web application gets a code for it. Sessions and codes end with the process.</summary>
internal sealed class OktaSignIn(EmulatorOptions options, SeededIds ids, Func<OktaState> state, Func<HttpContext, string> origin)
{
    private const string Cookie = "sid";
    private static readonly TimeSpan CodeLifetime = TimeSpan.FromSeconds(60);

    private readonly ConcurrentDictionary<string, OktaBrowserSession> sessions = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, OktaCode> codes = new(StringComparer.Ordinal);

    public OktaSignInTrouble Trouble { get; set; } = new();

    public void Map(IEndpointRouteBuilder routes, OktaIdTokens tokens)
    {
        routes.MapGet("/.well-known/openid-configuration", context => JsonExchange.WriteAsync(context, 200, Discovery(origin(context))));
        routes.MapGet("/oauth2/v1/keys", context => JsonExchange.WriteAsync(context, 200, OktaIdTokens.Keys()));
        routes.MapMethods("/oauth2/v1/authorize", ["GET", "POST"], AuthorizeAsync);
        routes.MapMethods("/oauth2/v1/userinfo", ["GET", "POST"], tokens.UserInfoAsync);
        routes.MapGet("/oauth2/v1/logout", LogoutAsync);
    }

    /// <summary>A code counts once; null when it does not, or not any more.</summary>
    public OktaCode? Redeem(string code) => codes.TryRemove(code, out var found) && found.Expires > options.TimeProvider.GetUtcNow() ? found : null;

    public void Clear()
    {
        sessions.Clear();
        codes.Clear();
        Trouble = new();
    }

    private async Task AuthorizeAsync(HttpContext context)
    {
        var query = context.Request.Query;
        if (query["client_id"] != OktaWebApp.ClientId || !OktaWebApp.Allows(query["redirect_uri"]))
        {
            await OktaSignInPage.SayAsync(context, 400, "Bad request", "The client_id or the 'redirect_uri' is not that of a registered application.");
            return;
        }

        if (Wrong(query) is { } wrong)
        {
            Return(context, ("error", wrong.Error), ("error_description", wrong.Description));
            return;
        }

        if (HttpMethods.IsPost(context.Request.Method)) await ChooseAsync(context);
        else if (EarlierSession(context) is { } earlier) ReturnCode(context, earlier);
        else if (query["prompt"] == "none") Return(context, ("error", "login_required"), ("error_description", "The client specified not to prompt, but the user is not logged in."));
        else await OktaSignInPage.AskAsync(context, state(), null);
    }

    private async Task ChooseAsync(HttpContext context)
    {
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        if (form["cancel"] == "yes")
        {
            Return(context, ("error", "access_denied"), ("error_description", "The resource owner or authorization server denied the request."));
            return;
        }

        var login = form["typed"] is [{ Length: > 0 } typed] ? typed : form["login"].ToString();
        if (state().FindUser(login) is not { Status: "ACTIVE" } user)
        {
            await OktaSignInPage.AskAsync(context, state(), "Nobody with that login can sign in.");
            return;
        }

        var session = new OktaBrowserSession(user.Id, options.TimeProvider.GetUtcNow());
        var id = ids.New("102", 32);
        sessions[id] = session;
        context.Response.Cookies.Append(Cookie, id, new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Lax, Path = "/oauth2" });
        ReturnCode(context, session);
    }

    private OktaBrowserSession? EarlierSession(HttpContext context)
    {
        if (context.Request.Cookies[Cookie] is not { } id || !sessions.TryGetValue(id, out var session) || state().FindUser(session.UserId) is not { Status: "ACTIVE" }) return null;
        if (Trouble.IgnoresPrompt) return session;
        var query = context.Request.Query;
        if (query["prompt"] == "login") return null;
        return int.TryParse(query["max_age"], NumberStyles.None, CultureInfo.InvariantCulture, out var age) && options.TimeProvider.GetUtcNow() - session.SignedInAt >= TimeSpan.FromSeconds(age)
            ? null
            : session;
    }

    private void ReturnCode(HttpContext context, OktaBrowserSession session)
    {
        var query = context.Request.Query;
        var code = ids.New("cod", 40);
        codes[code] = new(query["redirect_uri"]!, query["code_challenge"]!, query["nonce"], session.UserId, session.SignedInAt, options.TimeProvider.GetUtcNow() + CodeLifetime);
        Return(context, ("code", code));
    }

    private static void Return(HttpContext context, params IEnumerable<(string Name, string Value)> answer)
    {
        var query = context.Request.Query;
        var values = answer.Append(("state", query["state"].ToString())).ToDictionary(a => a.Item1, a => (string?)a.Item2);
        context.Response.StatusCode = 303;
        context.Response.Headers.Location = QueryHelpers.AddQueryString(query["redirect_uri"]!, values);
    }

    private static (string Error, string Description)? Wrong(IQueryCollection query)
    {
        if (query["response_type"] != "code") return ("unsupported_response_type", "The response type is not supported by this application.");
        if (!query["scope"].ToString().Split(' ').Contains("openid")) return ("invalid_scope", "The scope 'openid' is missing.");
        if (query["response_mode"] is [{ Length: > 0 } mode] && mode != "query") return ("invalid_request", "The response_mode is not supported here.");
        return query["code_challenge_method"] != "S256" || query["code_challenge"] is not [{ Length: > 0 }]
            ? ("invalid_request", "PKCE code challenge is required by the application.")
            : null;
    }

    private Task LogoutAsync(HttpContext context)
    {
        if (context.Request.Cookies[Cookie] is { } id) sessions.TryRemove(id, out _);
        context.Response.Cookies.Delete(Cookie, new CookieOptions { Path = "/oauth2" });
        return OktaSignInPage.SayAsync(context, 200, "Signed out", "You are signed out of the emulated Okta.");
    }

    private static JsonObject Discovery(string origin) => new()
    {
        ["issuer"] = origin,
        ["authorization_endpoint"] = $"{origin}/oauth2/v1/authorize",
        ["token_endpoint"] = $"{origin}/oauth2/v1/token",
        ["userinfo_endpoint"] = $"{origin}/oauth2/v1/userinfo",
        ["jwks_uri"] = $"{origin}/oauth2/v1/keys",
        ["end_session_endpoint"] = $"{origin}/oauth2/v1/logout",
        ["response_types_supported"] = new JsonArray("code"),
        ["response_modes_supported"] = new JsonArray("query"),
        ["grant_types_supported"] = new JsonArray("authorization_code", "client_credentials"),
        ["subject_types_supported"] = new JsonArray("public"),
        ["id_token_signing_alg_values_supported"] = new JsonArray("RS256"),
        ["scopes_supported"] = new JsonArray("openid", "profile", "email"),
        ["token_endpoint_auth_methods_supported"] = new JsonArray("client_secret_basic", "client_secret_post", "private_key_jwt"),
        ["code_challenge_methods_supported"] = new JsonArray("S256"),
    };
}
