using Siit.Iam.Agent.Benchmarks;

// dotnet run -c Release --project tests/Siit.Iam.Agent.Benchmarks -- start|calls|memory|all [--json] [--rounds N]
var json = args.Contains("--json");
var rounds = Array.IndexOf(args, "--rounds") is var at and >= 0 && int.TryParse(args.ElementAtOrDefault(at + 1), out var given) ? given : 15;
var report = new Report();
switch (args.FirstOrDefault())
{
    case "bare":
        await Bare.RunAsync(args[1..]);
        return 0;
    case "start":
        await Start.MeasureAsync(report, rounds);
        break;
    case "calls":
        await Calls.MeasureAsync(report);
        break;
    case "memory":
        await Memory.MeasureAsync(report);
        break;
    case "all":
        await Start.MeasureAsync(report, rounds);
        await Calls.MeasureAsync(report);
        await Memory.MeasureAsync(report);
        break;
    default:
        Console.Error.WriteLine("start | calls | memory | all   [--json] [--rounds N]");
        return 2;
}

Console.WriteLine(json ? report.Json() : report.Table());
return 0;
