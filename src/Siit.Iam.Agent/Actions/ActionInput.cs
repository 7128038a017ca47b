using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Siit.Iam.Agent.Actions;

/// <summary>
/// The arguments of an action: a record whose properties are the arguments, in snake_case. <c>required</c> and attributes are
/// both the advertised schema and what is enforced (<see cref="InputShape"/>).
/// </summary>
internal abstract record ActionInput
{
    /// <summary>The name of a connection; may be left out when only one is meant.</summary>
    [MaxLength(64)]
    public string? Connection { get; init; }
}

/// <summary>Arguments of a read.</summary>
internal abstract record AsksConnections : ActionInput
{
    /// <summary>Ask the IdP, not the copy of the directory.</summary>
    public bool? Fresh { get; init; }
}

/// <summary>Arguments of a read that answers a list.</summary>
internal abstract record AsksList : AsksConnections
{
    [Range(1, 100)]
    public int? Limit { get; init; }

    [MaxLength(2000)]
    public string? Cursor { get; init; }

    /// <summary>Small enough for a model's context.</summary>
    public int PageSize => Limit ?? 25;
}

/// <summary>Arguments of a change. What these mean is told once, in the server's instructions.</summary>
internal abstract record TargetsPerson : ActionInput
{
    /// <summary>Work email, or <c>connection:id</c> with the IdP's immutable account id.</summary>
    [MaxLength(320)]
    public required string Person { get; init; }

    /// <summary>Why; shown to the approver as what the caller says.</summary>
    [MaxLength(500)]
    public required string Reason { get; init; }

    /// <summary>The service request it belongs to.</summary>
    [MaxLength(64)]
    public string? Request { get; init; }

    /// <summary>The person at whose wish it is made: a claim, unless the caller's credential proves it.</summary>
    [MaxLength(320)]
    public string? Requester { get; init; }

    /// <summary>Only say what would happen and what the gate would ask.</summary>
    public bool? DryRun { get; init; }

    /// <summary>Tells a retry from a repetition.</summary>
    [MaxLength(100)]
    public string? IdempotencyKey { get; init; }

    /// <summary>The group it is about, for the actions that have one.</summary>
    internal virtual string? GroupId => null;

    /// <summary>The application it is about, for the actions that have one.</summary>
    internal virtual string? ApplicationId => null;

    internal virtual string? FactorId => null;

    internal virtual Idps.PasswordMode? PasswordMode => null;
}
