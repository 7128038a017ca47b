namespace Siit.Iam.Agent.Idps.JumpCloud;

/// <summary>
/// What of an account is mastered elsewhere. JumpCloud says it field by field: <c>restrictedFields</c> names them, the older
/// <c>externally_managed</c> means all, and <c>delegatedAuthority</c> hands the password to an Active Directory.
/// </summary>
internal static class JumpCloudMastery
{
    public const string Password = "password";

    private static readonly string[] ProfileFields = ["firstname", "lastname", "department", "jobTitle"];

    /// <summary>Such as <c>active_directory (email, password)</c>; null when JumpCloud masters all of it.</summary>
    public static string? Of(JumpCloudUser user)
    {
        var restricted = (user.RestrictedFields ?? []).Where(entry => entry.Field is { Length: > 0 }).ToList();
        var fields = restricted.Select(entry => entry.Field!).ToHashSet(StringComparer.Ordinal);
        if (fields.Count == 0 && user.ExternallyManaged == true) fields.UnionWith([.. ProfileFields, "email", "username", Password]);
        if (user.DelegatedAuthority is not null) fields.Add(Password);
        if (fields.Count == 0) return null;

        var master = restricted.Select(entry => entry.Type).FirstOrDefault(type => type is { Length: > 0 })
            ?? user.ExternalSourceType
            ?? user.DelegatedAuthority?.Name
            ?? "another directory";
        return $"{master} ({string.Join(", ", fields.Order(StringComparer.Ordinal))})";
    }

    public static string MasterOf(Account account) => account.ManagedBy!.Split(" (")[0];

    public static bool Masters(Account account, string field) => FieldsOf(account).Contains(field, StringComparer.Ordinal);

    /// <summary>The fields that <c>update_user</c> could change and that are mastered elsewhere.</summary>
    public static IReadOnlyList<string> ProfileOf(Account account) => [.. ProfileFields.Intersect(FieldsOf(account), StringComparer.Ordinal)];

    public static bool WholeProfile(Account account) => ProfileOf(account).Count == ProfileFields.Length;

    private static string[] FieldsOf(Account account)
    {
        var open = account.ManagedBy?.LastIndexOf(" (", StringComparison.Ordinal) ?? -1;
        return open < 0 ? [] : account.ManagedBy![(open + 2)..].TrimEnd(')').Split(", ");
    }
}
