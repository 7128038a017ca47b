using System.Collections.Immutable;
using System.Text.Json;

namespace Siit.Iam.Emulator.JumpCloud;

internal sealed record JumpCloudPushEndpoint(string Id, string Name, string State, DateTimeOffset Enrolled);

internal sealed record JumpCloudRestrictedField(string Field, string Type, string Id);

internal sealed record JumpCloudUser(string Id, string Username, string Email, string State, DateTimeOffset Created)
{
    /// <summary>Fields that are plain texts, by JumpCloud's name.</summary>
    public ImmutableSortedDictionary<string, string> Texts { get; init; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>Custom attributes; an update replaces all of them.</summary>
    public ImmutableSortedDictionary<string, string> Attributes { get; init; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>A mobile number; in the API one of a list.</summary>
    public string? Phone { get; init; }

    /// <summary>The id of another user.</summary>
    public string? Manager { get; init; }

    public bool HasPassword { get; init; }

    public DateTimeOffset? PasswordDate { get; init; }

    public DateTimeOffset? PasswordExpirationDate { get; init; }

    public bool PasswordExpired { get; init; }

    public DateTimeOffset? LockedDate { get; init; }

    public bool Locked { get; init; }

    public bool ExternallyManaged { get; init; }

    /// <summary>The Active Directory that owns the password.</summary>
    public string? DelegatedTo { get; init; }

    public ImmutableList<JumpCloudRestrictedField> RestrictedFields { get; init; } = [];

    /// <summary>The administrator that is the same person, where JumpCloud knows.</summary>
    public string? AdminId { get; init; }

    /// <summary>Of totp, sms, webauthn and go: the enrolled ones. Push is told by its endpoints.</summary>
    public ImmutableSortedSet<string> Factors { get; init; } = [];

    public ImmutableList<JumpCloudPushEndpoint> PushEndpoints { get; init; } = [];

    public bool MfaRequired { get; init; }

    public bool MfaExempt { get; init; }

    public DateTimeOffset? MfaExemptUntil { get; init; }

    /// <summary>Nobody's own.</summary>
    public bool IsService { get; init; }

    public string Name => Texts.GetValueOrDefault("displayname") is { Length: > 0 } shown
        ? shown
        : $"{Texts.GetValueOrDefault("firstname")} {Texts.GetValueOrDefault("lastname")}".Trim();
}

/// <param name="Method">STATIC, DYNAMIC_AUTOMATED or DYNAMIC_REVIEW_REQUIRED.</param>
internal sealed record JumpCloudGroup(string Id, string Name, string Description, string Method, DateTimeOffset Created)
{
    public ImmutableSortedSet<string> Members { get; init; } = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);

    /// <summary>For the dynamic ones: the member query says that this field has this value.</summary>
    public string? QueryField { get; init; }

    public string? QueryValue { get; init; }
}

internal sealed record JumpCloudApp(string Id, string Name, string Label, DateTimeOffset Created, bool Active = true)
{
    public ImmutableSortedSet<string> Users { get; init; } = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);

    public ImmutableSortedSet<string> Groups { get; init; } = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);
}

/// <summary>An administrator: an object of its own, not a user.</summary>
internal sealed record JumpCloudAdmin(string Id, string Email, string FirstName, string LastName, ImmutableArray<string> Roles, DateTimeOffset Created, bool Suspended = false);

internal sealed record JumpCloudRole(string Id, string Name, string Description, ImmutableArray<string> Scopes, bool IsCustom = false);

internal sealed record JumpCloudServiceAccount(string Id, string ClientId, string Name, string Secret, string Role, DateTimeOffset SecretEnds);

/// <param name="Body">The whole event as the log shows it.</param>
internal sealed record JumpCloudEvent(string Id, DateTimeOffset Timestamp, string Service, JsonElement Body) : IComparable<JumpCloudEvent>
{
    /// <summary>The log's order: by time, to the millisecond, then by id.</summary>
    public int CompareTo(JumpCloudEvent? other)
    {
        if (other is null) return 1;
        var byTime = Timestamp.ToUnixTimeMilliseconds().CompareTo(other.Timestamp.ToUnixTimeMilliseconds());
        return byTime != 0 ? byTime : string.CompareOrdinal(Id, other.Id);
    }
}
