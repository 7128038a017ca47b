using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using System.Web;
using OtpNet;
using Siit.Iam.Agent.Cli;

namespace Siit.Iam.Agent.Benchmarks;

/// <summary>
/// People who look at what waits and say yes, at the operators' door, each time with a one-time code of their own: one code in 30 seconds
/// and person, so how many there are says how fast they can be. The first one publishes, and so decides on nothing.
/// </summary>
internal sealed class ScriptedApprovers(OperatorsClient door, IReadOnlyList<(string Email, string Uri)> approvers) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<string, bool> _decided = new();
    private readonly long[] _used = new long[approvers.Count];
    private Task? _deciding;
    private int _next = 1;
    private bool _ended;

    public int Decisions => _decided.Count;

    /// <summary>Decides on everything that waits, from now on.</summary>
    public void Begin(TimeSpan every) => _deciding = Task.Run(async () =>
    {
        while (!_stop.IsCancellationRequested)
        {
            var waiting = (await door.GetAsync("/approvals", CancellationToken.None)).AsArray().Where(call => !_decided.ContainsKey(call!["id"]!.GetValue<string>())).ToList();
            await Parallel.ForEachAsync(waiting, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (call, _) => await DecideAsync(call!));
            await Task.Delay(every);
        }
    });

    /// <summary>An approver's email and code, which counts once.</summary>
    /// <param name="place">Who; the next one who has a code left when null.</param>
    public async Task<(string Email, string Code)> CodeAsync(int? place = null)
    {
        while (true)
        {
            lock (_used)
            {
                var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() / 30;
                for (var tried = 0; tried < approvers.Count; tried++)
                {
                    var who = place ?? _next;
                    _next = Math.Max(1, (_next + 1) % approvers.Count);
                    if (_used[who] >= now)
                        continue;
                    _used[who] = now;
                    var secret = HttpUtility.ParseQueryString(new Uri(approvers[who].Uri).Query)["secret"]!;
                    return (approvers[who].Email, new Totp(Base32Encoding.ToBytes(secret)).ComputeTotp(DateTimeOffset.FromUnixTimeSeconds(now * 30).UtcDateTime));
                }
            }

            await Task.Delay(100);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_ended)
            return;
        _ended = true;
        await _stop.CancelAsync();
        if (_deciding is not null)
            await _deciding;
        _stop.Dispose();
    }

    private async Task DecideAsync(JsonNode call)
    {
        var (email, code) = await CodeAsync();
        var id = call["id"]!.GetValue<string>();
        try
        {
            await door.PostAsync(
                $"/approvals/{id}", new JsonObject { ["as"] = email, ["code"] = code, ["approve"] = true, ["digest"] = call["approval"]!["digest"]!.GetValue<string>() }, CancellationToken.None);
            _decided[id] = true;
        }
        catch (CliException refused)
        {
            System.Console.Error.WriteLine($"{email} could not approve {id}: {refused.Message}");
        }
    }
}
