using Siit.Iam.Agent.Playbooks.Comparing;
using Siit.Iam.Agent.Playbooks.Expressions;
using Siit.Iam.Agent.Playbooks.Format;

namespace Siit.Iam.Agent.Playbooks.Rehearsals;

/// <summary>The numbers that stand in playbooks' expressions: what is decided by a number changes most often beside one of them.</summary>
internal sealed class RehearsalNumbers
{
    /// <summary>As far beside a number as an answer is tried that need not be whole.</summary>
    private const double Beside = 0.001;

    private readonly SortedSet<double> _numbers = [];

    public static RehearsalNumbers None { get; } = new();

    public static RehearsalNumbers Of(IEnumerable<Playbook> playbooks)
    {
        var found = new RehearsalNumbers();
        foreach (var playbook in playbooks)
        {
            foreach (var value in playbook.Steps.SelectMany(step => step.All).SelectMany(StepFacts.Values).Concat(playbook.Vars.Select(named => named.Value)))
                found.Take(value);
        }

        return found;
    }

    /// <summary>Each number and its neighbours, as far as they lie within the bounds.</summary>
    public IEnumerable<long> Around(long? min, long? max) => _numbers
        .Where(number => Math.Abs(number) < long.MaxValue / 2)
        .SelectMany(number => double.IsInteger(number) ? new[] { (long)number - 1, (long)number, (long)number + 1 } : [(long)Math.Floor(number), (long)Math.Ceiling(number)])
        .Where(number => !(number < min) && !(number > max)).Distinct();

    /// <summary>The same where answers need not be whole.</summary>
    public IEnumerable<double> Around() => _numbers.SelectMany(number => new[] { Math.Round(number - Beside, 6), number, Math.Round(number + Beside, 6) }).Distinct();

    private void Take(PlaybookValue value)
    {
        if (value is Expression expression)
            Take(CelParser.Parse(expression.Text));
        foreach (var part in (value as Template)?.Parts ?? [])
            Take(part);
    }

    private void Take(CelNode node)
    {
        if (node is LiteralNode { Value: long or double } literal)
            _numbers.Add(Convert.ToDouble(literal.Value, System.Globalization.CultureInfo.InvariantCulture));
        foreach (var part in node.Parts)
            Take(part);
    }
}
