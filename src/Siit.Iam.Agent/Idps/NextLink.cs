using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.WebUtilities;

namespace Siit.Iam.Agent.Idps;

/// <summary>
/// Paging links, which are text of the vendor's answer. We never follow one: of a link to the tenant's own address only the
/// page token is taken, and a link to anywhere else is refused, so that it can never receive our credential.
/// </summary>
internal static partial class NextLink
{
    /// <summary>The address with <c>rel="next"</c> among the <c>Link</c> headers.</summary>
    public static string? FromHeaders(HttpResponseHeaders headers)
    {
        if (!headers.TryGetValues("Link", out var values)) return null;
        return values.SelectMany(value => Entry().Matches(value))
            .Where(match => Relation().IsMatch(match.Groups["rest"].Value))
            .Select(match => match.Groups["url"].Value)
            .FirstOrDefault();
    }

    /// <summary>The value of one query parameter of a link to the tenant itself; false when the link leads elsewhere or has none.</summary>
    public static bool TryRead(string link, Uri tenant, string path, string parameter, out string token)
    {
        token = "";
        if (!Uri.TryCreate(tenant, link, out var uri) || !IsSameOrigin(uri, tenant)) return false;
        if (!string.Equals(uri.AbsolutePath, path, StringComparison.Ordinal)) return false;
        if (!QueryHelpers.ParseQuery(uri.Query).TryGetValue(parameter, out var value) || string.IsNullOrEmpty(value)) return false;
        token = value.ToString();
        return true;
    }

    public static bool IsSameOrigin(Uri uri, Uri tenant) =>
        uri.IsAbsoluteUri
        && uri.UserInfo.Length == 0
        && string.Equals(uri.Scheme, tenant.Scheme, StringComparison.Ordinal)
        && string.Equals(uri.IdnHost, tenant.IdnHost, StringComparison.OrdinalIgnoreCase)
        && uri.Port == tenant.Port;

    [GeneratedRegex("""<(?<url>[^>]*)>(?<rest>(?:\s*;\s*[a-zA-Z*]+\s*=\s*(?:"[^"]*"|[^",;\s]+))*)""", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Entry();

    [GeneratedRegex(""";\s*rel\s*=\s*"?next"?(?:\s|;|$)""", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase, 1000)]
    private static partial Regex Relation();
}
