using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Siit.Iam.Agent.Gate.Rules;
using Siit.Iam.Agent.Gate.StandingApprovals;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Gate;

/// <summary>One use of an action: the only stored record of it, with its state, its approval and its outcome.</summary>
[Stored("calls", "state", "fingerprint", "request", "run", "step", "caller", "account", "created")]
internal sealed record CallRecord : IRecord
{
    public required string Id { get; init; }

    public long Version { get; init; }

    public required CallState State { get; init; }

    /// <summary>snake_case reason of the state, such as <c>protected_person</c>; null when the state says all.</summary>
    public string? Code { get; init; }

    /// <summary>What happened, to what, and what to do next: for a person or a model.</summary>
    public string Message { get; init; } = "";

    public required string Action { get; init; }

    public required int ActionVersion { get; init; }

    /// <summary>The arguments as they were checked; of a call that was refused for them, as they were sent. No secret is ever an argument.</summary>
    public required JsonObject Input { get; init; }

    /// <summary>The argument <c>person</c>; null when there is none, or it is no text: whoever was refused for that stays on record, too.</summary>
    [JsonIgnore]
    public string? Person => Input["person"] is JsonValue value && value.TryGetValue<string>(out var person) ? person : null;

    /// <summary>The name of the connection it acts on; null until it is found.</summary>
    public string? Connection { get; init; }

    public required string Caller { get; init; }

    public required string Operator { get; init; }

    /// <summary>Of a run's call: the registered caller who started the run, looked at again before the effect.</summary>
    public string? Starter { get; init; }

    public required Requester Requester { get; init; }

    public required string Door { get; init; }

    public string? Request { get; init; }

    /// <summary>Who wrote the request, as far as it is known here: never decides, whoever is named as requester.</summary>
    public string? RequestAuthor { get; init; }

    public string? Run { get; init; }

    public string? StepPath { get; init; }

    /// <summary>What started the run: one of <see cref="ApprovalRuleProblems.Triggers"/>; null for a call of no run.</summary>
    public string? Trigger { get; init; }

    /// <summary>Work emails of those who wrote or published the run's playbook, as far as they are known: they never decide.</summary>
    public IReadOnlyList<string> Authors { get; init; } = [];

    /// <summary>The plan call that covers it, when one does.</summary>
    public string? Plan { get; init; }

    /// <summary>The standing approval that the run's playbook names, whether it covers the call or not.</summary>
    public StandingClaim? Claim { get; init; }

    /// <summary>Id of the standing approval by which nobody was asked; null when it was used for none.</summary>
    public string? StandingApproval { get; init; }

    /// <summary>The account it changes, by the IdP's immutable id. Null for create_user and for plans.</summary>
    public CallTarget? Target { get; init; }

    /// <summary>What it would do and what that was judged on; null until it was judged.</summary>
    public EffectCard? Card { get; init; }

    public ApprovalPart? Approval { get; init; }

    /// <summary>Approvals that did not hold any more when they were used, oldest first: it was asked anew.</summary>
    public IReadOnlyList<ApprovalPart> Earlier { get; init; } = [];

    public EffectIntent? Intent { get; init; }

    public EffectOutcome? Outcome { get; init; }

    /// <summary>What a tool of another server has answered (<c>text</c>, <c>data</c>): untrusted, and cut. Null for actions of ours.</summary>
    public JsonObject? Answer { get; init; }

    public required DateTimeOffset ReceivedAt { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Equal for calls that ask for the same thing: see <see cref="Repeats"/>.</summary>
    public required string Fingerprint { get; init; }

    [JsonIgnore]
    public IReadOnlyDictionary<string, string> Keys
    {
        get
        {
            var keys = new Dictionary<string, string>
            {
                ["state"] = State.Word(),
                ["fingerprint"] = Fingerprint,
                ["caller"] = Caller,
            };
            if (Request is not null)
                keys["request"] = Request;
            if (Run is not null)
                keys["run"] = Run;
            if (Run is not null && StepPath is not null)
                keys["step"] = $"{Run}{StepPath}";
            if (Connection is not null && Target is { AccountId.Length: > 0 } target)
                keys["account"] = $"{Connection}:{target.AccountId}";
            if (Connection is not null && Outcome?.NewId is { Length: > 0 } created)
                keys["created"] = $"{Connection}:{created}";
            return keys;
        }
    }
}

/// <summary>The account that a call changes.</summary>
internal sealed record CallTarget(string AccountId, string Login, string? Email, string Name);

/// <summary>What an approver is shown, and what his decision is bound to.</summary>
internal sealed record EffectCard
{
    /// <summary>What changes, one line each. Empty for effects that a picture cannot show.</summary>
    public required IReadOnlyList<EffectLine> Lines { get; init; }

    /// <summary>Sentences: what follows, what cannot be undone.</summary>
    public required IReadOnlyList<string> Consequences { get; init; }

    /// <summary>What to be careful about: vendor traps that do not block, people of the same name.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>What it was judged on: status, roles, protection. No volatile field.</summary>
    public required JsonObject Facts { get; init; }

    /// <summary>How the account is now, one line each; shown and bound, but a change of it alone is no drift.</summary>
    public IReadOnlyList<string> State { get; init; } = [];

    /// <summary>Who could be taken for the target: same or confusable name or address.</summary>
    public IReadOnlyList<string> LookAlikes { get; init; } = [];

    /// <summary>Earlier calls for the same request, and on the same account within a day, newest first.</summary>
    public IReadOnlyList<string> History { get; init; } = [];

    /// <summary>What the service request says, as its author wrote it: untrusted text.</summary>
    public string? RequestText { get; init; }

    /// <summary>Which rules asked for the approval, for people.</summary>
    public required string Rule { get; init; }

    /// <summary>All of these have to be filled. Empty: what <see cref="ApprovalPart.Needed"/> says.</summary>
    public IReadOnlyList<Quorum> Quorums { get; init; } = [];

    /// <summary>When, and which group, may take any seat that is left; null: never.</summary>
    public Escalation? Escalates { get; init; }

    /// <summary>What changed since an earlier approval was given for this call; null when nothing did.</summary>
    public IReadOnlyList<string>? Drift { get; init; }

    /// <summary>Digest of the settings that decided.</summary>
    public required string PolicyVersion { get; init; }

    public required string Nonce { get; init; }
}

/// <param name="To">An approver group.</param>
internal sealed record Escalation(DateTimeOffset At, string To);

/// <summary>One difference that the action makes.</summary>
/// <param name="Sign"><c>+</c> gains, <c>-</c> loses, <c>~</c> changes.</param>
/// <param name="What">status, group, application, role, factor, grant, field or account.</param>
/// <param name="Id">Of the group, application, factor, grant; the field's name.</param>
/// <param name="Text">For people.</param>
internal sealed record EffectLine(string Sign, string What, string Id, string Text);

/// <summary>Other people's decision on the call.</summary>
internal sealed record ApprovalPart
{
    public required Actions.Approvers Needed { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>SHA-256 over everything that is bound, lower hex: see <see cref="CallDigest"/>.</summary>
    public required string Digest { get; init; }

    public DateTimeOffset? AskedAt { get; init; }

    public IReadOnlyList<Decision> Decisions { get; init; } = [];

    /// <summary>When the last approval needed was given.</summary>
    public DateTimeOffset? CompleteAt { get; init; }

    /// <summary>When approvers were reminded; null: not yet.</summary>
    public DateTimeOffset? RemindedAt { get; init; }

    /// <summary>When it was said that others may take a seat, too; null: not yet.</summary>
    public DateTimeOffset? EscalatedAt { get; init; }

    /// <summary>Somebody has taken it back; it counts for nothing that has not begun.</summary>
    public Revocation? Revoked { get; init; }
}

/// <param name="By">The approver's id.</param>
internal sealed record Revocation(string By, string Email, string? Reason, DateTimeOffset At);

/// <summary>One person's decision.</summary>
/// <param name="Groups">The approver groups the person was in when deciding: any one of them is the seat it takes.</param>
/// <param name="Digest">What the approver was shown.</param>
internal sealed record Decision(string Approver, string Email, IReadOnlyList<string> Groups, bool Approved, string? Reason, string Digest, DateTimeOffset At);

/// <summary>Written durably before the first byte is sent.</summary>
/// <param name="Fence">A worker whose fence is older writes nothing any more.</param>
/// <param name="Before">What was read just before, to settle an unknown outcome from.</param>
internal sealed record EffectIntent(DateTimeOffset At, string Fence, JsonObject Before);

/// <param name="IdpRequestId">The vendor's id of the request.</param>
/// <param name="Differs">Of a change of a run that was read back: what was otherwise than previewed; null where it was not compared.</param>
/// <param name="ReadBack">confirmed | not_confirmed (accepted, not visible yet) | not_readable | settled_by_reading | settled_by_person.</param>
internal sealed record EffectOutcome(DateTimeOffset At, string? IdpRequestId, string ReadBack, string? NewId = null, IReadOnlyList<string>? Differs = null);
