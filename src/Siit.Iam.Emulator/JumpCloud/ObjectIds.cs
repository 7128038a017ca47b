using System.Security.Cryptography;
using System.Text;
using Siit.Iam.Emulator.Common;

namespace Siit.Iam.Emulator.JumpCloud;

/// <summary>JumpCloud's ids: 24 hexadecimal digits that begin with the second of their making, so that newer things sort last.</summary>
internal sealed class ObjectIds(SeededIds ids)
{
    public const int Length = 24;

    public string Of(string kind, string name, DateTimeOffset made) => Hexadecimal(made, ids.Of(kind, name, 40));

    public string New(DateTimeOffset now) => Hexadecimal(now, ids.New("jc", 40));

    public static bool IsOne(string id) => id.Length == Length && id.All(char.IsAsciiHexDigit);

    private static string Hexadecimal(DateTimeOffset made, string name) =>
        $"{made.ToUnixTimeSeconds():x8}{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))[..16]}";
}
