namespace Siit.Iam.Emulator.Company;

internal enum GroupKind
{
    Own,

    /// <summary>Comes from the company's Active Directory.</summary>
    FromDirectory,

    /// <summary>Filled by a rule over the department.</summary>
    ByRule,

    Everyone,
}

/// <summary>A group and who is in it.</summary>
internal sealed record Team(string Name, string Description, Func<Person, bool> Has, GroupKind Kind = GroupKind.Own)
{
    public string? AdminRole { get; init; }

    /// <summary>For <see cref="GroupKind.ByRule"/>.</summary>
    public string? RuleDepartment { get; init; }
}

/// <summary>An application and whom it is granted to.</summary>
internal sealed record Product(string Name, string Label, IReadOnlyList<string> Teams, Func<Person, bool> Direct);
