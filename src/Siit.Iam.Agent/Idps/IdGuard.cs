using System.Buffers;

namespace Siit.Iam.Agent.Idps;

/// <summary>
/// Decides whether a text may become a part of a URL's path as an id. An empty id turns "one user" into "all users", and
/// <c>..</c> climbs to the parent, so both are harmful with DELETE; anything but the vendor's own alphabet is refused with them.
/// </summary>
internal sealed class IdGuard(string alphabet, int maxLength = 128)
{
    public const string LettersAndDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    private readonly SearchValues<char> _alphabet = SearchValues.Create(alphabet);

    public bool Accepts(string? id) =>
        !string.IsNullOrEmpty(id)
        && id.Length <= maxLength
        && id is not "." and not ".."
        && !id.AsSpan().ContainsAnyExcept(_alphabet);
}
