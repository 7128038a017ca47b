using System.Text.Json.Nodes;
using Siit.Iam.Agent.Gate.Rehearsals;
using Siit.Iam.Agent.People.Hris;
using Siit.Iam.Agent.Playbooks.Checks;
using Siit.Iam.Agent.Playbooks.Format;
using Siit.Iam.Agent.Playbooks.Rehearsals;

namespace Siit.Iam.Agent.Playbooks.TestFiles;

/// <summary>A test file that was read and checked.</summary>
internal sealed record TestFile(string Path, Playbook Playbook, IReadOnlyList<TestCase> Cases);

/// <param name="File">Null when one of the findings is an error.</param>
internal sealed record TestReading(TestFile? File, IReadOnlyList<Finding> Findings);

/// <summary>One case.</summary>
internal sealed record TestCase
{
    public required string Name { get; init; }

    public required PicturedCompany Company { get; init; }

    public JsonObject Inputs { get; init; } = [];

    /// <summary>Null: somebody starts it.</summary>
    public TestTrigger? Trigger { get; init; }

    public string? Requester { get; init; }

    public RehearsalWords Words { get; init; } = new();

    public IReadOnlyList<RehearsalFault> Faults { get; init; } = [];

    /// <summary>Walked once for each thing that the run makes durable, interrupted there.</summary>
    public bool CrashesEverywhere { get; init; }

    public required TestExpectation Expect { get; init; }
}

/// <summary>A directory with the HRIS and the requests beside it.</summary>
internal sealed record PicturedCompany(
    PicturedDirectory Directory, IReadOnlyList<PicturedEmployee> Employees, IReadOnlyList<PicturedRequest> Requests, IReadOnlyList<string> Protected);

/// <param name="Id">The HRIS's own.</param>
internal sealed record PicturedEmployee(string Id, HrisFacts Facts);

internal sealed record PicturedRequest(string Id, string Requester, string Text, string? Form, JsonObject? Fields);

/// <summary>What starts the run of a case.</summary>
/// <param name="Kind"><c>request</c>, <c>overdue</c>, <c>hris</c>, <c>idp</c> or <c>schedule</c>.</param>
/// <param name="Of">The request's id, the date or event, the time.</param>
internal sealed record TestTrigger(string Kind, string Of)
{
    public string? Employee { get; init; }

    public string? Before { get; init; }

    public string? After { get; init; }

    public string? Connection { get; init; }

    public string? Person { get; init; }

    public string? Object { get; init; }
}

/// <summary>What has to come out. What is null is not looked at.</summary>
internal sealed record TestExpectation
{
    public required string End { get; init; }

    public string? Code { get; init; }

    /// <summary>Part of the run's message.</summary>
    public string? Message { get; init; }

    /// <summary>Changes in their order: an action, with <c>x3</c> for three in a row, with its connection where that matters.</summary>
    public IReadOnlyList<string>? Calls { get; init; }

    /// <summary>All that is different in the end, in any order.</summary>
    public IReadOnlyList<string>? Difference { get; init; }

    /// <summary>Parts of lines that are among the difference.</summary>
    public IReadOnlyList<string>? DifferenceContains { get; init; }

    /// <summary>Ids of the steps that ask approvers, in order.</summary>
    public IReadOnlyList<string>? Approvals { get; init; }

    public int? Writes { get; init; }

    public JsonObject? Outputs { get; init; }
}
