using System.Text.Json.Nodes;

namespace Siit.Iam.Agent.Playbooks.Format;

internal enum InputKind
{
    String,
    Int,
    Bool,
    Enum,
    /// <summary>RFC 3339, with a zone.</summary>
    Timestamp,
    /// <summary>ISO 8601, such as <c>PT4H</c>.</summary>
    Duration,
    /// <summary>A work email.</summary>
    Person,
    /// <summary>
    /// Given as a request's id. Expressions see the record <c>{ id, text, requester? }</c> that the run has put in its place
    /// when it started; the text is untrusted.
    /// </summary>
    Request,
}

/// <summary>What a run is started with.</summary>
internal sealed record PlaybookInput
{
    public required string Name { get; init; }

    public required InputKind Kind { get; init; }

    public string? Description { get; init; }

    /// <summary>May be left out and is then absent.</summary>
    public bool Optional { get; init; }

    /// <summary>Taken when it is left out.</summary>
    public JsonNode? Default { get; init; }

    /// <summary>The allowed words of an enum.</summary>
    public IReadOnlyList<string> Values { get; init; } = [];

    /// <summary>Least value of an int.</summary>
    public long? Min { get; init; }

    /// <summary>Greatest value of an int, greatest length of a string.</summary>
    public long? Max { get; init; }

    /// <summary>Free text from outside: data, never instruction.</summary>
    public bool Untrusted { get; init; }

    public bool Required => !Optional && Default is null;
}
