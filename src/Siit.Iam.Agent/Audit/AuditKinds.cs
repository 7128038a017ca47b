namespace Siit.Iam.Agent.Audit;

/// <summary>
/// The closed list of what an audit entry can be about. Names and codes are a promise to whoever searches an old log:
/// a kind may be added, none is ever renamed, and a code is never given twice.
/// </summary>
internal static class AuditKinds
{
    public const string CallReceived = "call.received";
    public const string CallRefused = "call.refused";
    public const string CallAwaitingApproval = "call.awaiting_approval";
    public const string CallCancelled = "call.cancelled";
    public const string CallExpired = "call.expired";

    /// <summary>The end of a call that had no effect to record: a read, or an answer given without the IdP.</summary>
    public const string CallAnswered = "call.answered";

    /// <summary>A call whose outcome was unknown has been settled, by reading back or by a person.</summary>
    public const string CallSettled = "call.settled";
    public const string ApprovalDecided = "approval.decided";

    /// <summary>Somebody tried to decide and was not allowed to.</summary>
    public const string ApprovalRefusedDecision = "approval.refused_decision";

    /// <summary>Approvers who have not decided were reminded, once.</summary>
    public const string ApprovalReminded = "approval.reminded";

    /// <summary>The people of the group for that may take any seat that is left, too.</summary>
    public const string ApprovalEscalated = "approval.escalated";

    /// <summary>An approver takes an approval, or what waits for one, back before its effect.</summary>
    public const string ApprovalRevoked = "approval.revoked";

    /// <summary>Nobody was asked: a standing approval of the settings covers the call.</summary>
    public const string ApprovalStanding = "approval.standing";

    /// <summary>An operator asked what would be asked for a call, without making it.</summary>
    public const string PolicyTried = "policy.tried";

    /// <summary>Durable before the first byte goes to the IdP.</summary>
    public const string EffectIntent = "effect.intent";
    public const string EffectOutcome = "effect.outcome";
    public const string StopSet = "stop.set";
    public const string StopLifted = "stop.lifted";
    public const string ApproverAdded = "approver.added";
    public const string ApproverRemoved = "approver.removed";

    /// <summary>A one-time code was wrong, used before, or came while codes were throttled.</summary>
    public const string ApproverCodeRefused = "approver.code_refused";

    /// <summary>A person has signed in to the page.</summary>
    public const string ConsoleSignedIn = "console.signed_in";
    public const string ConsoleSignInRefused = "console.sign_in_refused";
    public const string ConsoleSignedOut = "console.signed_out";

    /// <summary>As whom an approver is a manager or owner.</summary>
    public const string ApproverLinked = "approver.linked";
    public const string CallerAdded = "caller.added";
    public const string CallerRemoved = "caller.removed";
    public const string ServerStarted = "server.started";
    public const string ServerStopped = "server.stopped";

    /// <summary>The server runs with a gate lower than the action's own definition.</summary>
    public const string SettingLowered = "setting.lowered";

    /// <summary>How many calls a rate limit has swallowed; counted, not written one by one.</summary>
    public const string RateSwallowed = "rate.swallowed";
    public const string RunStarted = "run.started";
    public const string RunStep = "run.step";
    public const string RunEnded = "run.ended";

    /// <summary>Somebody is asked to prove who they are before a reset.</summary>
    public const string ProofStarted = "proof.started";

    /// <summary>A piece of evidence counts: which method, who verified it; never a code.</summary>
    public const string ProofEvidence = "proof.evidence";

    /// <summary>A code was wrong or too late, a push was refused, somebody may not vouch.</summary>
    public const string ProofRefused = "proof.refused";

    /// <summary>The person says that it was not they who asked.</summary>
    public const string ProofVoided = "proof.voided";

    /// <summary>A secret for one person waits to be shown once.</summary>
    public const string SecretKept = "secret.kept";
    public const string SecretRevealed = "secret.revealed";
    public const string SecretExpired = "secret.expired";

    /// <summary>What is secret at rest is sealed with a new key.</summary>
    public const string SecretsRotated = "secrets.rotated";

    /// <summary>Something that should have started a run did not; the code says why.</summary>
    public const string RunNotStarted = "run.not_started";
    public const string RunSettled = "run.settled";

    /// <summary>A playbook has reached more people in a day than it allows itself: its runs wait for a person.</summary>
    public const string PlaybookHalted = "playbook.halted";
    public const string PlaybookReleased = "playbook.released";

    /// <summary>An approver lets a version of a playbook run; by the digests of its content and of every playbook that it calls.</summary>
    public const string PlaybookPublished = "playbook.published";
    public const string PlaybookUnpublished = "playbook.unpublished";
    /// <summary>Somebody has looked how a playbook would come out. Nothing was changed by it.</summary>
    public const string PlaybookRehearsed = "playbook.rehearsed";

    /// <summary>A language model is asked for its next turn; the prompt stands there as a digest.</summary>
    public const string ModelAsked = "model.asked";
    public const string ModelAnswered = "model.answered";

    /// <summary>A tool of another server is not any more what was locked; it is not called until somebody has looked at it.</summary>
    public const string ToolChanged = "tool.changed";
    public const string RequestSubmitted = "request.submitted";
    public const string RequestMessage = "request.message";

    /// <summary>Who works on a request, or where it stands, was changed.</summary>
    public const string RequestChanged = "request.changed";

    /// <summary>A message to somebody is about to be tried for the first time; to whom and what kind, never its text.</summary>
    public const string NoticeQueued = "notice.queued";

    /// <summary>The other side has taken it.</summary>
    public const string NoticeSent = "notice.sent";
    public const string NoticeGivenUp = "notice.given_up";

    /// <summary>A whole file of an HRIS is taken; how many rows, and its digest.</summary>
    public const string HrisRead = "hris.read";

    /// <summary>An HRIS has pushed something about one person; what kind of news, without the values.</summary>
    public const string HrisChanged = "hris.changed";

    /// <summary>More leavers than the limit: what an HRIS said waits for a person.</summary>
    public const string HrisHeld = "hris.held";

    /// <summary>A person has let it through or refused it.</summary>
    public const string HrisDecided = "hris.decided";

    /// <summary>How an import of a connection's directory ended: counts, and nobody's name.</summary>
    public const string ImportFinished = "import.finished";
    public const string ImportHeld = "import.held";
    public const string ImportFailed = "import.failed";

    /// <summary>An approver lets a held import go on.</summary>
    public const string ImportAgreed = "import.agreed";

    /// <summary>A person has settled which accounts are one person's, or are not.</summary>
    public const string PersonDecided = "person.decided";
    public const string PersonDecisionTakenBack = "person.decision_taken_back";
    public const string RestoreDone = "restore.done";

    /// <summary>A line that a crash had left half written was cut off and kept aside.</summary>
    public const string LogRepaired = "log.repaired";

    /// <summary>The first entry of a log that was written before it was a tree: from here on checkpoints are signed.</summary>
    public const string LogMigrated = "log.migrated";

    /// <summary>Checkpoints from this entry's on are signed with another key.</summary>
    public const string LogKeyRotated = "log.key_rotated";

    /// <summary>The oldest entries are copied into an archive and go out of the log; up to which, the root over them, and who did it.</summary>
    public const string LogArchived = "log.archived";

    /// <summary>Archived entries are put back into the log.</summary>
    public const string LogUnarchived = "log.unarchived";

    /// <summary>A witness says that this log is not the one that it has seen: it was rolled back or forked.</summary>
    public const string WitnessDisagreed = "witness.disagreed";

    /// <summary>Kind -> code. The first digit says the family, so a range can be watched.</summary>
    private static readonly Dictionary<string, string> Codes = new(StringComparer.Ordinal)
    {
        [CallReceived] = "SI1001",
        [CallRefused] = "SI1002",
        [CallAwaitingApproval] = "SI1003",
        [CallCancelled] = "SI1004",
        [CallExpired] = "SI1005",
        [CallAnswered] = "SI1006",
        [CallSettled] = "SI1007",
        [ApprovalDecided] = "SI2001",
        [ApprovalRefusedDecision] = "SI2002",
        [ApprovalReminded] = "SI2003",
        [ApprovalEscalated] = "SI2004",
        [ApprovalRevoked] = "SI2005",
        [PolicyTried] = "SI2006",
        [ApprovalStanding] = "SI2007",
        [EffectIntent] = "SI3001",
        [EffectOutcome] = "SI3002",
        [StopSet] = "SI4001",
        [StopLifted] = "SI4002",
        [ApproverAdded] = "SI5001",
        [ApproverRemoved] = "SI5002",
        [CallerAdded] = "SI5003",
        [CallerRemoved] = "SI5004",
        [ApproverCodeRefused] = "SI5005",
        [ConsoleSignedIn] = "SI5101",
        [ConsoleSignInRefused] = "SI5102",
        [ConsoleSignedOut] = "SI5103",
        [ApproverLinked] = "SI5006",
        [ProofStarted] = "SI5201",
        [ProofEvidence] = "SI5202",
        [ProofRefused] = "SI5203",
        [ProofVoided] = "SI5204",
        [SecretKept] = "SI5301",
        [SecretRevealed] = "SI5302",
        [SecretExpired] = "SI5303",
        [SecretsRotated] = "SI5304",
        [RunStarted] = "SI6001",
        [RunStep] = "SI6002",
        [RunEnded] = "SI6003",
        [RunNotStarted] = "SI6004",
        [RunSettled] = "SI6005",
        [PlaybookHalted] = "SI6201",
        [PlaybookReleased] = "SI6202",
        [PlaybookPublished] = "SI6203",
        [PlaybookUnpublished] = "SI6204",
        [PlaybookRehearsed] = "SI6205",
        [ModelAsked] = "SI6101",
        [ModelAnswered] = "SI6102",
        [ToolChanged] = "SI6103",
        [RequestSubmitted] = "SI7001",
        [RequestMessage] = "SI7002",
        [RequestChanged] = "SI7003",
        [NoticeQueued] = "SI7101",
        [NoticeSent] = "SI7102",
        [NoticeGivenUp] = "SI7103",
        [ImportFinished] = "SI7201",
        [ImportHeld] = "SI7202",
        [ImportFailed] = "SI7203",
        [ImportAgreed] = "SI7204",
        [HrisRead] = "SI7301",
        [HrisChanged] = "SI7302",
        [HrisHeld] = "SI7303",
        [HrisDecided] = "SI7304",
        [PersonDecided] = "SI7401",
        [PersonDecisionTakenBack] = "SI7402",
        [RateSwallowed] = "SI8001",
        [ServerStarted] = "SI9001",
        [ServerStopped] = "SI9002",
        [SettingLowered] = "SI9003",
        [RestoreDone] = "SI9004",
        [LogRepaired] = "SI9005",
        [LogMigrated] = "SI9006",
        [LogKeyRotated] = "SI9007",
        [WitnessDisagreed] = "SI9008",
        [LogArchived] = "SI9009",
        [LogUnarchived] = "SI9010",
    };

    /// <summary>Every kind, sorted.</summary>
    public static IReadOnlyList<string> All { get; } = [.. Codes.Keys.Order(StringComparer.Ordinal)];

    /// <summary>The stable code of a kind.</summary>
    /// <exception cref="ArgumentException">The kind is not in the list.</exception>
    public static string CodeOf(string kind) => Codes.TryGetValue(kind, out var code)
        ? code
        : throw new ArgumentException($"'{kind}' is not a kind of audit entry; add it to AuditKinds.", nameof(kind));
}
