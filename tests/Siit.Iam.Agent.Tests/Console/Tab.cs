using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Deque.AxeCore.Commons;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.Console;

/// <summary>One tab: goes somewhere, presses, types, looks, and counts what came over the wire.</summary>
internal sealed class Tab(Chromium browser, string session)
{
    private static readonly Lazy<string> Axe = new(() => new BundledAxeScriptProvider().GetScript());

    private int _loads;
    private long _bytes;

    /// <summary>Bytes received, headers included, as they came.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>What the browser complained of: refused by the page's policy, thrown by a script, not found.</summary>
    public ConcurrentQueue<string> Complaints { get; } = [];

    public async Task PrepareAsync(bool script, bool dark, int width)
    {
        foreach (var domain in new[] { "Page", "Network", "Runtime", "Log" })
            await SendAsync($"{domain}.enable", []);
        await SendAsync("Emulation.setScriptExecutionDisabled", new JsonObject { ["value"] = !script });
        await SendAsync("Emulation.setEmulatedMedia", new JsonObject { ["features"] = new JsonArray(new JsonObject { ["name"] = "prefers-color-scheme", ["value"] = dark ? "dark" : "light" }) });
        await SendAsync("Emulation.setDeviceMetricsOverride", new JsonObject { ["width"] = width, ["height"] = 900, ["deviceScaleFactor"] = 1, ["mobile"] = width < 600 });
    }

    public Task GoAsync(Uri address) => LoadedAsync(() => SendAsync("Page.navigate", new JsonObject { ["url"] = address.ToString() }));

    public Task GoAsync(Uri root, string path) => GoAsync(new Uri(root, path));

    /// <summary>Presses a link or button and waits for the page that follows.</summary>
    public Task PressAsync(string selector) => LoadedAsync(() => EvaluateAsync($"document.querySelector({Quoted(selector)}).click()"));

    public Task TypeAsync(string selector, string text) => EvaluateAsync($"document.querySelector({Quoted(selector)}).value = {Quoted(text)}");

    public Task FocusAsync(string selector) => EvaluateAsync($"document.querySelector({Quoted(selector)}).focus()");

    public async Task EnterAsync()
    {
        foreach (var type in new[] { "keyDown", "keyUp" })
            await SendAsync("Input.dispatchKeyEvent", new JsonObject { ["type"] = type, ["key"] = "Enter", ["code"] = "Enter", ["windowsVirtualKeyCode"] = 13, ["text"] = type == "keyDown" ? "\r" : "" });
    }

    public Task<string> TextAsync() => EvaluateAsync("document.body.innerText");

    public Task<string> PathAsync() => EvaluateAsync("location.pathname");

    /// <summary>The value of an expression, as text.</summary>
    public async Task<string> EvaluateAsync(string expression)
    {
        var answer = await SendAsync("Runtime.evaluate", new JsonObject { ["expression"] = expression, ["awaitPromise"] = true, ["returnByValue"] = true });
        Assert.True(answer["exceptionDetails"] is null, answer["exceptionDetails"]?.ToJsonString());
        return answer["result"]!["value"]?.ToString() ?? "";
    }

    /// <summary>What axe finds fault with: WCAG 2.2 A and AA, and its best practices; and whether the page is wider than its window.</summary>
    public async Task<IReadOnlyList<string>> FaultsAsync()
    {
        await SendAsync("Runtime.evaluate", new JsonObject { ["expression"] = Axe.Value });
        var found = await EvaluateAsync("""
            axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
              .then(r => JSON.stringify(r.violations.map(v => v.id + ': ' + v.nodes.map(n => n.html + ' ' + n.failureSummary).join(' | '))))
            """);
        var faults = JsonSerializer.Deserialize<List<string>>(found)!;
        if (await EvaluateAsync("document.documentElement.scrollWidth > document.documentElement.clientWidth") == "true")
            faults.Add("wider than the window");
        return faults;
    }

    /// <summary>A picture for people who work on the page, where <c>SIIT_IAM_SCREENSHOTS</c> names a folder.</summary>
    public async Task ShootAsync(string name)
    {
        if (Environment.GetEnvironmentVariable("SIIT_IAM_SCREENSHOTS") is not { Length: > 0 } folder)
            return;
        Directory.CreateDirectory(folder);
        var picture = await SendAsync("Page.captureScreenshot", new JsonObject { ["format"] = "png", ["captureBeyondViewport"] = true });
        await File.WriteAllBytesAsync(Path.Combine(folder, $"{name}.png"), Convert.FromBase64String(picture.Text("data")));
    }

    public void Take(string method, JsonObject parameters)
    {
        switch (method)
        {
            case "Page.loadEventFired":
                Interlocked.Increment(ref _loads);
                break;
            case "Network.loadingFinished":
                Interlocked.Add(ref _bytes, (long)parameters["encodedDataLength"]!.GetValue<double>());
                break;
            case "Log.entryAdded" when parameters["entry"]!["level"]!.GetValue<string>() is "error" or "warning":
                Complaints.Enqueue($"{parameters["entry"]!["url"]} {parameters["entry"]!["text"]}");
                break;
            case "Runtime.exceptionThrown":
                Complaints.Enqueue(parameters.ToJsonString());
                break;
        }
    }

    private async Task LoadedAsync(Func<Task> act)
    {
        var before = Volatile.Read(ref _loads);
        await act();
        await Eventually.Is(() => Task.FromResult(Volatile.Read(ref _loads)), loads => loads > before, seconds: 60);
    }

    private Task<JsonObject> SendAsync(string method, JsonObject parameters) => browser.SendAsync(method, parameters, session);

    private static string Quoted(string text) => JsonSerializer.Serialize(text);
}
