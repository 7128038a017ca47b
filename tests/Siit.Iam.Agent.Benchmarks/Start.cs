namespace Siit.Iam.Agent.Benchmarks;

/// <summary>How long until a started process answers, against a bare server of the same SDK that lies beside it.</summary>
internal static class Start
{
    private const string Initialize =
        """{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"bench","version":"1"}}}""";

    public static async Task MeasureAsync(Report report, int rounds)
    {
        await using var scene = await Scene.StartAsync();
        var (serve, bareHttp, bridge, bareStdio) = (new List<double>(), new List<double>(), new List<double>(), new List<double>());
        for (var round = -1; round < rounds; round++)
        {
            using (var server = scene.Serve())
            {
                // The first round only warms the disk's cache.
                Keep(serve, await server.AnswersAsync(scene.Port), round);
                using var started = Child.Agent(scene.Environment, "mcp", "--data", scene.Data);
                Keep(bridge, await started.AnswersLineAsync(Initialize), round);
            }

            var port = Child.FreePort();
            using (var bare = Child.Bare("http", $"{port}"))
                Keep(bareHttp, await bare.AnswersAsync(port), round);
            using (var bare = Child.Bare("stdio"))
                Keep(bareStdio, await bare.AnswersLineAsync(Initialize), round);
        }

        report.Compare("serve answers /healthz", "ms", serve, "bare HTTP server", bareHttp);
        report.Compare("bridge answers initialize", "ms", bridge, "bare stdio server", bareStdio);
    }

    private static void Keep(List<double> times, double time, int round)
    {
        if (round >= 0)
            times.Add(time);
    }
}
