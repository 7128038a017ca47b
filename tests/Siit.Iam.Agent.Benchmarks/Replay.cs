using System.Text.Json.Nodes;
using Siit.Iam.Emulator.Common;
using Siit.Iam.Emulator.Okta;

namespace Siit.Iam.Agent.Benchmarks;

/// <summary>
/// The HTTP requests that one call makes at the IdP, to be made again by hand: what is sent together by the server is sent together
/// here, so that waiting for the IdP counts the same on both sides.
/// </summary>
internal sealed class Replay
{
    private const int WaveMilliseconds = 150;
    private readonly List<List<SeenRequest>> _waves;

    private Replay(List<List<SeenRequest>> waves) => _waves = waves;

    public int Requests => _waves.Sum(wave => wave.Count);

    public int Waves => _waves.Count;

    /// <summary>Watches what a call sends while every answer takes long enough to tell what waits for what.</summary>
    public static async Task<Replay> OfAsync(EmulatedOkta okta, Func<Task> call)
    {
        okta.Faults.Add([new Fault { Kind = FaultKind.Slow, Milliseconds = WaveMilliseconds, Times = null }]);
        var before = okta.Requests.Requests is [.., var last] ? last.Sequence : 0;
        await call();
        okta.Faults.Clear();
        var waves = new List<List<SeenRequest>>();
        foreach (var request in okta.Requests.Requests.Where(request => request.Sequence > before).OrderBy(request => request.At))
        {
            if (waves.Count == 0 || request.At > waves[^1][0].At.AddMilliseconds(WaveMilliseconds / 2))
                waves.Add([]);
            waves[^1].Add(request);
        }

        return new Replay(waves);
    }

    public async Task RunAsync(HttpClient idp)
    {
        foreach (var wave in _waves)
            await Task.WhenAll(wave.Select(request => SendAsync(idp, request)));
    }

    /// <summary>The answer is read as JSON, as anybody would who wants to know what it says.</summary>
    private static async Task SendAsync(HttpClient idp, SeenRequest request)
    {
        using var message = new HttpRequestMessage(new HttpMethod(request.Method), new Uri(request.Target, UriKind.Relative));
        using var response = await idp.SendAsync(message);
        var body = await response.Content.ReadAsByteArrayAsync();
        if (body.Length > 0)
            JsonNode.Parse(body);
    }
}
