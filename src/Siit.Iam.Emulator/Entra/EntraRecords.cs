using System.Collections.Immutable;
using System.Text.Json;

namespace Siit.Iam.Emulator.Entra;

/// <summary>The properties of a directory object by Graph's names; what is absent is null there.</summary>
internal static class EntraProperties
{
    public static ImmutableSortedDictionary<string, JsonElement> None { get; } = ImmutableSortedDictionary.Create<string, JsonElement>(StringComparer.Ordinal);

    public static ImmutableSortedDictionary<string, JsonElement> With(this ImmutableSortedDictionary<string, JsonElement> properties, string name, object? value) =>
        value is null ? properties.Remove(name) : properties.SetItem(name, JsonSerializer.SerializeToElement(value));

    public static string? Text(this ImmutableSortedDictionary<string, JsonElement> properties, string name) =>
        properties.TryGetValue(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    public static bool? Flag(this ImmutableSortedDictionary<string, JsonElement> properties, string name) =>
        properties.TryGetValue(name, out var value) && value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : null;
}

/// <param name="Type">Without namespace, e.g. <c>phoneAuthenticationMethod</c>.</param>
/// <param name="Detail">Its phone type, for a phone.</param>
internal sealed record EntraMethod(string Id, string Type, DateTimeOffset Created, string? Detail = null);

internal sealed record EntraUser(string Id)
{
    public ImmutableSortedDictionary<string, JsonElement> Properties { get; init; } = EntraProperties.None;

    public ImmutableList<EntraMethod> Methods { get; init; } = [];

    /// <summary>Id of the method used by default; it goes last.</summary>
    public string? DefaultMethod { get; init; }

    public string? ManagerId { get; init; }

    public bool MustChangePassword { get; init; }

    public DateTimeOffset? Deleted { get; init; }

    public string Login => Properties.Text("userPrincipalName") ?? Id;

    public string? Mail => Properties.Text("mail");

    public string DisplayName => Properties.Text("displayName") ?? Login;

    public bool Enabled => Properties.Flag("accountEnabled") ?? false;

    public bool IsSynced => Properties.Flag("onPremisesSyncEnabled") ?? false;
}

internal sealed record EntraGroup(string Id)
{
    public ImmutableSortedDictionary<string, JsonElement> Properties { get; init; } = EntraProperties.None;

    public ImmutableSortedSet<string> Members { get; init => field = value.WithComparer(StringComparer.Ordinal); } = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);

    public ImmutableSortedSet<string> Owners { get; init => field = value.WithComparer(StringComparer.Ordinal); } = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);

    public string Name => Properties.Text("displayName") ?? Id;

    public bool Has(string groupType) => Properties.TryGetValue("groupTypes", out var types) && types.EnumerateArray().Any(type => type.GetString() == groupType);

    public bool Flag(string name) => Properties.Flag(name) ?? false;
}

internal sealed record EntraAppRole(string Id, string DisplayName, string Value);

internal sealed record EntraApp(string Id)
{
    public ImmutableSortedDictionary<string, JsonElement> Properties { get; init; } = EntraProperties.None;

    public ImmutableList<EntraAppRole> Roles { get; init; } = [];

    public ImmutableSortedSet<string> Owners { get; init => field = value.WithComparer(StringComparer.Ordinal); } = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);

    public string Name => Properties.Text("displayName") ?? Id;
}

internal sealed record EntraAssignment(string Id, string AppId, string PrincipalId, string PrincipalType, string AppRoleId, DateTimeOffset Created);

internal sealed record EntraRole(string Id, string Name, bool BuiltIn = true);

/// <param name="Eligible">Has to be activated first (PIM).</param>
internal sealed record EntraRoleAssignment(string Id, string RoleId, string PrincipalId, bool Eligible, DateTimeOffset Created, string Scope = "/");

internal sealed record EntraGrant(string Id, string ClientId, string ResourceId, string ConsentType, string? PrincipalId, string Scope);

/// <summary>An application that calls Graph as itself.</summary>
internal sealed record EntraClient(string ClientId, string Name, string Secret, string PublicKeyPem, ImmutableArray<string> Permissions, ImmutableArray<string> Roles);

internal sealed record EntraTarget(string Id, string Type, string? Name, string? Login = null);

internal sealed record EntraAudit(string Id, DateTimeOffset At, string Activity, string Category, string Operation, string By, ImmutableArray<EntraTarget> Targets);

internal sealed record EntraSignInEntry(string Id, DateTimeOffset At, string UserId, string AppName, bool Failed = false);

internal sealed record EntraSubscription(string Id, JsonElement Definition, DateTimeOffset Expires);

/// <summary>Something changed; what it is now is read from the state.</summary>
/// <param name="MemberId">For a group: who joined or left.</param>
internal sealed record EntraChange(long Sequence, string Kind, string Id, string? MemberId = null);
