using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Siit.Iam.Agent.Benchmarks;

/// <summary>One comparison, both sides measured in turn in the same run: the ratio is what can be held against another machine's.</summary>
/// <param name="Against">What it is compared with.</param>
/// <param name="Ratio">Median of ours to median of the other.</param>
internal sealed record Figure(string What, string Unit, int Count, double Ours, double? OursP99, string? Against, double? Theirs, double? TheirsP99, double? Ratio);

/// <summary>The figures of one run.</summary>
internal sealed class Report
{
    private static readonly JsonSerializerOptions Written = new(JsonSerializerDefaults.Web) { WriteIndented = true };
    private readonly List<Figure> _figures = [];

    public void Compare(string what, string unit, IReadOnlyList<double> ours, string against, IReadOnlyList<double> theirs) =>
        Add(new Figure(what, unit, ours.Count, Median(ours), P99(ours), against, Median(theirs), P99(theirs), Median(ours) / Median(theirs)));

    public void Tell(string what, string unit, IReadOnlyList<double> ours) => Add(new Figure(what, unit, ours.Count, Median(ours), P99(ours), null, null, null, null));

    /// <summary>Several lines, and what was measured where.</summary>
    public string Table()
    {
        var lines = new StringBuilder();
        lines.AppendLine(CultureInfo.InvariantCulture, $"{Environment.ProcessorCount} cores, {System.Runtime.InteropServices.RuntimeInformation.FrameworkDescription}, {(IsOptimised ? "Release" : "Debug: figures of a debug build say nothing")}");
        lines.AppendLine($"{"",-62} {"n",5} {"p50",10} {"p99",10} {"",-8} {"against p50",12} {"p99",10} {"ratio",7}");
        foreach (var figure in _figures)
            lines.AppendLine($"{Cut(figure.What + (figure.Against is null ? "" : $" / {figure.Against}")),-62} {figure.Count,5} {Number(figure.Ours),10} {Number(figure.OursP99),10} {figure.Unit,-8} {Number(figure.Theirs),12} {Number(figure.TheirsP99),10} {Number(figure.Ratio),7}");
        return lines.ToString();
    }

    public string Json() => JsonSerializer.Serialize(new { cores = Environment.ProcessorCount, optimised = IsOptimised, figures = _figures }, Written);

    private static bool IsOptimised =>
#if DEBUG
        false;
#else
        true;
#endif

    private void Add(Figure figure)
    {
        _figures.Add(figure);
        // Progress, beside the one document or table on stdout.
        System.Console.Error.WriteLine($"{figure.What}: {Number(figure.Ours)} {figure.Unit}{(figure.Ratio is null ? "" : $", {Number(figure.Ratio)} x {figure.Against}")}");
    }

    private static double Median(IReadOnlyList<double> values) => At(values, 0.5);

    private static double P99(IReadOnlyList<double> values) => At(values, 0.99);

    private static double At(IReadOnlyList<double> values, double share) => values.Order().ElementAt((int)Math.Min(values.Count - 1, values.Count * share));

    private static string Cut(string text) => text.Length > 62 ? text[..61] + "…" : text;

    private static string Number(double? value) => value is { } number ? number.ToString(Math.Abs(number) >= 100 ? "0" : "0.00", CultureInfo.InvariantCulture) : "";
}
