using Siit.Iam.Agent.Gate.Rehearsals;
using Siit.Iam.Agent.People.Events;
using Siit.Iam.Agent.Playbooks.Format;
using Siit.Iam.Agent.Playbooks.Rehearsals;

namespace Siit.Iam.Agent.Playbooks.TestFiles;

/// <summary>The form of a test file and of a directory that it names.</summary>
internal static class TestShapes
{
    /// <summary>The end of a case whose run was not even started.</summary>
    public const string NotStarted = "not_started";

    private static readonly TextShape Line = new("a text", 500);
    private static readonly TextShape Id = new("an id", 100);
    private static readonly TextShape Email = new("a work email", 320, @"^[^@\s:]+@[^@\s:]+$", "ana@acme.example");
    private static readonly TextShape Time = new("a time", 40, @"^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?Z$", "2026-03-02T09:00:00Z");
    private static readonly TextShape Day = new("a day", 10, @"^(\d{4}-\d\d-\d\d|[+-]\d{1,4}d)$", "2026-03-31 or +14d");
    private static readonly ListShape Lines = new(Line, MayBeEmpty: true);
    private static readonly ListShape Ids = new(Id, MayBeEmpty: true);
    private static readonly WordShape Decision = new(RehearsalWords.Yes, RehearsalWords.No, RehearsalWords.Silence);
    private static readonly WordShape Status = new("active", "staged", "locked", "suspended", "deprovisioned");

    private static readonly ObjectShape Account = new(
        new("status", Status), new("groups", Ids), new("applications", Ids), new("roles", Ids), new("factors", Ids), new("grants", Ids));

    private static readonly ObjectShape Person = new(
        new("email", Email, Required: true), new("first_name", Line), new("last_name", Line), new("department", Line), new("title", Line), new("manager", Email), new("protected", new BoolShape()),
        new("accounts", new EntriesShape(new EitherShape(Status, Account)), Required: true));

    private static readonly ObjectShape Group = new(
        new("name", Line, Required: true), new("applications", Ids), new("roles", Ids), new("owners", new ListShape(Email)), new("members", new IntShape(0, 2000)));

    private static readonly ObjectShape Application = new(new("name", Line, Required: true), new("owners", new ListShape(Email)), new("group", Id));

    private static readonly ObjectShape Employee = new(
        new("id", Id, Required: true), new("email", Email, Required: true), new("first_name", Line), new("last_name", Line), new("manager", Line), new("department", Line),
        new("title", Line), new("location", Line), new("employment_type", Line), new("status", new WordShape("active", "on_leave", "left")),
        new("start", Day), new("end", Day), new("probation_end", Day));

    private static readonly ObjectShape Request = new(
        new("id", Id, Required: true), new("requester", Email, Required: true), new("text", new TextShape("a text", 4000), Required: true), new("form", Id), new("fields", new AnyShape()));

    /// <summary>A directory of its own file, or within a test file.</summary>
    public static ObjectShape Directory { get; } = new(
        new("now", Time),
        new("connections", new EntriesShape(new WordShape("okta", "entra", "google", "jumpcloud"))),
        new("groups", new ListShape(new EitherShape(Line, Group))),
        new("applications", new ListShape(new EitherShape(Line, Application))),
        new("people", new ListShape(Person)),
        new("employees", new ListShape(Employee)),
        new("requests", new ListShape(Request)));

    private static readonly ObjectShape Trigger = new(
        new("request", Id), new("overdue", Id), new("hris", new TextShape("a date or an event of the HRIS", 40)), new("employee", Id), new("before", Line), new("after", Line),
        new("idp", new WordShape(EventKinds.Words)), new("connection", Id), new("person", Email), new("object", Id), new("schedule", Time));

    private static readonly ObjectShape Expect = new(
        new("end", new WordShape("succeeded", "failed", "refused", "cancelled", "waiting", NotStarted), Required: true),
        new("code", Id), new("message", Line), new("calls", Lines), new("diff", Lines), new("diffContains", Lines), new("approvals", Lines),
        new("writes", new IntShape(0, 10_000)), new("outputs", new EntriesShape(new AnyShape())));

    public static ObjectShape File { get; } = new(
        new("playbook", Line, Required: true),
        new("directory", new EitherShape(Line, Directory), Required: true),
        new("cases", new ListShape(new ObjectShape(
            new("name", Line, Required: true),
            new("inputs", new EntriesShape(new AnyShape())),
            new("trigger", Trigger),
            new("requester", Email),
            new("now", Time),
            new("given", Directory),
            new("approvals", new EitherShape(Decision, new EntriesShape(Decision))),
            new("answers", new EntriesShape(new EitherShape(new WordShape(RehearsalWords.Silence), new EntriesShape(new AnyShape())))),
            new("wake", Ids),
            new("fail", new EntriesShape(new WordShape(RehearsalFaults.Words))),
            new("crash", new WordShape("every")),
            new("expect", Expect, Required: true))), Required: true));
}
