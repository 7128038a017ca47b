namespace Siit.Iam.Agent.Idps.Entra;

/// <summary>The filter language of OData, as much of it as we use.</summary>
internal static class EntraFilter
{
    /// <summary><c>name eq 'value'</c>; a quote inside the value cannot end it.</summary>
    public static string Equal(string name, string value) => $"{name} eq '{Escaped(value)}'";

    public static string StartsWith(string name, string value) => $"startswith({name},'{Escaped(value)}')";

    /// <summary>At most 15 values are taken.</summary>
    public static string In(string name, IEnumerable<string> values) => $"{name} in ({string.Join(',', values.Select(value => $"'{Escaped(value)}'"))})";

    /// <summary>Work email, login or another address of the same mailbox.</summary>
    public static string Address(string value) =>
        $"{Equal("mail", value)} or {Equal("userPrincipalName", value)} or proxyAddresses/any(p:{Equal("p", $"smtp:{value}")})";

    private static string Escaped(string value) => value.Replace("'", "''", StringComparison.Ordinal);
}
