using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Siit.Iam.Emulator.Common;

namespace Siit.Iam.Emulator.Google;

internal sealed record GoogleToken(string ClientId, string DisplayText, ImmutableArray<string> Scopes);

/// <summary>An app password.</summary>
internal sealed record GoogleAppPassword(int CodeId, string Name, DateTimeOffset Created);

internal sealed record GoogleUser(string Id, string PrimaryEmail, string GivenName, string FamilyName, DateTimeOffset Created)
{
    public string? DisplayName { get; init; }

    public ImmutableList<string> Aliases { get; init; } = [];

    public bool Suspended { get; init; }

    public string? SuspensionReason { get; init; }

    public bool Archived { get; init; }

    public DateTimeOffset? Deleted { get; init; }

    public bool EnrolledIn2Sv { get; init; }

    public bool EnforcedIn2Sv { get; init; }

    public bool ChangePasswordAtNextLogin { get; init; }

    public string OrgUnitPath { get; init; } = "/";

    public DateTimeOffset? LastLogin { get; init; }

    /// <summary>From when the account can be seen, and from when it can be changed.</summary>
    public DateTimeOffset Visible { get; init; }

    public DateTimeOffset Ready { get; init; }

    /// <summary>Until when a change of the address keeps other changes out.</summary>
    public DateTimeOffset EmailSettles { get; init; }

    /// <summary>Lists and texts that are kept as they came: organizations, relations, phones and so on.</summary>
    public ImmutableSortedDictionary<string, JsonElement> Profile { get; init; } = ImmutableSortedDictionary.Create<string, JsonElement>(StringComparer.Ordinal);

    public int Sessions { get; init; }

    public ImmutableList<GoogleToken> Tokens { get; init; } = [];

    public ImmutableList<GoogleAppPassword> AppPasswords { get; init; } = [];

    public ImmutableList<string> BackupCodes { get; init; } = [];

    public string FullName => DisplayName ?? $"{GivenName} {FamilyName}";

    public bool Has(string address) => Same(PrimaryEmail, address) || Aliases.Any(alias => Same(alias, address));

    public string? Department => Profile.TryGetValue("organizations", out var list) && list.ValueKind == JsonValueKind.Array
        ? list.EnumerateArray().Select(o => o.TryGetProperty("department", out var d) ? d.GetString() : null).FirstOrDefault()
        : null;

    private static bool Same(string one, string other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);
}

/// <param name="Type">USER, GROUP or CUSTOMER.</param>
/// <param name="Role">MEMBER, MANAGER or OWNER.</param>
internal sealed record GoogleMember(string Id, string Type, string Role);

/// <param name="Kind">GROUP, SECURITY, LOCKED or DYNAMIC.</param>
internal sealed record GoogleGroup(string Id, string Email, string Name, string Description, string Kind = "GROUP")
{
    public ImmutableSortedDictionary<string, GoogleMember> Members { get; init; } = ImmutableSortedDictionary.Create<string, GoogleMember>(StringComparer.Ordinal);

    /// <summary>For dynamic groups: the department whose people are in.</summary>
    public string? Department { get; init; }

    public string? Query => Department is null ? null : $"user.organizations.exists(org, org.department=='{Department}')";
}

internal sealed record GoogleRole(string Id, string Name, string Description, bool IsSystem, bool IsSuper = false);

/// <param name="AssigneeType">user or group; a service account counts as user.</param>
internal sealed record GoogleRoleAssignment(string Id, string RoleId, string AssignedTo, string AssigneeType);

internal sealed record GoogleOrgUnit(string Id, string Path, string Description);

internal sealed record GoogleServiceAccount(string Email, string UniqueId, string PublicKeyPem, ImmutableArray<string> DelegatedScopes);

internal sealed record GoogleLogEvent(string Type, string Name, ImmutableSortedDictionary<string, string> Parameters)
{
    public static GoogleLogEvent Of(string type, string name, params ReadOnlySpan<(string Name, string Value)> parameters)
    {
        var map = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var (parameter, value) in parameters) map[parameter] = value;
        return new(type, name, map.ToImmutable());
    }
}

/// <param name="Shown">From when it can be read.</param>
internal sealed record GoogleActivity(
    DateTimeOffset Time, DateTimeOffset Shown, string Qualifier, string Application, string ActorEmail, string ActorId, ImmutableList<GoogleLogEvent> Events)
{
    public static GoogleActivity Of(DateTimeOffset now, SeededIds ids, TimeSpan delay, string application, string actorEmail, string actorId, GoogleLogEvent one)
    {
        var qualifier = GoogleNumbers.Of(ids.New(""), 18);
        return new(now, now + (delay * (int.Parse(qualifier[^3..], CultureInfo.InvariantCulture) / 999.0)), qualifier, application, actorEmail, actorId, [one]);
    }
}
