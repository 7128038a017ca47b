using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.WebSockets;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.Console;

/// <summary>
/// A headless Chromium, driven over its own DevTools protocol: a driver library would bring a browser-sized download with it.
/// Where there is none a test is skipped by name; in CI that is a failure.
/// </summary>
internal sealed class Chromium : IAsyncDisposable
{
    private static readonly string?[] Places =
        [Environment.GetEnvironmentVariable("SIIT_IAM_CHROMIUM"), "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

    private readonly Process _process;
    private readonly string _profile;
    private readonly ClientWebSocket _socket = new();
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonObject>> _waiting = new();
    private readonly ConcurrentDictionary<string, Tab> _tabs = new();
    private int _last;

    private Chromium(Process process, string profile) => (_process, _profile) = (process, profile);

    public static async Task<Chromium> StartAsync()
    {
        var path = Array.Find(Places, File.Exists);
        Needs.That(path is not null, "needs Chromium (on Debian: apt-get install chromium), or its path in SIIT_IAM_CHROMIUM");
        var profile = Directory.CreateTempSubdirectory("siit-chromium-").FullName;
        string[] arguments =
        [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-extensions", "--disable-background-networking",
            "--disable-component-update", "--force-color-profile=srgb", "--hide-scrollbars", "--remote-debugging-port=0", $"--user-data-dir={profile}", "about:blank",
        ];
        var process = Process.Start(new ProcessStartInfo(path!, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        var browser = new Chromium(process, profile);
        var port = Path.Combine(profile, "DevToolsActivePort");
        var lines = await Eventually.Is(() => Task.FromResult(File.Exists(port) ? File.ReadAllLines(port) : []), found => found.Length >= 2, seconds: 60);
        await browser._socket.ConnectAsync(new Uri($"ws://127.0.0.1:{lines[0]}{lines[1]}"), CancellationToken.None);
        _ = browser.ReadAsync();
        return browser;
    }

    /// <summary>A tab in a profile of its own: no cookies, nothing cached.</summary>
    public async Task<Tab> TabAsync(bool script = true, bool dark = false, int width = 1200)
    {
        var context = (await SendAsync("Target.createBrowserContext", [])).Text("browserContextId");
        var target = (await SendAsync("Target.createTarget", new JsonObject { ["url"] = "about:blank", ["browserContextId"] = context, ["newWindow"] = true })).Text("targetId");
        var session = (await SendAsync("Target.attachToTarget", new JsonObject { ["targetId"] = target, ["flatten"] = true })).Text("sessionId");
        var tab = new Tab(this, session);
        _tabs[session] = tab;
        await tab.PrepareAsync(script, dark, width);
        return tab;
    }

    public async Task<JsonObject> SendAsync(string method, JsonObject parameters, string? session = null)
    {
        var id = Interlocked.Increment(ref _last);
        var answer = _waiting[id] = new TaskCompletionSource<JsonObject>(TaskCreationOptions.RunContinuationsAsynchronously);
        var message = new JsonObject { ["id"] = id, ["method"] = method, ["params"] = parameters };
        if (session is not null)
            message["sessionId"] = session;
        await _sending.WaitAsync();
        try
        {
            await _socket.SendAsync(System.Text.Encoding.UTF8.GetBytes(message.ToJsonString()), WebSocketMessageType.Text, true, CancellationToken.None);
        }
        finally
        {
            _sending.Release();
        }

        return await answer.Task.WaitAsync(TimeSpan.FromSeconds(60));
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        _sending.Dispose();
        try
        {
            Directory.Delete(_profile, recursive: true);
        }
        catch (IOException)
        {
            // A helper process of the browser may write for a moment longer; the folder is the system's temporary one.
        }
    }

    private async Task ReadAsync()
    {
        var buffer = new byte[1 << 16];
        using var message = new MemoryStream();
        try
        {
            while (true)
            {
                var part = await _socket.ReceiveAsync(buffer, CancellationToken.None);
                message.Write(buffer, 0, part.Count);
                if (!part.EndOfMessage)
                    continue;
                Take(JsonNode.Parse(message.ToArray())!.AsObject());
                message.SetLength(0);
            }
        }
        catch (Exception e) when (e is WebSocketException or ObjectDisposedException or OperationCanceledException)
        {
            foreach (var waiting in _waiting.Values)
                waiting.TrySetException(new IOException("The browser is gone."));
        }
    }

    private void Take(JsonObject message)
    {
        if (message["id"]?.GetValue<int>() is { } id && _waiting.TryRemove(id, out var waiting))
        {
            if (message["error"] is { } error)
                waiting.TrySetException(new InvalidOperationException(error.ToJsonString()));
            else
                waiting.TrySetResult(message["result"]!.DeepClone().AsObject());
        }
        else if (message["sessionId"]?.GetValue<string>() is { } session && _tabs.TryGetValue(session, out var tab))
        {
            tab.Take(message["method"]!.GetValue<string>(), message["params"]!.AsObject());
        }
    }
}

internal static class JsonTexts
{
    public static string Text(this JsonObject node, string name) => node[name]!.GetValue<string>();
}
