namespace Siit.Iam.Agent.Console;

/// <summary>Where the pages are. A page's own <c>@page</c> line repeats its constant, because it must be a literal.</summary>
internal static class ConsolePaths
{
    public const string Home = "/console";
    public const string Approvals = "/console/approvals";
    public const string Ended = "/console/approvals/ended";
    public const string Requests = "/console/requests";
    public const string SignIn = "/console/sign-in";
    public const string SignInStart = "/console/sign-in/start";
    public const string SignOut = "/console/sign-out";

    /// <summary>Where the OpenID provider sends people back to; registered there.</summary>
    public const string SignedIn = "/console/signed-in";

    private const int LongestBack = 200;

    public static string Approval(string call) => $"{Approvals}/{Uri.EscapeDataString(call)}";

    public static string Request(string id) => $"{Requests}/{Uri.EscapeDataString(id)}";

    /// <summary>The sign-in page, which leads back to a page of ours.</summary>
    public static string SignInFor(string back) => $"{SignIn}?back={Uri.EscapeDataString(Back(back))}";

    /// <summary>Straight to the OpenID provider; <paramref name="fresh"/> asks it to have the person sign in again.</summary>
    public static string SignInAt(string back, bool fresh = false) => $"{SignInStart}?back={Uri.EscapeDataString(Back(back))}{(fresh ? "&fresh=true" : "")}";

    /// <summary>
    /// A way back that is a page of ours: the path alone, of characters that no browser reads as another host. Anything else leads
    /// to the first page.
    /// </summary>
    public static string Back(string? wanted) =>
        wanted is { Length: <= LongestBack } && wanted.StartsWith($"{Home}/", StringComparison.Ordinal)
        && wanted.Split('/').Skip(1).All(part => part.Length > 0 && part.Any(char.IsAsciiLetterOrDigit) && part.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))
            ? wanted
            : Approvals;
}
