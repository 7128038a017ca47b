using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Siit.Iam.Emulator.Common;

/// <summary>A page's place, opaque to callers; it names the list it belongs to, so one of another list is refused.</summary>
internal static class Cursor
{
    public static string Of(string list, string place) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes($"{list}\n{place}"));

    public static bool TryRead(string? cursor, string list, [NotNullWhen(true)] out string? place)
    {
        place = null;
        if (string.IsNullOrEmpty(cursor) || !Base64Url.IsValid(cursor)) return false;
        var parts = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(cursor)).Split('\n', 2);
        if (parts.Length != 2 || parts[0] != list) return false;
        place = parts[1];
        return true;
    }
}
