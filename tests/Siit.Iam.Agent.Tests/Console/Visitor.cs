using System.Net;
using System.Text.RegularExpressions;

namespace Siit.Iam.Agent.Tests.Console;

/// <summary>A browser without script, as far as a test needs one: cookies, forms and redirects, each step in the open.</summary>
internal sealed class Visitor : IDisposable
{
    private readonly ConsoleWorld _world;
    private readonly HttpClient _http;

    public Visitor(ConsoleWorld world)
    {
        _world = world;
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = Cookies }) { BaseAddress = world.Address };
    }

    public CookieContainer Cookies { get; } = new();

    public string Session => Cookies.GetCookies(_world.Address)["siit-session"]?.Value ?? "";

    public async Task<Page> GetAsync(string path, Action<HttpRequestMessage>? change = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        change?.Invoke(request);
        return await SendAsync(request);
    }

    public async Task<Page> PostAsync(string path, IEnumerable<KeyValuePair<string, string>> form, Action<HttpRequestMessage>? change = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new FormUrlEncodedContent(form) };
        change?.Invoke(request);
        return await SendAsync(request);
    }

    /// <summary>Sends the form of a card as a browser would, with some fields changed.</summary>
    public Task<Page> DecideAsync(Page card, string code, string verdict = "approve", string reason = "", Action<Dictionary<string, string>>? change = null)
    {
        var form = card.Form();
        (form["Form.Code"], form["Form.Verdict"], form["Form.Reason"]) = (code, verdict, reason);
        change?.Invoke(form);
        return PostAsync(card.Path, form);
    }

    /// <summary>Signs in and comes back; the page that the browser ends at.</summary>
    /// <param name="login">Null: whatever session there is at the provider will do.</param>
    public async Task<Page> SignInAsync(string? login, string back = "/console/approvals", bool fresh = false)
    {
        var begun = await GetAsync($"/console/sign-in/start?back={Uri.EscapeDataString(back)}{(fresh ? "&fresh=true" : "")}");
        Assert.Equal(HttpStatusCode.Found, begun.Status);
        var provider = login is null ? await GetAsync(begun.Location!) : await PostAsync(begun.Location!, [KeyValuePair.Create("login", login)]);
        Assert.True(provider.Status == HttpStatusCode.SeeOther, $"{provider.Status} {provider.Html}");
        var returned = await GetAsync(provider.Location!);
        return returned.Location is { } next ? await GetAsync(next) : returned;
    }

    public void Dispose() => _http.Dispose();

    private async Task<Page> SendAsync(HttpRequestMessage request)
    {
        using var response = await _http.SendAsync(request);
        var headers = response.Headers.Concat(response.Content.Headers).ToDictionary(header => header.Key, header => string.Join("\n", header.Value), StringComparer.OrdinalIgnoreCase);
        return new Page(request.RequestUri!.IsAbsoluteUri ? request.RequestUri.PathAndQuery : request.RequestUri.ToString(), response.StatusCode, headers, await response.Content.ReadAsStringAsync());
    }
}

/// <summary>What came back.</summary>
internal sealed partial record Page(string Path, HttpStatusCode Status, IReadOnlyDictionary<string, string> Headers, string Html)
{
    public string? Location => Headers.GetValueOrDefault("Location");

    /// <summary>As a person reads it.</summary>
    public string Text => WebUtility.HtmlDecode(Spaces().Replace(Tags().Replace(Html, " "), " "));

    /// <summary>The hidden fields of the form on which one decides.</summary>
    public Dictionary<string, string> Form()
    {
        var form = DecideForm().Match(Html);
        Assert.True(form.Success, $"There is no form to decide with: {Text}");
        return Hidden().Matches(form.Value).ToDictionary(input => input.Groups["name"].Value, input => WebUtility.HtmlDecode(input.Groups["value"].Value));
    }

    public bool HasForm => DecideForm().IsMatch(Html);

    /// <summary>The first form's token, such as that of the sign-out.</summary>
    public string Token => WebUtility.HtmlDecode(Hidden().Matches(Html).First(input => input.Groups["name"].Value == "__RequestVerificationToken").Groups["value"].Value);

    [GeneratedRegex("<form[^>]*action=\"/console/approvals/call_.*?</form>", RegexOptions.Singleline)]
    private static partial Regex DecideForm();

    [GeneratedRegex("<input type=\"hidden\" name=\"(?<name>[^\"]+)\" value=\"(?<value>[^\"]*)\"")]
    private static partial Regex Hidden();

    [GeneratedRegex("<[^>]+>")]
    private static partial Regex Tags();

    [GeneratedRegex("\\s+")]
    private static partial Regex Spaces();
}
