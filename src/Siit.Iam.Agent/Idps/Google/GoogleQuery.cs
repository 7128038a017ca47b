namespace Siit.Iam.Agent.Idps.Google;

/// <summary>Google's search language, as much of it as we use.</summary>
internal static class GoogleQuery
{
    /// <summary>A quote inside the value cannot end it.</summary>
    public static string Equal(string field, string value) => $"{field}='{Escaped(value)}'";

    public static string Begins(string field, string value) => $"{field}:'{Escaped(value)}*'";

    private static string Escaped(string value) =>
        value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal);
}
