using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Siit.Iam.Agent.Idps;

/// <summary>
/// The place in a list that is handed out as text and comes back later. It is bound to the list and the question it was made
/// for: a cursor of another list, another query or another connection, or one that was edited, is not accepted.
/// </summary>
internal static class PageCursor
{
    private const int MaxLength = 4096;
    private const int TagLength = 8;

    /// <param name="list">What is listed, with connection and query, such as <c>okta/groups/eng</c>.</param>
    /// <param name="position">The vendor's own token.</param>
    public static string Encode(string list, string position) =>
        Base64Url.EncodeToString([.. Tag(list, position), .. Encoding.UTF8.GetBytes(position)]);

    /// <summary>The vendor's token; null when <paramref name="cursor"/> was not made for this list.</summary>
    public static string? Decode(string list, string cursor)
    {
        if (cursor.Length > MaxLength || !Base64Url.IsValid(cursor)) return null;
        var bytes = Base64Url.DecodeFromChars(cursor);
        if (bytes.Length <= TagLength) return null;
        var position = Encoding.UTF8.GetString(bytes.AsSpan(TagLength));
        return CryptographicOperations.FixedTimeEquals(bytes.AsSpan(0, TagLength), Tag(list, position)) ? position : null;
    }

    private static byte[] Tag(string list, string position) =>
        SHA256.HashData(Encoding.UTF8.GetBytes($"{list}\n{position}"))[..TagLength];
}
