using System.Text.RegularExpressions;

namespace Siit.Iam.Agent.Idps.Entra;

/// <summary>
/// The DELETEs that this connector makes. Anything else is refused before it leaves: without <c>/$ref</c> at its end, "remove
/// the member" deletes the member's account, and below <c>deletedItems</c> an account is erased for ever.
/// </summary>
internal static partial class EntraDeletes
{
    public static void Check(HttpRequestMessage request, Uri graph)
    {
        if (request.Method == HttpMethod.Delete && !IsOurs(request.RequestUri!, graph)) throw new InvalidOperationException("A DELETE that this connector does not make.");
    }

    public static bool IsOurs(Uri address, Uri graph)
    {
        var root = graph.AbsolutePath.TrimEnd('/');
        var path = address.AbsolutePath;
        return address.Query.Length == 0 && path.StartsWith(root + "/", StringComparison.Ordinal) && Ours().IsMatch(Uri.UnescapeDataString(path[root.Length..]));
    }

    [GeneratedRegex(
        """^/(groups/[0-9a-f-]{36}/members/[0-9a-f-]{36}/\$ref|users/[0-9a-f-]{36}|users/[0-9a-f-]{36}/authentication/[a-zA-Z0-9]+Methods/[\w=-]+|servicePrincipals/[0-9a-f-]{36}/appRoleAssignedTo/[\w=-]+|oauth2PermissionGrants/[\w=-]+)$""",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase, 1000)]
    private static partial Regex Ours();
}
