using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Idps;

namespace Siit.Iam.Agent.Gate.Proofs;

/// <summary>A call, as far as it matters for who wishes it.</summary>
internal sealed record IdentityQuestion(
    ActionDefinition Action, TargetsPerson Input, IIdpConnection Connection, Situation Situation, CallerRecord Caller, Requester Requester);

/// <summary>What was found about who wishes a reset, and how its secret would reach the person.</summary>
internal sealed record IdentityFinding
{
    /// <summary>The call gives nobody a way in: nothing was looked at.</summary>
    public static IdentityFinding None { get; } = new();

    public IReadOnlyList<Refusal> Refusals { get; init; } = [];

    /// <summary>For the card: the demand and the evidence, methods and times, never a code. Null: none was asked for.</summary>
    public JsonObject? Facts { get; init; }

    /// <summary>For the card, beside the other consequences.</summary>
    public IReadOnlyList<string> Sentences { get; init; } = [];

    /// <summary>What is used up when the effect begins.</summary>
    public ProofRecord? Proof { get; init; }

    /// <summary>From then on the evidence is not enough any more, so nobody needs to decide either.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Set for every reset.</summary>
    public PersonContacts? Contacts { get; init; }

    /// <summary>Where the temporary password goes.</summary>
    public KnownContact? Delivery { get; init; }

    public DateTimeOffset Earlier(DateTimeOffset expires) => Until is { } until && until < expires ? until : expires;
}
