using System.Buffers.Binary;
using System.Security.Cryptography;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.People.Copy;

/// <summary>What is compared instead of everything that is known about an account: equal means unchanged.</summary>
internal static class AccountPrint
{
    /// <summary>Of everything but the last sign-in, which changes daily and is nobody's business.</summary>
    public static ulong Of(DirectoryAccount found)
    {
        var stable = found.Account.LastSignInAt is null ? found : found with { Account = found.Account with { LastSignInAt = null } };
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(JsonScratch.Of(stable), hash);
        return BinaryPrimitives.ReadUInt64LittleEndian(hash);
    }
}
