using System.Text.Json.Nodes;

namespace Siit.Iam.Agent.Playbooks.Expressions;

/// <summary>What stands behind a key of a playbook: a literal, an expression or a text with expressions in it.</summary>
internal abstract class PlaybookValue
{
    /// <summary>A fresh node that belongs to the caller. Never scanned again for expressions.</summary>
    /// <exception cref="ExpressionException">The value cannot be computed.</exception>
    public abstract JsonNode? Evaluate(IScope scope);

    /// <summary>As an author writes it: for people, and to compare two files.</summary>
    public abstract string Written { get; }

    /// <summary>Every place that it reads, such as <c>steps.found.accounts</c>: see <see cref="CelText.Paths"/>.</summary>
    public virtual IEnumerable<string> Paths => [];
}

/// <summary>A value as it is written.</summary>
internal sealed class Literal(JsonNode? value) : PlaybookValue
{
    public override JsonNode? Evaluate(IScope scope) => value?.DeepClone();

    public override string Written => value is JsonValue text && text.TryGetValue<string>(out var plain) ? plain : value?.ToJsonString() ?? "";
}

/// <summary>A checked expression.</summary>
/// <param name="text">As written, for people.</param>
/// <param name="evaluate">What the checker made of it.</param>
internal sealed class Expression(string text, CelType type, Func<IScope, JsonNode?> evaluate) : PlaybookValue
{
    public string Text { get; } = text;

    public CelType Type { get; } = type;

    public override JsonNode? Evaluate(IScope scope) => evaluate(scope);

    public override string Written => "=" + Text;

    public override IEnumerable<string> Paths => CelText.Paths(CelParser.Parse(Text));

    /// <summary>For conditions.</summary>
    /// <inheritdoc cref="PlaybookValue.Evaluate"/>
    public bool IsTrue(IScope scope) => evaluate(scope)!.GetValue<bool>();

    /// <summary>For lists.</summary>
    /// <inheritdoc cref="PlaybookValue.Evaluate"/>
    public JsonArray Items(IScope scope) => (JsonArray)evaluate(scope)!;
}

/// <summary>A text in which <c>${expression}</c> is replaced, once, from left to right.</summary>
internal sealed class Template(IReadOnlyList<PlaybookValue> parts) : PlaybookValue
{
    public override JsonNode? Evaluate(IScope scope) => Render(scope);

    /// <summary>Literals and expressions, from left to right.</summary>
    public IReadOnlyList<PlaybookValue> Parts => parts;

    public override string Written => string.Concat(parts.Select(part => part is Expression inner ? $"${{{inner.Text}}}" : part.Written));

    public override IEnumerable<string> Paths => parts.SelectMany(part => part.Paths);

    /// <inheritdoc cref="PlaybookValue.Evaluate"/>
    public string Render(IScope scope) => string.Concat(parts.Select(part => part.Evaluate(scope)!.GetValue<string>()));
}

/// <summary>
/// A value that cannot be computed although the expression is well typed: a division by zero, a text that is no number.
/// The message is for people.
/// </summary>
internal sealed class ExpressionException(string message) : Exception(message)
{
    /// <summary>What it says when this cannot be computed; null when it can.</summary>
    public static string? Of(Func<object?> compute)
    {
        try
        {
            compute();
            return null;
        }
        catch (ExpressionException e)
        {
            return e.Message;
        }
    }
}
