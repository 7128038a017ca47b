namespace Siit.Iam.Agent.Idps.JumpCloud;

/// <summary>JumpCloud's ids: 24 hexadecimal digits for everything in the directory.</summary>
internal static class JumpCloudIds
{
    private const int Length = 24;

    private static readonly IdGuard Hexadecimal = new("0123456789abcdefABCDEF", Length);

    /// <summary>Push endpoints live in another system, whose ids are not described.</summary>
    public static readonly IdGuard PushEndpoint = new(IdGuard.LettersAndDigits + "-_", maxLength: 64);

    /// <summary>The id itself, also when JumpCloud sends it as Base64 of its bytes (as it does for service accounts); null when it is none.</summary>
    public static string? Of(string? id)
    {
        if (Accepts(id)) return id!.ToLowerInvariant();
        Span<byte> bytes = stackalloc byte[Length / 2];
        return id is not null && Convert.TryFromBase64String(id, bytes, out var count) && count == bytes.Length ? Convert.ToHexStringLower(bytes) : null;
    }

    public static bool Accepts(string? id) => Hexadecimal.Accepts(id) && id!.Length == Length;
}
