using System.Text.RegularExpressions;
using Siit.Iam.Agent.Playbooks.Expressions;
using Siit.Iam.Agent.Playbooks.Format;

namespace Siit.Iam.Agent.Playbooks.Checks;

/// <summary>How many different groups and applications writes can name, seen from the form of the steps alone.</summary>
internal sealed partial class Reach
{
    private readonly Dictionary<string, int> _groups = [];
    private readonly Dictionary<string, int> _applications = [];
    private readonly Stack<string> _items = [];

    private Reach()
    {
    }

    /// <param name="people">Found from <c>targets</c>, see <see cref="TargetBound"/>.</param>
    /// <param name="writes">Found on the way through the steps.</param>
    public static PlaybookBound Of(IReadOnlyList<Step> steps, int people, int writes)
    {
        var reach = new Reach();
        foreach (var step in steps)
            reach.Take(step, 1);
        return new PlaybookBound(people, writes) { Groups = Total(reach._groups, writes), Applications = Total(reach._applications, writes) };
    }

    private static int Total(Dictionary<string, int> named, int writes) => (int)Math.Min(writes, named.Values.Sum(times => (long)times));

    private void Take(Step step, int times)
    {
        switch (step)
        {
            case DoStep { Action.IsRead: false } write:
                foreach (var argument in write.With)
                {
                    if (argument.Name == "group")
                        Name(_groups, write, argument.Value, times);
                    else if (argument.Name == "application")
                        Name(_applications, write, argument.Value, times);
                }

                break;
            case ForeachStep each:
                _items.Push(each.As);
                foreach (var inner in each.Steps)
                    Take(inner, (int)Math.Min(int.MaxValue, (long)times * each.Max));
                _items.Pop();
                break;
            default:
                foreach (var inner in step.Inner)
                    Take(inner, times);
                break;
        }
    }

    /// <summary>The same expression is the same thing for the whole run, unless it reads what each item of a loop has of its own.</summary>
    private void Name(Dictionary<string, int> named, DoStep step, PlaybookValue value, int times)
    {
        var (key, varies) = value switch
        {
            Literal literal => ($"'{literal.Evaluate(Scope.Empty)}'", false),
            Expression expression => (expression.Text.Trim(), Names().Matches(expression.Text).Any(name => name.Value == "steps" || _items.Contains(name.Value))),
            _ => ($"{step.Id}:", true),
        };
        named[key] = Math.Max(named.GetValueOrDefault(key), varies ? times : 1);
    }

    [GeneratedRegex("[A-Za-z_][A-Za-z0-9_]*", RegexOptions.CultureInvariant)]
    private static partial Regex Names();
}
