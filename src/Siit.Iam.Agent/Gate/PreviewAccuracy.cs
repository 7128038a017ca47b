using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Gate;

/// <summary>How right the previews of one action were.</summary>
/// <param name="Compared">Changes that runs have made and that could be read back.</param>
/// <param name="Differing">Those of which the account looked otherwise afterwards than the preview had said.</param>
internal sealed record ActionAccuracy(string Action, int Compared, int Differing, string? LastCall, string? LastDifference);

/// <summary>
/// Compares what a change was to do with what was read back after it. Somebody else's change in between counts as a difference, too:
/// what matters is whether a preview can be believed.
/// </summary>
internal sealed class PreviewAccuracy(IStore store, TimeProvider time)
{
    private const int MostCalls = 20_000;

    /// <summary>What is otherwise than it was previewed, as sentences; null: it was not previewed in a way that could be compared.</summary>
    /// <param name="read">What was read back.</param>
    /// <param name="parts">Which parts of it.</param>
    public static IReadOnlyList<string>? Differs(EffectCard? card, Situation before, Situation read, PictureParts parts)
    {
        if (card is null || before.Picture is null || read.Picture is null)
            return null;
        var seen = EffectPreview.Difference(before with { Picture = Only(before.Picture, parts) }, read with { Picture = Only(read.Picture, parts) }).Select(Key).ToList();
        var said = card.Lines.Where(line => IsSeen(line.What, parts)).Select(Key).ToList();
        return [.. said.Except(seen).Select(line => $"not seen: {line}"), .. seen.Except(said).Select(line => $"not previewed: {line}")];
    }

    /// <summary>For each action, by name.</summary>
    public async Task<IReadOnlyList<ActionAccuracy>> ListAsync(int days, CancellationToken cancellationToken)
    {
        var since = time.GetUtcNow() - TimeSpan.FromDays(days);
        var found = new SortedDictionary<string, ActionAccuracy>(StringComparer.Ordinal);
        string? before = null;
        for (var read = 0; read < MostCalls;)
        {
            var page = await store.ListAsync<CallRecord>(500, before, newestFirst: true, cancellationToken);
            foreach (var call in page.Where(call => call is { Run: not null, Outcome.Differs: not null }))
                found[call.Action] = Counted(found.GetValueOrDefault(call.Action) ?? new ActionAccuracy(call.Action, 0, 0, null, null), call);
            if (page.Count < 500 || page[^1].ReceivedAt < since)
                break;
            (before, read) = (page[^1].Id, read + page.Count);
        }

        return [.. found.Values];
    }

    private static ActionAccuracy Counted(ActionAccuracy so, CallRecord call)
    {
        var differs = call.Outcome!.Differs!;
        so = so with { Compared = so.Compared + 1 };
        if (differs.Count == 0)
            return so;
        // The newest come first.
        return so with { Differing = so.Differing + 1, LastCall = so.LastCall ?? call.Id, LastDifference = so.LastDifference ?? HiddenText.Shown(string.Join("; ", differs), 300) };
    }

    private static string Key(EffectLine line) => $"{line.Sign} {line.Text}";

    private static bool IsSeen(string what, PictureParts parts) => what switch
    {
        "status" or "field" => true,
        "group" => parts.HasFlag(PictureParts.Groups),
        "application" => parts.HasFlag(PictureParts.Applications),
        "role" => parts.HasFlag(PictureParts.Roles),
        "factor" => parts.HasFlag(PictureParts.Factors),
        "grant" => parts.HasFlag(PictureParts.Grants),
        _ => false,
    };

    private static AccountPicture Only(AccountPicture picture, PictureParts parts) => picture with
    {
        Groups = parts.HasFlag(PictureParts.Groups) ? picture.Groups : null,
        Applications = parts.HasFlag(PictureParts.Applications) ? picture.Applications : null,
        Roles = parts.HasFlag(PictureParts.Roles) ? picture.Roles : null,
        Factors = parts.HasFlag(PictureParts.Factors) ? picture.Factors : null,
        Grants = parts.HasFlag(PictureParts.Grants) ? picture.Grants : null,
    };
}
