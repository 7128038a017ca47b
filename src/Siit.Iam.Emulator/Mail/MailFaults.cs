using System.Text.Json;
using System.Text.Json.Serialization;

namespace Siit.Iam.Emulator.Mail;

/// <summary>What the mailbox is told to do wrong.</summary>
[JsonConverter(typeof(MailFaultKindJson))]
internal enum MailFaultKind
{
    /// <summary>Turns away at once (421).</summary>
    RefuseConnection,
    RefuseSender,
    RefuseRecipient,

    /// <summary>After the content.</summary>
    RefuseContent,

    /// <summary>Waits before the answer to the content.</summary>
    Slow,

    /// <summary>Cuts the connection before the content is taken.</summary>
    DropBeforeTaking,

    /// <summary>Takes the mail and cuts the connection before it says so.</summary>
    DropAfterTaking,
}

internal sealed class MailFaultKindJson() : JsonStringEnumConverter<MailFaultKind>(JsonNamingPolicy.SnakeCaseLower);

/// <param name="Times">How often.</param>
/// <param name="Code">Of the refusal, such as 451 or 550.</param>
/// <param name="DelayMs">Of <see cref="MailFaultKind.Slow"/>.</param>
internal sealed record MailFault(MailFaultKind Kind, int Times = 1, int Code = 451, int DelayMs = 1000);

/// <summary>Faults that are still to happen.</summary>
internal sealed class MailFaults
{
    private readonly Lock _gate = new();
    private readonly List<MailFault> _faults = [];

    public IReadOnlyList<MailFault> Planned
    {
        get
        {
            lock (_gate)
                return [.. _faults];
        }
    }

    public void Add(params IEnumerable<MailFault> faults)
    {
        lock (_gate)
            _faults.AddRange(faults.Where(fault => fault.Times > 0));
    }

    public void Clear()
    {
        lock (_gate)
            _faults.Clear();
    }

    /// <summary>The next one of this kind, which is used up by it; null when there is none.</summary>
    public MailFault? Take(MailFaultKind kind)
    {
        lock (_gate)
        {
            var at = _faults.FindIndex(fault => fault.Kind == kind);
            if (at < 0)
                return null;
            var fault = _faults[at];
            if (fault.Times > 1)
                _faults[at] = fault with { Times = fault.Times - 1 };
            else
                _faults.RemoveAt(at);
            return fault;
        }
    }
}
