namespace Siit.Iam.Agent.Gate.Rehearsals;

/// <summary>A directory that somebody wrote down, for tests of playbooks. Ids of groups and applications are their names unless said.</summary>
internal sealed record PicturedDirectory
{
    /// <summary>The HRIS's name in ids of employees, such as <c>hr:E1</c>.</summary>
    public const string HrisSource = "hr";

    public required DateTimeOffset Now { get; init; }

    public required IReadOnlyList<PicturedTenant> Connections { get; init; }
}

/// <param name="Idp">Such as <c>okta</c>.</param>
internal sealed record PicturedTenant(
    string Name, string Idp, IReadOnlyList<PicturedGroup> Groups, IReadOnlyList<PicturedApplication> Applications, IReadOnlyList<PicturedAccount> Accounts);

/// <param name="Applications">Ids of the applications that its members get.</param>
/// <param name="Roles">Administrator roles that its members have.</param>
internal sealed record PicturedGroup(string Id, string Name, IReadOnlyList<string> Applications, IReadOnlyList<string> Roles)
{
    /// <summary>Work emails.</summary>
    public IReadOnlyList<string> Owners { get; init; } = [];
}

/// <param name="Group">Id of the group whose membership gives it, where the IdP knows no other way.</param>
internal sealed record PicturedApplication(string Id, string Name, string? Group = null)
{
    /// <summary>Work emails.</summary>
    public IReadOnlyList<string> Owners { get; init; } = [];
}

/// <summary>One account.</summary>
internal sealed record PicturedAccount
{
    public required string Id { get; init; }

    public required string Email { get; init; }

    public string? FirstName { get; init; }

    public string? LastName { get; init; }

    /// <summary>Such as <c>active</c>.</summary>
    public required string Status { get; init; }

    public string? Department { get; init; }

    public string? Title { get; init; }

    /// <summary>Work email.</summary>
    public string? Manager { get; init; }

    /// <summary>Ids.</summary>
    public IReadOnlyList<string> Groups { get; init; } = [];

    /// <summary>Ids of those assigned directly.</summary>
    public IReadOnlyList<string> Applications { get; init; } = [];

    /// <summary>Administrator roles.</summary>
    public IReadOnlyList<string> Roles { get; init; } = [];

    /// <summary>Kinds of second factors, such as <c>totp</c>.</summary>
    public IReadOnlyList<string> Factors { get; init; } = [];

    public IReadOnlyList<string> Grants { get; init; } = [];
}
