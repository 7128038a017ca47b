using Siit.Iam.Agent.Actions;

namespace Siit.Iam.Agent.Gate.Card;

/// <summary>A call as a person sees it, in parts: what every door shows, each in its own way.</summary>
internal sealed record CardView(IReadOnlyList<CardSection> Sections);

/// <param name="Key">For doors that treat it in a way of its own, such as <c>drift</c>.</param>
/// <param name="Title">Null: fields that need no heading.</param>
internal sealed record CardSection(string Key, string? Title, IReadOnlyList<CardItem> Items);

/// <summary>One field or line.</summary>
/// <param name="Name">Null: a line without a name. A caller's argument may have any name.</param>
/// <param name="Sign"><c>+</c>, <c>-</c>, <c>~</c> of a change, <c>!</c> of a consequence, <c>?</c> of a warning; null: none.</param>
/// <param name="Indent">Belongs to the line before.</param>
internal sealed record CardItem(string? Name, IReadOnlyList<CardSpan> Spans, string? Sign = null, bool Indent = false)
{
    public CardItem(string? name, string text) : this(name, [new CardSpan(text)])
    {
    }

    /// <summary>As one line of text, in which nobody else's words can pass for ours.</summary>
    public string Text => (Sign is null ? "" : $"{Sign} ") + string.Concat(Spans.Select(span => span.Voice == CardVoice.Ours ? span.Shown : Quoted(span.Shown)));

    /// <summary>A quote inside is doubled, so that nobody can end the quotation and go on in our words.</summary>
    private static string Quoted(string text) => $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}

/// <summary>Words that come from one place.</summary>
internal readonly record struct CardSpan(string Text, CardVoice Voice = CardVoice.Ours)
{
    /// <summary>The whole of it, hidden characters written out.</summary>
    public string Shown => HiddenText.Shown(Text, int.MaxValue);
}

/// <summary>Whose words they are.</summary>
internal enum CardVoice
{
    /// <summary>This server's.</summary>
    Ours,

    /// <summary>A directory's, a caller's or a person's.</summary>
    Said,
}
