using System.Collections.Immutable;

namespace Siit.Iam.Emulator.Common;

/// <summary>One change that really happened at the emulated IdP, whatever its caller was told.</summary>
/// <param name="Verb">What was done, e.g. <c>user.suspend</c>.</param>
/// <param name="Objects">Immutable ids: first the object changed, then what it was tied to or freed from.</param>
/// <param name="By">The client or the owner of the token.</param>
public sealed record Effect(
    long Sequence, DateTimeOffset At, string Verb, ImmutableArray<string> Objects, string By, string RequestId, string? Detail = null);

/// <summary>Everything that happened, once each and in order: the truth that tests hold against what an agent believes.</summary>
public sealed class EffectLedger
{
    private ImmutableList<Effect> effects = [];

    public IReadOnlyList<Effect> Effects => effects;

    /// <summary>The effects of one kind, or those of a family: <c>user.</c> gives every change of a user.</summary>
    public IReadOnlyList<Effect> Of(string verb) =>
        [.. effects.Where(e => e.Verb == verb || (verb.EndsWith('.') && e.Verb.StartsWith(verb, StringComparison.Ordinal)))];

    public int Count(string verb, string? objectId = null) => Of(verb).Count(e => objectId is null || e.Objects.Contains(objectId));

    internal Effect Add(DateTimeOffset at, string verb, ImmutableArray<string> objects, string by, string requestId, string? detail)
    {
        var effect = new Effect(effects.Count + 1, at, verb, objects, by, requestId, detail);
        effects = effects.Add(effect);
        return effect;
    }

    internal void Restore(IEnumerable<Effect> kept) => effects = [.. kept];
}
