using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Siit.Iam.Agent.Tests.Idps;

/// <summary>
/// A request that others' clients make. <c>{name}</c> in path and body stands for a value kept from an earlier answer;
/// <c>{since}</c> and <c>{soon}</c> are times.
/// </summary>
/// <param name="Keep">What to keep of the answer: <c>name=path.to.it</c>, several with blanks between.</param>
internal sealed record OthersRequest(string Method, string Path, string? Body = null, string? Keep = null)
{
    /// <summary>What a refusal is expected to answer; null for a success.</summary>
    public int? Status { get; init; }

    /// <summary>Reads that are all refused alike.</summary>
    public static IEnumerable<OthersRequest> Refused(int status, params string[] paths) => paths.Select(path => new OthersRequest("GET", path) { Status = status });
}

/// <summary>A client that is not ours, before the proxies: plain HTTP. The proxies say in each answer what differs from the description.</summary>
internal sealed partial class OtherClient(string header, string credential) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false });
    private readonly Dictionary<string, string> _kept = new()
    {
        ["since"] = Rfc3339(DateTimeOffset.UtcNow.AddDays(-30)),
        ["soon"] = Rfc3339(DateTimeOffset.UtcNow.AddDays(2)),
    };

    /// <summary>Sends all in turn, even after trouble: each must succeed, or be refused as expected, and be as described.</summary>
    public async Task SendAsync(Uri proxy, IEnumerable<OthersRequest> requests)
    {
        var problems = new List<string>();
        foreach (var request in requests)
        {
            var path = Filled(request.Path);
            using var message = new HttpRequestMessage(new HttpMethod(request.Method), path.StartsWith("http", StringComparison.Ordinal) ? path : proxy.AbsoluteUri.TrimEnd('/') + path);
            message.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
            message.Headers.TryAddWithoutValidation(header, credential);
            if (path.Contains("$count", StringComparison.Ordinal)) message.Headers.Add("ConsistencyLevel", "eventual");
            if (request.Body is not null) message.Content = new StringContent(Filled(request.Body), Encoding.UTF8, "application/json");
            using var response = await _http.SendAsync(message, TestContext.Current.CancellationToken);
            var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            if (request.Status is { } status ? (int)response.StatusCode != status : !response.IsSuccessStatusCode) problems.Add($"{request.Method} {path}: {(int)response.StatusCode} {text}");
            if (response.Headers.TryGetValues("sl-violations", out var violations) && !IsMereCode(request, violations)) problems.Add($"{request.Method} {path}: {string.Join(' ', violations)}");
            if (response.IsSuccessStatusCode) problems.AddRange(Keep(request, text));
        }
        Assert.True(problems.Count == 0, string.Join('\n', problems));
    }

    public void Dispose() => _http.Dispose();

    private IEnumerable<string> Keep(OthersRequest request, string text)
    {
        foreach (var rule in request.Keep?.Split(' ') ?? [])
        {
            var (name, steps) = (rule.Split('=')[0], rule.Split('=')[1].Split('/'));
            var found = steps.Aggregate(JsonNode.Parse(text), (node, step) => int.TryParse(step, out var index) ? node?.AsArray().ElementAtOrDefault(index) : node?[step]);
            if (found is null) yield return $"{request.Method} {request.Path} has no {rule}: {text}";
            else _kept[name] = found.ToString();
        }
    }

    /// <summary>A refusal whose code the description leaves out: <c>.ci/contract</c> looks whether it stands in the list with its source.</summary>
    private static bool IsMereCode(OthersRequest request, IEnumerable<string> violations) =>
        request.Status is not null && JsonNode.Parse(string.Concat(violations))!.AsArray()
            .All(violation => violation!["message"]!.GetValue<string>().StartsWith("Unable to match the returned status code", StringComparison.Ordinal));

    private static string Rfc3339(DateTimeOffset time) => time.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private string Filled(string text) => Place().Replace(text, place => _kept.TryGetValue(place.Groups[1].Value, out var value) ? value : place.Value);

    [GeneratedRegex(@"\{(\w+)\}")]
    private static partial Regex Place();
}
