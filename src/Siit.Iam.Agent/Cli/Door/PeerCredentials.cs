using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Siit.Iam.Agent.Cli.Door;

/// <summary>Who is at the other end of a Unix socket, as the kernel says: its word cannot be forged, unlike a file's mode.</summary>
internal static class PeerCredentials
{
    private const uint Root = 0;

    /// <summary>The server's own user, or root. On Windows the data folder's access list has to do.</summary>
    public static bool IsOperator(Socket socket) => OperatingSystem.IsWindows() || (UserOf(socket) is { } user && (user == Root || user == OwnUser()));

    /// <summary>For people: <c>uid:1000</c>.</summary>
    public static string NameOf(Socket socket) => OperatingSystem.IsWindows() ? "local" : UserOf(socket) is { } user ? $"uid:{user}" : "unknown";

    private static uint? UserOf(Socket socket)
    {
        // SOL_SOCKET, SO_PEERCRED: struct ucred; SOL_LOCAL, LOCAL_PEERCRED: struct xucred. The user id is the second word of both.
        var (level, name, length) = OperatingSystem.IsLinux() ? (1, 17, 12) : (0, 1, 76);
        var credentials = new byte[length];
        try
        {
            return socket.GetRawSocketOption(level, name, credentials) >= 8 ? BitConverter.ToUInt32(credentials, 4) : null;
        }
        catch (SocketException)
        {
            return null;
        }
    }

    [DllImport("libc", EntryPoint = "geteuid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern uint OwnUser();
}
