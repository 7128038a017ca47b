using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Playbooks.Expressions;
using Siit.Iam.Agent.ToolServers;

namespace Siit.Iam.Agent.Playbooks.Format;

// What each step leaves under steps.<id> is written at its record; StepOutputs holds the same as types.

/// <summary>One step.</summary>
/// <param name="Id">Unique in the whole file, so that <c>steps.id</c> and a path such as <c>/remove[2]/unassign</c> name one step.</param>
internal abstract record Step(string Id, int Line, int Column)
{
    /// <summary>The steps in it, wherever they stand.</summary>
    public virtual IEnumerable<Step> Inner => [];

    /// <summary>It and everything in it.</summary>
    public IEnumerable<Step> All => Inner.SelectMany(inner => inner.All).Prepend(this);
}

/// <summary>Does one thing outside of the run: an action, or a tool of another server.</summary>
internal abstract record ActingStep(string Id, int Line, int Column) : Step(Id, Line, Column)
{
    /// <summary>Arguments by name; those in <see cref="RunArguments"/> are given by the run.</summary>
    public required IReadOnlyList<NamedValue> With { get; init; }

    public OnError OnError { get; init; } = OnError.Stop;

    /// <summary>The name of the action or the tool.</summary>
    public abstract string Does { get; }

    public abstract bool IsRead { get; }

    /// <summary>What it asks for by its own definition.</summary>
    public abstract Approvers Approval { get; }
}

/// <summary>
/// Calls one action. Leaves, for a read, what the action answers (see <see cref="ActionDefinition.Result"/>; nothing when it failed
/// and <see cref="ActingStep.OnError"/> is continue); for a write <c>{ state, call?, message }</c> with the state of the call or <c>skipped</c>.
/// </summary>
internal sealed record DoStep(string Id, int Line, int Column) : ActingStep(Id, Line, Column)
{
    public required ActionDefinition Action { get; init; }

    public override string Does => Action.Name;

    public override bool IsRead => Action.IsRead;

    public override Approvers Approval => Action.Approval;

    /// <summary>What to do when the connection cannot do this.</summary>
    public Unsupported Unsupported { get; init; } = Unsupported.Fail;

    /// <summary>The file says so, and does not leave it to what is usual.</summary>
    public bool SaysUnsupported { get; init; }

    /// <summary>Used when the run fails and its <c>onFailure</c> is compensate.</summary>
    public Undo? Undo { get; init; }
}

/// <summary>
/// Calls a tool of another server. Leaves, for a read, <c>{ text, data? }</c> (nothing when it failed and <see cref="ActingStep.OnError"/> is
/// continue); for a write also <c>{ state, call, message }</c> as an action does. What the other server says is text from outside.
/// </summary>
internal sealed record ToolStep(string Id, int Line, int Column) : ActingStep(Id, Line, Column)
{
    /// <summary>As it is locked.</summary>
    public required LockedTool Tool { get; init; }

    public override string Does => Tool.Name;

    public override bool IsRead => Tool.IsRead;

    public override Approvers Approval => Tool.Approval;
}

internal enum Unsupported
{
    Fail,
    Skip,
}

internal enum OnError
{
    Stop,
    Continue,
}

/// <summary>How a write is taken back.</summary>
/// <param name="Inverse">The action that takes it back; null when nothing does.</param>
/// <param name="Because">Why nothing has to.</param>
/// <param name="With">Its arguments; null: those of the step that the action takes as well.</param>
internal sealed record Undo(ActionDefinition? Inverse, string? Because, IReadOnlyList<NamedValue>? With = null);

/// <summary>
/// Runs steps once per item, in order. More items than <see cref="Max"/> stop the run before the first of them.
/// Leaves <c>{ total, ok, failed, skipped, values }</c>; inside, the steps' own outputs are those of the current item.
/// </summary>
internal sealed record ForeachStep(string Id, int Line, int Column) : Step(Id, Line, Column)
{
    public required Expression In { get; init; }

    public required string As { get; init; }

    public required int Max { get; init; }

    /// <summary>Items that may be begun and not over: while one waits, others go on.</summary>
    public int Parallel { get; init; } = 1;

    public OnError OnError { get; init; } = OnError.Stop;

    /// <summary>One failed item more and no other is begun; null: any number.</summary>
    public int? MaxFailures { get; init; }

    public required IReadOnlyList<Step> Steps { get; init; }

    /// <summary>What each item that succeeded adds to <c>values</c>.</summary>
    public PlaybookValue? Yield { get; init; }

    public override IEnumerable<Step> Inner => Steps;
}

/// <summary>Several ways at once: while one waits, the others go on. Over when all are. Leaves nothing of its own.</summary>
internal sealed record ParallelStep(string Id, int Line, int Column, IReadOnlyList<ParallelBranch> Branches) : Step(Id, Line, Column)
{
    public override IEnumerable<Step> Inner => Branches.SelectMany(branch => branch.Steps);
}

internal sealed record ParallelBranch(string Name, IReadOnlyList<Step> Steps);

/// <summary>Waits, as a row: for a time, until a moment, or for an event, whichever comes first. Leaves <c>{ woken, at }</c>.</summary>
internal sealed record WaitStep(string Id, int Line, int Column) : Step(Id, Line, Column)
{
    /// <summary>Answers a duration or a timestamp; decided once, when the wait begins.</summary>
    public required Expression Until { get; init; }

    public WakeOn? WakeOn { get; init; }
}

/// <summary>A lifecycle event of the person that the run is about.</summary>
/// <param name="Object">Id or name of the group or application; null for any.</param>
internal sealed record WakeOn(string Event, PlaybookValue? Object);

/// <summary>Runs another playbook and waits for its end. Leaves <c>{ run, state, message }</c>.</summary>
internal sealed record CallStep(string Id, int Line, int Column) : Step(Id, Line, Column)
{
    public required string Playbook { get; init; }

    /// <summary><c>^1</c> (any version that begins with it) or a whole version.</summary>
    public required string Version { get; init; }

    public required IReadOnlyList<NamedValue> With { get; init; }

    public OnError OnError { get; init; } = OnError.Stop;

    public bool Takes(string version) => Version.StartsWith('^') ? version == Version[1..] || version.StartsWith(Version[1..] + ".", StringComparison.Ordinal) : version == Version;
}

/// <summary>Asks people a question; the first answer counts. Leaves the fields of <see cref="Answers"/>.</summary>
internal sealed record AskStep(string Id, int Line, int Column) : Step(Id, Line, Column)
{
    /// <summary>Answers a work email, or a list of them; null: <see cref="Group"/> is asked.</summary>
    public Expression? Of { get; init; }

    /// <summary>Approvers of this group, but for the person whom the run is about.</summary>
    public string? Group { get; init; }

    public required Template Text { get; init; }

    public required AgentOutput Answers { get; init; }

    public required TimeSpan Timeout { get; init; }

    /// <summary>What silence means; null: the step fails.</summary>
    public System.Text.Json.Nodes.JsonObject? Default { get; init; }
}

/// <summary>Opens a service request, for what only people can do. Leaves <c>{ id }</c>.</summary>
/// <param name="For">Answers the work email of the person whose request it is.</param>
internal sealed record RequestStep(string Id, int Line, int Column, PlaybookValue For, Template Text) : Step(Id, Line, Column);

/// <summary>A model proposes a value; it changes nothing. Leaves an object with the fields of <see cref="Output"/>.</summary>
internal sealed record AgentStep(string Id, int Line, int Column) : Step(Id, Line, Column)
{
    /// <summary>The author's words. Holds no text from outside.</summary>
    public required Template Goal { get; init; }

    public required IReadOnlyList<NamedValue> Context { get; init; }

    /// <summary>Reads only.</summary>
    public required IReadOnlyList<ActionDefinition> Tools { get; init; }

    /// <summary>Tools of other servers. Those that write are of low risk.</summary>
    public IReadOnlyList<LockedTool> OtherTools { get; init; } = [];

    /// <summary>What the model may do by itself.</summary>
    public IEnumerable<LockedTool> Writes => OtherTools.Where(tool => !tool.IsRead);

    public IEnumerable<string> ToolNames => Tools.Select(tool => tool.Name).Concat(OtherTools.Select(tool => tool.Name));

    public required AgentBudget Budget { get; init; }

    public required AgentOutput Output { get; init; }

    public required OnInvalid OnInvalid { get; init; }

    /// <summary>Names in <see cref="Context"/> whose text comes from outside and is shown to the model as data only.</summary>
    public required IReadOnlyList<string> Untrusted { get; init; }
}

/// <summary>What a model may use up; reaching any of these ends the step.</summary>
internal sealed record AgentBudget(int Turns, int ToolCalls, int Tokens, TimeSpan Time);

/// <summary>What happens when the model's answer does not fit the schema.</summary>
/// <param name="Retries">How often it is told and asked again.</param>
/// <param name="Use">The value taken then; null means that the step fails.</param>
internal sealed record OnInvalid(int Retries, System.Text.Json.Nodes.JsonObject? Use);

/// <summary>Writes a line on the timeline of the run's request, and a mail to people. Leaves nothing.</summary>
/// <param name="To">Answers a work email, or a list of them; null for the timeline alone.</param>
internal sealed record NotifyStep(string Id, int Line, int Column, Template Template, Expression? To = null) : Step(Id, Line, Column);

/// <summary>Takes the first branch whose condition is true; one always is. Leaves <c>{ value }</c> when its branches yield one.</summary>
internal sealed record ChooseStep(string Id, int Line, int Column, IReadOnlyList<ChooseBranch> Branches) : Step(Id, Line, Column)
{
    public override IEnumerable<Step> Inner => Branches.SelectMany(branch => branch.Steps);
}

/// <param name="When">Null for <c>else</c>.</param>
/// <param name="Yield">What the step leaves as <c>value</c> when this branch was taken: of every branch, or of none.</param>
internal sealed record ChooseBranch(Expression? When, IReadOnlyList<Step> Steps, int Line, int Column, PlaybookValue? Yield = null);

/// <summary>Ends the run as refused when the condition is false. Leaves nothing.</summary>
/// <param name="Skips">Only the current item of the loop ends instead, as skipped.</param>
internal sealed record RequireStep(string Id, int Line, int Column, Expression Condition, Template? Message, bool Skips = false) : Step(Id, Line, Column);

/// <summary>Names a value, decided once. Leaves <c>{ value }</c>.</summary>
internal sealed record LetStep(string Id, int Line, int Column, PlaybookValue Value) : Step(Id, Line, Column);

/// <summary>Ends the run.</summary>
internal sealed record FinishStep(string Id, int Line, int Column, FinishStatus Status, Template? Message) : Step(Id, Line, Column);

/// <summary>
/// Has a person prove who they are before what is named in <see cref="For"/> is reset: the proof that the gate asks for, fetched. Over
/// when it is enough; without it the run ends as refused. Leaves <c>{ level, methods, at }</c>.
/// </summary>
internal sealed record VerifyStep(string Id, int Line, int Column) : Step(Id, Line, Column)
{
    /// <summary>Answers the work email of the person.</summary>
    public required PlaybookValue Subject { get; init; }

    /// <summary>Where the account is whose reset follows.</summary>
    public required PlaybookValue Connection { get; init; }

    /// <summary>The action that the proof is for: no other one can use it.</summary>
    public required ActionDefinition For { get; init; }

    /// <summary>For one factor: its id; null for all.</summary>
    public PlaybookValue? Factor { get; init; }

    /// <summary>Not proved after this is a no.</summary>
    public required TimeSpan Timeout { get; init; }
}

internal enum FinishStatus
{
    Done,
    Refused,
}
