namespace Siit.Iam.Agent.Idps.JumpCloud;

/// <summary>JumpCloud's ids: 24 hexadecimal digits for everything in the directory.</summary>
internal static class JumpCloudIds
{
    private const int Length = 24;

    private static readonly IdGuard Hexadecimal = new("0123456789abcdefABCDEF", Length);

    /// <summary>Push endpoints live in another system, whose ids are not described.</summary>
    public static readonly IdGuard PushEndpoint = new(IdGuard.LettersAndDigits + "-_", maxLength: 64);

    public static bool Accepts(string? id) => Hexadecimal.Accepts(id) && id!.Length == Length;
}
