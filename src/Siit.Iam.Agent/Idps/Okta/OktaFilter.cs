namespace Siit.Iam.Agent.Idps.Okta;

/// <summary>Okta's filter language, as much of it as we use.</summary>
internal static class OktaFilter
{
    /// <summary><c>name eq "value"</c>; a quote inside the value cannot end it.</summary>
    public static string Equal(string name, string value) => $"{name} eq {Quoted(value)}";

    public static string StartsWith(string name, string value) => $"{name} sw {Quoted(value)}";

    public static string After(string name, string time) => $"{name} gt {Quoted(time)}";

    public static string Any(IEnumerable<string> filters) => string.Join(" or ", filters);

    private static string Quoted(string value) =>
        $"\"{value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
