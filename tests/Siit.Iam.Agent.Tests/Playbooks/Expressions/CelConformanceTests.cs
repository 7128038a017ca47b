using System.Globalization;
using System.Text;
using Siit.Iam.Agent.Playbooks.Expressions;

namespace Siit.Iam.Agent.Tests.Playbooks.Expressions;

/// <summary>The conformance vectors of the Common Expression Language: what our profile accepts means the same there.</summary>
public sealed class CelConformanceTests(ITestOutputHelper output)
{
    /// <summary>Time is counted in 100 ns here, in 1 ns there.</summary>
    private static readonly string[] FinerThanOurClock =
    [
        "toString_timestamp_nanos", "add_duration_nanos_over", "add_duration_nanos_under",
        "add_time_to_duration_nanos_negative", "add_time_to_duration_nanos_positive",
    ];

    private sealed record Vector(string File, string Name, string Expression, TextProto.Message? Value, bool Fails);

    [Fact]
    public void Check_ConformanceVectors_AreEqualOrRefused()
    {
        var folder = SharedData("cel-spec");
        Assert.SkipWhen(folder is null, "The vectors of cel-spec are not beside the repository (../shared/data/cel-spec).");

        var (equal, refused) = (0, 0);
        var different = new List<string>();
        foreach (var vector in Directory.EnumerateFiles(folder!, "*.textproto").SelectMany(Vectors))
        {
            var (outcome, told) = Judge(vector);
            _ = outcome switch
            {
                "equal" => equal++,
                "refused" => refused++,
                _ => 0,
            };
            if (outcome == "different")
                different.Add($"{vector.File}/{vector.Name}: {vector.Expression} gave {told}");
        }

        output.WriteLine($"{equal} equal, {refused} refused as outside of the profile, {different.Count} different");
        foreach (var line in different)
            output.WriteLine(line);
        Assert.DoesNotContain(different, line => !FinerThanOurClock.Any(line.Contains));
        Assert.True(equal > 550, $"Only {equal} vectors are equal: the profile has become smaller.");
    }

    private static (string Outcome, string Told) Judge(Vector vector)
    {
        var check = Cel.Check(vector.Expression, CelEnvironment.Empty);
        if (check.Typed is null)
            return (vector.Fails ? "equal" : "refused", check.Problems[0].Message);
        try
        {
            var told = Text(check.Typed.Run(new Frame(Scope.Empty, check.Slots)));
            return (!vector.Fails && told == Text(vector.Value!) ? "equal" : "different", told);
        }
        catch (ExpressionException e)
        {
            return (vector.Fails ? "equal" : "different", e.Message);
        }
    }

    private static IEnumerable<Vector> Vectors(string file) =>
        from section in new TextProto(File.ReadAllText(file)).Read().All("section")
        from test in section.All("test")
        where test["bindings"] is null && test["type_env"] is null
        select new Vector(
            Path.GetFileNameWithoutExtension(file),
            (string)test["name"]!,
            (string)test["expr"]!,
            test["value"] as TextProto.Message ?? (test["eval_error"] is null ? TrueByDefault : null),
            test["eval_error"] is not null);

    private static readonly TextProto.Message TrueByDefault = new([("bool_value", new TextProto.Word("true"))]);

    private static string Text(TextProto.Message value)
    {
        var (kind, held) = value.Fields[0];
        return kind switch
        {
            "string_value" => "s:" + held,
            "double_value" => "d:" + Number(((TextProto.Word)held).Text),
            "int64_value" => "i:" + ((TextProto.Word)held).Text,
            "bool_value" => "b:" + ((TextProto.Word)held).Text,
            "list_value" => "[" + string.Join(", ", ((TextProto.Message)held).All("values").Select(Text)) + "]",
            "map_value" => "{" + string.Join(", ", ((TextProto.Message)held).All("entries")
                .Select(entry => Text((TextProto.Message)entry["key"]!) + ": " + Text((TextProto.Message)entry["value"]!)).Order(StringComparer.Ordinal)) + "}",
            "object_value" => Span((TextProto.Message)((TextProto.Message)held).Fields[0].Value),
            _ => kind,
        };
    }

    private static string Span(TextProto.Message message) =>
        $"t:{(message["seconds"] as TextProto.Word)?.Text ?? "0"}.{(message["nanos"] as TextProto.Word)?.Text ?? "0"}";

    private static string Number(string word) => word switch
    {
        "inf" or "Infinity" or "infinity" => "∞",
        "-inf" or "-Infinity" or "-infinity" => "-∞",
        "nan" or "NaN" => "NaN",
        _ => double.Parse(word, CultureInfo.InvariantCulture).ToString("R", CultureInfo.InvariantCulture),
    };

    private static string Text(object value) => value switch
    {
        string text => "s:" + text,
        long number => "i:" + number.ToString(CultureInfo.InvariantCulture),
        bool truth => "b:" + (truth ? "true" : "false"),
        double real => "d:" + (double.IsNaN(real) ? "NaN" : double.IsPositiveInfinity(real) ? "∞" : double.IsNegativeInfinity(real) ? "-∞" : real.ToString("R", CultureInfo.InvariantCulture)),
        DateTimeOffset time => $"t:{time.ToUnixTimeSeconds()}.{time.UtcTicks % TimeSpan.TicksPerSecond * 100}",
        TimeSpan span => $"t:{span.Ticks / TimeSpan.TicksPerSecond}.{span.Ticks % TimeSpan.TicksPerSecond * 100}",
        IReadOnlyList<object> list => "[" + string.Join(", ", list.Select(Text)) + "]",
        IReadOnlyDictionary<string, object> map => "{" + string.Join(", ", map.Select(entry => $"s:{entry.Key}: {Text(entry.Value)}").Order(StringComparer.Ordinal)) + "}",
        _ => value.ToString()!,
    };

    /// <summary>A folder of vectors that lies beside the repository, or null.</summary>
    internal static string? SharedData(string name)
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (!File.Exists(Path.Combine(at.FullName, "Siit.Iam.Agent.sln")))
                continue;
            var folder = Path.GetFullPath(Path.Combine(at.FullName, "..", "shared", "data", name));
            return Path.Exists(folder) ? folder : null;
        }

        return null;
    }
}
