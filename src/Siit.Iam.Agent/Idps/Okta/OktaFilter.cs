namespace Siit.Iam.Agent.Idps.Okta;

/// <summary>Okta's filter language, as much of it as we use.</summary>
internal static class OktaFilter
{
    /// <summary><c>name eq "value"</c>; a quote inside the value cannot end it.</summary>
    public static string Equal(string name, string value) =>
        $"{name} eq \"{value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
