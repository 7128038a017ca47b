using Siit.Iam.Agent.Benchmarks;

// dotnet run -c Release --project tests/Siit.Iam.Agent.Benchmarks -- start|calls|memory|storing|imports|audit|day1|runs|all [--json] [--rounds N]
var json = args.Contains("--json");
var rounds = Array.IndexOf(args, "--rounds") is var at and >= 0 && int.TryParse(args.ElementAtOrDefault(at + 1), out var given) ? given : 15;
var report = new Report();
int Number(string option, int otherwise) => Array.IndexOf(args, option) is var place and >= 0 && int.TryParse(args.ElementAtOrDefault(place + 1), out var number) ? number : otherwise;
switch (args.FirstOrDefault())
{
    case "bare":
        await Bare.RunAsync(args[1..]);
        return 0;
    case "idps":
        await EmulatedIdpsChild.RunAsync(args[1..]);
        return 0;
    case "day1":
        await Day1.MeasureAsync(report, Number("--latency", 50), Number("--people", 5), Number("--every", 10));
        break;
    case "runs":
        await MassRuns.MeasureAsync(report, Number("--people", 1000), Number("--latency", 0), Number("--approvers", 300));
        break;
    case "start":
        await Start.MeasureAsync(report, rounds);
        break;
    case "calls":
        await Calls.MeasureAsync(report);
        break;
    case "memory":
        await Memory.MeasureAsync(report);
        break;
    case "storing":
        await Storing.MeasureAsync(report, Number("--people", 10_000), Number("--groups", 500), Number("--memberships", 20));
        break;
    case "imports":
        var names = Array.IndexOf(args, "--idps") is var idps and >= 0 ? args[idps + 1].Split(',') : ["okta"];
        await Imports.MeasureAsync(report, Number("--people", 10_000), Number("--groups", 500), Number("--memberships", 20), Number("--latency", 50), names);
        break;
    case "audit":
        await Audits.MeasureAsync(report, Number("--entries", 1_000_000));
        await Audits.MeasureStartAsync(report, Number("--start-entries", 100_000), Math.Min(rounds, 5));
        break;
    case "all":
        await Start.MeasureAsync(report, rounds);
        await Calls.MeasureAsync(report);
        await Memory.MeasureAsync(report);
        break;
    default:
        Console.Error.WriteLine("start | calls | memory | day1 [--latency MS --people N --every SECONDS] | runs [--people N --latency MS --approvers N] | audit [--entries N --start-entries N] | storing|imports [--people N --groups N --memberships N --latency MS --idps okta,entra,google,jumpcloud] | all   [--json] [--rounds N]");
        return 2;
}

Console.WriteLine(json ? report.Json() : report.Table());
return 0;
