using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Web;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Siit.Iam.Agent.Tests.Support;
using Siit.Iam.Emulator.Common;
using Siit.Iam.Emulator.Okta;

namespace Siit.Iam.Agent.Tests.Emulator.Okta;

/// <summary>The emulated Okta as an OpenID provider, as any relying party sees it.</summary>
public sealed class OktaSignInTests
{
    private const string Redirect = "http://127.0.0.1:7100/console/signed-in";
    private const string Verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk-dBjftJeZ4CVP";

    [Fact]
    public async Task Code_IsWorthAThinIdTokenAndTheClaims_Once()
    {
        await using var org = await Party.StartAsync();
        var code = (await org.ChooseAsync("nina@acme.example", "&nonce=n-1"))["code"]!;

        var tokens = await org.RedeemAsync(code);
        var again = await org.RedeemAsync(code);
        var claims = await org.UserInfoAsync(tokens["access_token"]!.GetValue<string>());
        var id = await org.ReadAsync(tokens["id_token"]!.GetValue<string>());

        Assert.Equal(("n-1", org.Okta.User("nina@acme.example").Id), (id.GetClaim("nonce").Value, id.Subject));
        Assert.False(id.TryGetClaim("email", out _));
        Assert.Equal(("nina@acme.example", id.Subject), (claims["email"]!.GetValue<string>(), claims["sub"]!.GetValue<string>()));
        Assert.Equal("invalid_grant", again["error"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("wrong verifier", "invalid_grant")]
    [InlineData("other redirect", "invalid_grant")]
    [InlineData("wrong secret", "invalid_client")]
    [InlineData("late", "invalid_grant")]
    public async Task Code_RedeemedWrongly_IsRefused(string story, string error)
    {
        await using var org = await Party.StartAsync();
        var code = (await org.ChooseAsync("nina@acme.example"))["code"]!;
        if (story == "late")
            org.Time.Advance(TimeSpan.FromMinutes(2));

        var answer = await org.RedeemAsync(
            code, story == "wrong verifier" ? "x" : Verifier, story == "other redirect" ? Redirect + "x" : Redirect, story == "wrong secret" ? "x" : OktaWebApp.ClientSecret);

        Assert.Equal((story, error), (story, answer["error"]!.GetValue<string>()));
    }

    [Theory]
    [InlineData("", 5, false)]
    [InlineData("&prompt=login", 5, true)]
    [InlineData("&max_age=600", 5, false)]
    [InlineData("&max_age=600", 11, true)]
    [InlineData("&max_age=0", 0, true)]
    public async Task Session_ServesAgain_UnlessANewSignInIsAskedFor(string asked, int minutesLater, bool again)
    {
        await using var org = await Party.StartAsync();
        var first = await org.IdTokenAsync((await org.ChooseAsync("nina@acme.example"))["code"]!);
        org.Time.Advance(TimeSpan.FromMinutes(minutesLater));

        var (status, answer) = await org.AuthorizeAsync(asked);

        Assert.Equal(again ? HttpStatusCode.OK : HttpStatusCode.SeeOther, status);
        if (!again)
            Assert.Equal(first.GetClaim("auth_time").Value, (await org.IdTokenAsync(answer!["code"]!)).GetClaim("auth_time").Value);
    }

    [Theory]
    [InlineData("redirect_uri=http%3A%2F%2Fevil.example%2Fconsole%2Fsigned-in", HttpStatusCode.BadRequest, null)]
    [InlineData("redirect_uri=http%3A%2F%2F127.0.0.1%2Felsewhere", HttpStatusCode.BadRequest, null)]
    [InlineData("client_id=another", HttpStatusCode.BadRequest, null)]
    [InlineData("response_type=token", HttpStatusCode.SeeOther, "unsupported_response_type")]
    [InlineData("code_challenge_method=plain", HttpStatusCode.SeeOther, "invalid_request")]
    [InlineData("scope=email", HttpStatusCode.SeeOther, "invalid_scope")]
    [InlineData("prompt=none", HttpStatusCode.SeeOther, "login_required")]
    public async Task Request_ThatIsWrong_IsRefused(string change, HttpStatusCode expected, string? error)
    {
        await using var org = await Party.StartAsync();

        var (status, answer) = await org.AuthorizeAsync("", change);

        Assert.Equal((expected, error), (status, answer?["error"]));
    }

    [Fact]
    public async Task Somebody_WhoIsSuspended_CannotSignIn()
    {
        await using var org = await Party.StartAsync();

        Assert.Null((await org.ChooseAsync("suspended@acme.example"))["code"]);
    }

    private sealed class Party : IAsyncDisposable
    {
        private readonly HttpClient _http;

        private Party(EmulatedOkta okta, ManualTime time)
        {
            (Okta, Time) = (okta, time);
            _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = okta.BaseAddress };
        }

        public EmulatedOkta Okta { get; }

        public ManualTime Time { get; }

        public static async Task<Party> StartAsync()
        {
            var time = new ManualTime();
            return new Party(await EmulatedOkta.StartAsync(new EmulatorOptions { TimeProvider = time }), time);
        }

        public async Task<(HttpStatusCode Status, System.Collections.Specialized.NameValueCollection? Answer)> AuthorizeAsync(string more = "", string? change = null)
        {
            using var response = await _http.GetAsync(new Uri(Okta.BaseAddress, Query(more, change)));
            return (response.StatusCode, Answer(response));
        }

        public async Task<System.Collections.Specialized.NameValueCollection> ChooseAsync(string login, string more = "")
        {
            using var form = new FormUrlEncodedContent([KeyValuePair.Create("login", login)]);
            using var response = await _http.PostAsync(new Uri(Okta.BaseAddress, Query(more, null)), form);
            return Answer(response) ?? [];
        }

        public async Task<JsonObject> RedeemAsync(string code, string verifier = Verifier, string redirect = Redirect, string secret = OktaWebApp.ClientSecret)
        {
            using var form = new FormUrlEncodedContent(new Dictionary<string, string>
            {
                ["grant_type"] = "authorization_code",
                ["code"] = code,
                ["redirect_uri"] = redirect,
                ["code_verifier"] = verifier,
                ["client_id"] = OktaWebApp.ClientId,
                ["client_secret"] = secret,
            });
            using var response = await _http.PostAsync(new Uri(Okta.BaseAddress, "/oauth2/v1/token"), form);
            return JsonNode.Parse(await response.Content.ReadAsStringAsync())!.AsObject();
        }

        public async Task<JsonWebToken> IdTokenAsync(string code) => await ReadAsync((await RedeemAsync(code))["id_token"]!.GetValue<string>());

        public async Task<JsonObject> UserInfoAsync(string token)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(Okta.BaseAddress, "/oauth2/v1/userinfo"));
            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {token}");
            using var response = await _http.SendAsync(request);
            return JsonNode.Parse(await response.Content.ReadAsStringAsync())!.AsObject();
        }

        /// <summary>Checked against what the provider publishes.</summary>
        public async Task<JsonWebToken> ReadAsync(string token)
        {
            var discovery = JsonNode.Parse(await _http.GetStringAsync(new Uri(Okta.BaseAddress, "/.well-known/openid-configuration")))!;
            var keys = new JsonWebKeySet(await _http.GetStringAsync(new Uri(discovery["jwks_uri"]!.GetValue<string>())));
            var result = await new JsonWebTokenHandler().ValidateTokenAsync(token, new TokenValidationParameters
            {
                ValidIssuer = discovery["issuer"]!.GetValue<string>(),
                ValidAudience = OktaWebApp.ClientId,
                IssuerSigningKeys = keys.GetSigningKeys(),
                ValidateLifetime = false,
            });
            Assert.True(result.IsValid, $"{result.Exception}");
            return (JsonWebToken)result.SecurityToken;
        }

        public async ValueTask DisposeAsync()
        {
            _http.Dispose();
            await Okta.DisposeAsync();
        }

        private static string Query(string more, string? change)
        {
            var query = HttpUtility.ParseQueryString("response_type=code&scope=openid%20email&state=s&code_challenge_method=S256");
            query["client_id"] = OktaWebApp.ClientId;
            query["redirect_uri"] = Redirect;
            query["code_challenge"] = Base64UrlEncoder.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(Verifier)));
            foreach (var name in change is null ? [] : HttpUtility.ParseQueryString(change).AllKeys)
                query[name] = HttpUtility.ParseQueryString(change!)[name];
            return $"/oauth2/v1/authorize?{query}{more}";
        }

        private static System.Collections.Specialized.NameValueCollection? Answer(HttpResponseMessage response) =>
            response.Headers.Location is { } location ? HttpUtility.ParseQueryString(location.Query) : null;
    }
}
