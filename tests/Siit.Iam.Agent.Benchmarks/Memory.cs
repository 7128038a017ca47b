namespace Siit.Iam.Agent.Benchmarks;

/// <summary>Resident memory at rest and under load.</summary>
internal static class Memory
{
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Load = TimeSpan.FromSeconds(15);

    public static async Task MeasureAsync(Report report)
    {
        await using var scene = await Scene.StartAsync();
        using var server = scene.Serve();
        await server.AnswersAsync(scene.Port);
        var port = Child.FreePort();
        using var bare = Child.Bare("http", $"{port}");
        await bare.AnswersAsync(port);
        await Task.Delay(Rest);
        report.Compare("serve at rest", "MB", [server.ResidentMegabytes], "bare HTTP server", [bare.ResidentMegabytes]);

        var load = Calls.LoadAsync(scene, 16, Load);
        var most = 0.0;
        while (!load.IsCompleted)
        {
            most = Math.Max(most, server.ResidentMegabytes);
            await Task.Delay(100);
        }

        report.Tell($"serve with 16 callers, most in {Load.TotalSeconds} s ({await load} calls)", "MB", [most]);
        await Task.Delay(Rest);
        report.Tell("serve at rest again", "MB", [server.ResidentMegabytes]);
    }
}
