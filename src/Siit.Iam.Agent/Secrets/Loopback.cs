using System.Net;

namespace Siit.Iam.Agent.Secrets;

/// <summary>This machine itself: the only place where a secret may go without encryption, and where IdPs may be emulated ones.</summary>
internal static class Loopback
{
    public static bool Is(Uri url) => Is(url.DnsSafeHost);

    public static bool Is(string host) => host == "localhost" || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));
}
