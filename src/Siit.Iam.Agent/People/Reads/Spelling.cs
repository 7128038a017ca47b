using System.Numerics;

namespace Siit.Iam.Agent.People.Reads;

/// <summary>How far two spellings are from each other.</summary>
internal static class Spelling
{
    /// <summary>How many letters may differ for one to be told as nearest to the other.</summary>
    public static int Tolerance(ReadOnlySpan<char> text) => text.Length < 6 ? 1 : text.Length < 12 ? 2 : 3;

    /// <summary>Which letters a text has, roughly: two texts with <c>n</c> letters changed differ in at most <c>2n</c> bits.</summary>
    public static ulong Letters(ReadOnlySpan<char> text)
    {
        var letters = 0UL;
        foreach (var c in text)
            letters |= 1UL << (char.ToLowerInvariant(c) & 63);
        return letters;
    }

    /// <summary>Cannot be near: most of a directory is told apart by it.</summary>
    public static bool IsFar(ReadOnlySpan<char> one, ulong letters, ReadOnlySpan<char> other, int most) =>
        Math.Abs(one.Length - other.Length) > most || BitOperations.PopCount(letters ^ Letters(other)) > 2 * most;

    /// <summary>Letters to add, remove, replace or swap with their neighbour, whatever their case; <paramref name="most"/> + 1 when there are more.</summary>
    public static int Distance(ReadOnlySpan<char> one, ReadOnlySpan<char> other, int most)
    {
        if (Math.Abs(one.Length - other.Length) > most)
            return most + 1;
        Span<int> before = stackalloc int[other.Length + 1], last = stackalloc int[other.Length + 1], row = stackalloc int[other.Length + 1];
        for (var j = 0; j <= other.Length; j++)
            last[j] = j;
        for (var i = 1; i <= one.Length; i++)
        {
            // Outside of this band there is more to change than may be.
            var (from, to) = (Math.Max(1, i - most), Math.Min(other.Length, i + most));
            row.Fill(most + 1);
            var least = row[0] = i;
            for (var j = from; j <= to; j++)
            {
                row[j] = Math.Min(last[j - 1] + (Same(one[i - 1], other[j - 1]) ? 0 : 1), 1 + Math.Min(last[j], row[j - 1]));
                if (i > 1 && j > 1 && Same(one[i - 1], other[j - 2]) && Same(one[i - 2], other[j - 1]))
                    row[j] = Math.Min(row[j], before[j - 2] + 1);
                least = Math.Min(least, row[j]);
            }

            if (least > most)
                return most + 1;
            var free = before;
            before = last;
            last = row;
            row = free;
        }

        return Math.Min(last[other.Length], most + 1);
    }

    private static bool Same(char one, char other) => one == other || char.ToLowerInvariant(one) == char.ToLowerInvariant(other);
}
