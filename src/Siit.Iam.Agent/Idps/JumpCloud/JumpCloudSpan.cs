using System.Globalization;

namespace Siit.Iam.Agent.Idps.JumpCloud;

/// <summary>
/// A stretch of a list that is paged by offset, one request each. Several stretches can be read at once; the last one is open, so that
/// a list that grew meanwhile is followed to its end.
/// </summary>
/// <param name="End">Where it ends, exclusively; null for the open one.</param>
internal readonly record struct JumpCloudSpan(int Start, int? End)
{
    private const int MostAtOnce = 16;

    public static JumpCloudSpan? Parse(string? cursor)
    {
        if (cursor is null) return new JumpCloudSpan(0, null);
        var parts = cursor.Split('-');
        if (parts.Length != 2 || Number(parts[0]) is not { } start) return null;
        if (parts[1].Length == 0) return new JumpCloudSpan(start, null);
        return Number(parts[1]) is { } end && end > start ? new JumpCloudSpan(start, end) : null;
    }

    public string Cursor => string.Create(CultureInfo.InvariantCulture, $"{Start}-{End}");

    public bool IsFirst => Start == 0;

    public int Limit(int pageSize) => End is { } end ? Math.Min(pageSize, end - Start) : pageSize;

    /// <summary>What is left to read of a list whose length is known: all of it at once.</summary>
    public IEnumerable<JumpCloudSpan> AfterCounted(int count, int total)
    {
        var next = Start + count;
        if (count == 0 || next >= Math.Min(End ?? total, total)) yield break;
        if (End is not null)
        {
            // Cut shorter than asked.
            yield return this with { Start = next };
            yield break;
        }
        for (; next + count < total; next += count) yield return new JumpCloudSpan(next, next + count);
        yield return new JumpCloudSpan(next, null);
    }

    /// <summary>
    /// What is left of a list whose length nobody tells: the longer it has proved to be, the more at once, so that few requests go behind
    /// its end.
    /// </summary>
    /// <param name="announced">The answer named a next page.</param>
    public IEnumerable<JumpCloudSpan> AfterUncounted(int count, int limit, bool announced)
    {
        var next = Start + count;
        if (count == 0 || (count < limit && !announced)) yield break;
        if (End is not null)
        {
            if (next < End) yield return this with { Start = next };
            yield break;
        }
        var pages = Math.Clamp(next / count / 4, 1, MostAtOnce);
        for (var page = 1; page < pages; page++, next += count) yield return new JumpCloudSpan(next, next + count);
        yield return new JumpCloudSpan(next, null);
    }

    private static int? Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
