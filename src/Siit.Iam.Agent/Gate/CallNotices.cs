using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Notices;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Gate;

/// <summary>
/// Who is told what about a call, and when. Each method gives what is to be stored in the commit of the call's record, and never keeps
/// that from being done: whoever cannot be told is not, and the call goes on.
/// </summary>
internal sealed partial class CallNotices(INotices notices, NoticeAddresses addresses, NoticeTexts texts, AuditLog log, ILogger<CallNotices> logger)
{
    public const string ApprovalAsked = "approval_asked";
    public const string ApprovalReminder = "approval_reminder";
    public const string ApprovalEscalated = "approval_escalated";
    public const string CallDecided = "call_decided";
    public const string CallEnded = "call_ended";
    public const string CallNeedsPerson = "call_needs_person";

    /// <summary>To the person whose account was changed in a way that lets others in, or keeps that person out.</summary>
    public const string PersonTold = "person_told";

    private static readonly HashSet<string> TellThePerson = ["reset_password", "reset_mfa", "suspend_user", "deactivate_user", "clear_sessions"];

    /// <summary>Whether there is any way at all: looking up whom to tell takes reading.</summary>
    public bool TellsAnybody => notices.CanReach(NoticeChannel.Mail) || notices.CanReach(NoticeChannel.Webhook);

    /// <param name="approvers">Those who could decide.</param>
    public IReadOnlyList<Change> Asked(CallRecord call, IEnumerable<ApproverRecord> approvers) =>
        ToApprovers(call, approvers, ApprovalAsked, "asked", "A call waits for your decision.", "Approval needed");

    /// <param name="number">Which reminder it is: each is sent once.</param>
    public IReadOnlyList<Change> Reminder(CallRecord call, IEnumerable<ApproverRecord> approvers, int number) =>
        ToApprovers(call, approvers, ApprovalReminder, $"reminder-{number}", "A call still waits for a decision, and nobody's silence is a yes.", "Still waiting for approval");

    /// <param name="approvers">Those to whom it is handed on.</param>
    public IReadOnlyList<Change> Escalated(CallRecord call, IEnumerable<ApproverRecord> approvers) =>
        ToApprovers(call, approvers, ApprovalEscalated, "escalated", "Nobody who was asked first has decided on a call; now you may.", "Handed on to you: approval needed");

    /// <summary>The requester hears of a no, and of a yes that is not enough yet; of one that is enough when the call has ended.</summary>
    public Task<IReadOnlyList<Change>> DecidedAsync(CallRecord call, Decision decision, CancellationToken cancellationToken) => SafelyAsync(call, async () =>
    {
        var text = texts.Decided(call, decision);
        var key = $"{call.Id}/decided/{decision.Approver}/{call.Approval?.Digest[..8]}";
        var mails = call.Approval?.CompleteAt is null && await addresses.RequesterAsync(call, cancellationToken) is { } requester
            ? [Mail(call, CallDecided, $"{key}/requester", requester, text)]
            : Array.Empty<Notice>();
        return [.. mails, Event(call, CallDecided, key, text)];
    });

    /// <summary>What was approved has ended, or the time to decide is over; and whose account it was is told what happened to it.</summary>
    public Task<IReadOnlyList<Change>> EndedAsync(CallRecord call, CancellationToken cancellationToken) => SafelyAsync(call, async () =>
    {
        var told = new List<Notice>();
        if (call.State == CallState.NeedsPerson)
            told.AddRange(await NeedsPersonAsync(call, cancellationToken));
        else if (call.Approval is not null)
            told.AddRange(await ToRequesterAsync(call, cancellationToken));
        if (TellThePerson.Contains(call.Action) && call is { Intent: not null, State: CallState.Succeeded or CallState.NeedsPerson })
        {
            var (reached, instead) = await addresses.PersonAsync(call, cancellationToken);
            told.AddRange(reached.Select(address => Mail(call, PersonTold, $"{call.Id}/person/{call.State.Word()}/{address}", address, NoticeTexts.Person(call, inPlaceOf: false))));
            told.AddRange(instead.Select(address => Mail(call, PersonTold, $"{call.Id}/instead/{call.State.Word()}/{address}", address, NoticeTexts.Person(call, inPlaceOf: true))));
            told.Add(Event(call, PersonTold, $"{call.Id}/person/{call.State.Word()}", NoticeTexts.Person(call, inPlaceOf: false)));
        }

        return told;
    });

    private async Task<IEnumerable<Notice>> ToRequesterAsync(CallRecord call, CancellationToken cancellationToken)
    {
        var text = texts.Ended(call);
        var key = $"{call.Id}/ended/{call.State.Word()}";
        return await addresses.RequesterAsync(call, cancellationToken) is { } requester
            ? [Mail(call, CallEnded, $"{key}/requester", requester, text), Event(call, CallEnded, key, text)]
            : [Event(call, CallEnded, key, text)];
    }

    /// <summary>Those who approved it, and the caller's operator: somebody has to look at the IdP.</summary>
    private async Task<IEnumerable<Notice>> NeedsPersonAsync(CallRecord call, CancellationToken cancellationToken)
    {
        var text = texts.NeedsPerson(call);
        var key = $"{call.Id}/needs_person";
        var people = (call.Approval?.Decisions.Where(decision => decision.Approved).Select(decision => decision.Email) ?? []).Append(call.Operator).ToList();
        if (await addresses.RequesterAsync(call, cancellationToken) is { } requester)
            people.Add(requester);
        return
        [
            .. people.Where(Addresses.LooksLikeOne).Distinct(StringComparer.OrdinalIgnoreCase).Select(to => Mail(call, CallNeedsPerson, $"{key}/{to}", to, text)),
            Event(call, CallNeedsPerson, key, text),
        ];
    }

    private List<Change> ToApprovers(CallRecord call, IEnumerable<ApproverRecord> approvers, string kind, string what, string opening, string subject)
    {
        var asked = approvers.ToList();
        var text = texts.Approval(call, opening, subject, log);
        var key = $"{call.Id}/{what}/{call.Approval!.Digest[..16]}";
        return Post(call,
        [
            .. asked.Where(approver => Addresses.LooksLikeOne(approver.Email)).Select(approver => Mail(call, kind, $"{key}/{approver.Id}", approver.Email, text) with { ExpiresAt = call.Approval.ExpiresAt }),
            Event(call, kind, key, text with { Text = $"{text.Text}\nCould decide: {string.Join(", ", asked.Select(approver => approver.Email))}\n" }) with { ExpiresAt = call.Approval.ExpiresAt },
        ]);
    }

    private static Notice Mail(CallRecord call, string kind, string key, string to, NoticeText text) => new()
    {
        Key = key,
        Kind = kind,
        Channel = NoticeChannel.Mail,
        To = to,
        Subject = text.Subject,
        Text = text.Text,
        Call = call.Id,
        Request = call.Request,
        Run = call.Run,
    };

    /// <summary>For programs: once, whoever the people are.</summary>
    private static Notice Event(CallRecord call, string kind, string key, NoticeText text) =>
        Mail(call, kind, $"{key}/webhook", "", text) with { Channel = NoticeChannel.Webhook };

    private async Task<IReadOnlyList<Change>> SafelyAsync(CallRecord call, Func<Task<List<Notice>>> compose)
    {
        try
        {
            return Post(call, await compose());
        }
        catch (Exception failed) when (failed is not OperationCanceledException)
        {
            LogNotTold(logger, failed, call.Id);
            return [];
        }
    }

    private List<Change> Post(CallRecord call, IEnumerable<Notice> told)
    {
        var changes = new List<Change>();
        foreach (var notice in told.Where(notice => notices.Wants(notice.Kind, notice.Channel)).DistinctBy(notice => notice.Key))
        {
            try
            {
                changes.Add(notices.Post(notice));
            }
            catch (ArgumentException wrong)
            {
                LogNotTold(logger, wrong, call.Id);
            }
        }

        return changes;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Call {Call}: somebody could not be told")]
    private static partial void LogNotTold(ILogger logger, Exception failed, string call);
}
