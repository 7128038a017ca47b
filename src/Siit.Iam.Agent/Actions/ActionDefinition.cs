using System.Text.Json.Nodes;
using Siit.Iam.Agent.Idps;

namespace Siit.Iam.Agent.Actions;

/// <summary>How much harm a wrong use does. It has no default: forgetting it does not compile.</summary>
internal enum Risk
{
    /// <summary>Reads only.</summary>
    None,
    /// <summary>Easily undone, touches one person's access to little.</summary>
    Low,
    /// <summary>Interrupts a person, or gives access.</summary>
    Medium,
    /// <summary>Locks a person out, or opens a way in.</summary>
    High,
}

/// <summary>Who has to agree beforehand.</summary>
internal enum Approvers
{
    None,
    One,
    /// <summary>Two people from distinct approver groups.</summary>
    Two,
    /// <summary>Nobody can: the action is refused.</summary>
    Refuse,
}

/// <summary>What repeating an action does, and so what may be done when it is not known whether it happened.</summary>
internal enum Effect
{
    /// <summary>Changes nothing.</summary>
    Read,
    /// <summary>Sets a state: repeating it changes nothing, reading it back decides.</summary>
    SetState,
    /// <summary>Creates something that must exist once.</summary>
    CreateOnce,
    /// <summary>Each repetition does harm of its own: never repeated blindly.</summary>
    OneWay,
    /// <summary>May be repeated, but never late.</summary>
    Repeatable,
}

/// <summary>
/// One thing that can be done: the only place where it is defined. The MCP tool, the playbook step, the approval card, the
/// audit entry and the README's table come from here. Which IdPs support it is derived from <see cref="Capability"/>.
/// </summary>
internal sealed class ActionDefinition
{
    public required string Name { get; init; }

    public required string Title { get; init; }

    /// <summary>One sentence for a model: effect and consequence.</summary>
    public required string Description { get; init; }

    /// <summary>Part of what an approval binds; raised when the meaning of the action or of an argument changes.</summary>
    public int Version { get; init; } = 1;

    public required Risk Risk { get; init; }

    public required Approvers Approval { get; init; }

    public required Effect Effect { get; init; }

    public required InputShape Input { get; init; }

    /// <summary>The interface a connection must implement; null when every connection can.</summary>
    public Type? Capability { get; init; }

    /// <summary>The name of the action that takes it back with the same arguments; null when none does.</summary>
    public string? Inverse { get; init; }

    /// <summary>What a read answers, for those who go on with it; null for a change, whose outcome has one shape for all.</summary>
    public ResultShape? Result { get; init; }

    /// <summary>Set for <see cref="Effect.Read"/>.</summary>
    public ReadSteps? Read { get; init; }

    /// <summary>Set for everything else.</summary>
    public WriteSteps? Write { get; init; }

    public bool IsRead => Effect == Effect.Read;

    public bool IsSupportedBy(IIdpConnection connection) => Capability is null || Capability.IsInstanceOfType(connection);

    public bool IsSupportedBy(Type connectionType) => Capability is null || Capability.IsAssignableFrom(connectionType);

    /// <summary>A read over one or more connections.</summary>
    /// <param name="result">What it answers when the IdPs are asked: what playbooks go on with.</param>
    /// <param name="run">Answers from the copy of the directory where that can, else from the IdPs.</param>
    public static ActionDefinition Reading<TInput>(
        string name,
        string title,
        string description,
        ResultShape result,
        Func<Reading, TInput, CancellationToken, Task<JsonObject>> run)
        where TInput : AsksConnections => new()
        {
            Name = name,
            Title = title,
            Description = description,
            Risk = Risk.None,
            Approval = Approvers.None,
            Effect = Effect.Read,
            Input = InputShape.Of<TInput>(),
            Result = result,
            Read = new ReadSteps((reading, input, cancellationToken) => run(reading, (TInput)input, cancellationToken)),
        };

    /// <summary>A change of one person's account at one connection.</summary>
    /// <param name="reads">What has to be read fresh of the account to judge and preview it.</param>
    /// <param name="apply">The action on a copy of what was read: the difference is the preview.</param>
    /// <param name="consequences">What the difference cannot show, as sentences for the approver.</param>
    /// <param name="settle">From what was read after the intent: happened (true), did not (false), cannot tell (null).</param>
    /// <param name="run">Sends the change, once.</param>
    /// <param name="inverse">The name of the action that takes it back with the same arguments.</param>
    /// <param name="alreadySo">Whether what is asked for is so already. Default: <paramref name="apply"/> changes nothing.</param>
    /// <param name="readsBack">What <paramref name="settle"/> looks at of the account, when that is less than <paramref name="reads"/>.</param>
    /// <param name="handsOutAWayIn">
    /// Whether it gives whoever asks for it a way into the account, so that it has to be proved who asks. Left out: never.
    /// </param>
    /// <param name="consequenceThere">What follows at this IdP and not at every one, as a sentence for the approver.</param>
    public static ActionDefinition Changing<TInput, TCapability>(
        string name,
        string title,
        string description,
        Risk risk,
        Approvers approval,
        Effect effect,
        PictureParts reads,
        Func<Situation, TInput, Situation> apply,
        Func<Situation, TInput, IEnumerable<string>> consequences,
        Func<TCapability, Settling, TInput, CancellationToken, ValueTask<bool?>> settle,
        Func<TCapability, Situation, TInput, CancellationToken, Task<WriteReceipt>> run,
        Func<Situation, TInput, bool>? alreadySo = null,
        Func<TCapability, TInput, string?>? unsupported = null,
        Func<TCapability, TInput, string>? consequenceThere = null,
        bool createsAccount = false,
        string? inverse = null,
        PictureParts? readsBack = null,
        Func<TInput, bool>? handsOutAWayIn = null)
        where TInput : TargetsPerson
        where TCapability : class => new()
        {
            Name = name,
            Title = title,
            Description = description,
            Risk = risk,
            Approval = approval,
            Effect = effect,
            Input = InputShape.Of<TInput>(),
            Capability = typeof(TCapability),
            Inverse = inverse,
            Write = new WriteSteps
            {
                Reads = reads,
                ReadsBack = readsBack ?? reads,
                CreatesAccount = createsAccount,
                HandsOutAWayIn = handsOutAWayIn is null ? null : input => handsOutAWayIn((TInput)input),
                Apply = (situation, input) => apply(situation, (TInput)input),
                Consequences = (idp, situation, input) => consequenceThere is null
                    ? consequences(situation, (TInput)input)
                    : [.. consequences(situation, (TInput)input), consequenceThere((TCapability)idp, (TInput)input)],
                AlreadySo = alreadySo is null ? null : (situation, input) => alreadySo(situation, (TInput)input),
                Unsupported = (idp, input) => unsupported?.Invoke((TCapability)idp, (TInput)input),
                Settle = (idp, settling, input, cancellationToken) => settle((TCapability)idp, settling, (TInput)input, cancellationToken),
                Run = (idp, situation, input, cancellationToken) => run((TCapability)idp, situation, (TInput)input, cancellationToken),
            },
        };
}

/// <summary>How a read is answered.</summary>
internal sealed record ReadSteps(Func<Reading, ActionInput, CancellationToken, Task<JsonObject>> Run);

/// <summary>The steps of a change, each used by one line of the gate. See <see cref="ActionDefinition.Changing{TInput,TCapability}"/>.</summary>
internal sealed record WriteSteps
{
    public required PictureParts Reads { get; init; }

    /// <summary>What <see cref="Settle"/> looks at; less than the preview needs, where the preview asks for much.</summary>
    public required PictureParts ReadsBack { get; init; }

    public required bool CreatesAccount { get; init; }

    /// <summary>Null for actions that never do.</summary>
    public Func<TargetsPerson, bool>? HandsOutAWayIn { get; init; }

    public required Func<Situation, TargetsPerson, Situation> Apply { get; init; }

    public required Func<IIdpConnection, Situation, TargetsPerson, IEnumerable<string>> Consequences { get; init; }

    public Func<Situation, TargetsPerson, bool>? AlreadySo { get; init; }

    /// <summary>Why this connection cannot do it with this input although it has the capability; null when it can.</summary>
    public required Func<IIdpConnection, TargetsPerson, string?> Unsupported { get; init; }

    public required Func<IIdpConnection, Settling, TargetsPerson, CancellationToken, ValueTask<bool?>> Settle { get; init; }

    public required Func<IIdpConnection, Situation, TargetsPerson, CancellationToken, Task<WriteReceipt>> Run { get; init; }
}

/// <summary>What an effect is settled from.</summary>
/// <param name="Before">What was read just before the intent.</param>
/// <param name="Now">What was read after it.</param>
/// <param name="Since">When the intent was written, by our clock.</param>
internal sealed record Settling(Situation Before, Situation Now, DateTimeOffset Since);
