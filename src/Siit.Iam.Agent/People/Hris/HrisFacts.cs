namespace Siit.Iam.Agent.People.Hris;

/// <summary>What an HRIS says of somebody's employment.</summary>
internal enum EmploymentStatus
{
    /// <summary>Works here, or will.</summary>
    Active,

    /// <summary>Works here and is away.</summary>
    OnLeave,

    /// <summary>Said in so many words; an end date in the past means the same.</summary>
    Left,
}

/// <summary>What an HRIS says of one person. Nothing here is checked against an IdP.</summary>
internal sealed record HrisFacts
{
    /// <summary>As written; compared by <see cref="HrisText.Address"/>.</summary>
    public required string WorkEmail { get; init; }

    public string? FirstName { get; init; }

    public string? LastName { get; init; }

    public string? PreferredName { get; init; }

    /// <summary>The manager's key at the same HRIS, or work email, as the HRIS wrote it.</summary>
    public string? Manager { get; init; }

    public string? Department { get; init; }

    public string? Title { get; init; }

    public string? Location { get; init; }

    public string? CostCenter { get; init; }

    public string? EmploymentType { get; init; }

    /// <summary>A private address, only to reach the person when the work mailbox is out of reach. Shown to nobody, asked by the gate alone.</summary>
    public string? PrivateEmail { get; init; }

    /// <summary>As <see cref="PrivateEmail"/>, for short messages.</summary>
    public string? PrivatePhone { get; init; }

    public EmploymentStatus Status { get; init; }

    /// <summary>First day of work.</summary>
    public DateOnly? Start { get; init; }

    /// <summary>Last day of work: the person has left from the day after, UTC.</summary>
    public DateOnly? End { get; init; }

    public DateOnly? ProbationEnd { get; init; }

    public Leaving Leaving => new(Status, End);

    public HrisFacts With(Leaving leaving) => this with { Status = leaving.Status, End = leaving.End };
}

/// <summary>The part of the facts that may end somebody's access.</summary>
internal sealed record Leaving(EmploymentStatus Status, DateOnly? End)
{
    public static Leaving None { get; } = new(EmploymentStatus.Active, null);

    public bool IsOver(DateOnly today) => Status == EmploymentStatus.Left || End < today;
}
