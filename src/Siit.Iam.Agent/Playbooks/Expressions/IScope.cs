using System.Text.Json.Nodes;

namespace Siit.Iam.Agent.Playbooks.Expressions;

/// <summary>
/// What names mean while an expression is evaluated: <c>input</c>, <c>vars</c>, <c>steps</c>, <c>run</c> (<c>{ id, now, requester? }</c>,
/// recorded when the run started), a loop's <c>as</c>, and <c>person</c> in <c>policy.targets</c>. Values are JSON: timestamps as
/// RFC 3339 text, durations as ISO 8601 text; an absent optional value is not there (never null).
/// </summary>
internal interface IScope
{
    /// <summary>The value of a name; null when it is not there.</summary>
    JsonNode? Find(string name);
}

/// <summary>A scope made of names, the nearest first.</summary>
internal sealed class Scope : IScope
{
    private readonly Scope? _outer;
    private readonly string? _name;
    private readonly JsonNode? _value;

    private Scope(Scope? outer, string? name, JsonNode? value) => (_outer, _name, _value) = (outer, name, value);

    public static Scope Empty { get; } = new(null, null, null);

    public Scope With(string name, JsonNode? value) => new(this, name, value);

    public JsonNode? Find(string name)
    {
        for (var at = this; at is not null; at = at._outer)
        {
            if (at._name == name)
                return at._value;
        }

        return null;
    }
}
