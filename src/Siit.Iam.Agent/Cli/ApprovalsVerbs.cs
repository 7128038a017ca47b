using System.CommandLine;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Gate;

namespace Siit.Iam.Agent.Cli;

/// <summary><c>approvals list|show|approve|deny|revoke|stats</c>: the card first, then the code, then a decision on exactly what was shown.</summary>
internal static class ApprovalsVerbs
{
    private const int ShortestDigest = 8;

    public static Command Create(Verbs verbs) => Verbs.Group(
        "approvals", "Decide on calls that wait for other people.", List(verbs), Show(verbs), Decide(verbs, approve: true), Decide(verbs, approve: false), Revoke(verbs),
        ApprovalsStats.Create(verbs));

    private static Command List(Verbs verbs)
    {
        var all = new Option<bool>("--all") { Description = "Also what is decided, expired or taken back, newest first." };
        var days = new Option<int>("--days") { Description = "With --all: asked within so many days.", DefaultValueFactory = _ => 30 };
        var limit = new Option<int>("--limit") { Description = "With --all: at most so many.", DefaultValueFactory = _ => 50 };
        return verbs.Create("list", "List what waits for a decision, oldest first.", async (invocation, cancellationToken) =>
        {
            var path = invocation.Get(all) ? OperatorsClient.Path("/approvals", ("all", "1"), ("days", $"{invocation.Get(days)}"), ("limit", $"{invocation.Get(limit)}")) : "/approvals";
            var answer = await invocation.Server.GetAsync(path, cancellationToken);
            var calls = answer.AsArray().Select(call => WireJson.Read<CallRecord>(call!)).ToList();
            return invocation.Answer(answer, calls.Count == 0 ? [invocation.Get(all) ? "Nobody was asked for anything." : "Nothing waits for a decision."] : invocation.Get(all) ? Decided(calls) : Waiting(calls));
        }, all, days, limit);
    }

    private static IEnumerable<string> Waiting(IEnumerable<CallRecord> calls) => Table.Lines(
        ["waits since", "expires", "action", "connection", "for", "requester", "caller", "needs", "call"],
        calls.Select(call => (IReadOnlyList<string?>)
        [
            CallsVerbs.Moment(call.ReceivedAt), CallsVerbs.Moment(call.Approval!.ExpiresAt), call.Action, call.Connection ?? "-", CallAnswers.Who(call),
            call.Requester is { Email: { } email, Proved: var proved } ? email + (proved ? "" : " (claimed)") : "-", call.Caller,
            call.Approval.CompleteAt is null ? ApprovalRules.Word(call) : "nothing more", call.Id,
        ]));

    private static IEnumerable<string> Decided(IEnumerable<CallRecord> calls) => Table.Lines(
        ["received", "state", "action", "connection", "for", "decided by", "ended", "call"],
        calls.Select(call => (IReadOnlyList<string?>)
        [
            CallsVerbs.Moment(call.ReceivedAt), call.State.Word(), call.Action, call.Connection ?? "-", CallAnswers.Who(call),
            call.Approval is { Decisions.Count: > 0 } approval ? string.Join(", ", approval.Decisions.Select(decision => $"{decision.Email} ({(decision.Approved ? "yes" : "no")})")) : "nobody",
            call.EndedAt is { } ended ? CallsVerbs.Moment(ended) : "-", call.Id,
        ]));

    private static Command Show(Verbs verbs)
    {
        var id = Call();
        return verbs.Create("show", "Show the card of one call: everything that a decision is bound to.", async (invocation, cancellationToken) =>
        {
            var (document, call) = await ReadAsync(invocation, id, cancellationToken);
            return invocation.Answer(document, CallCard.Lines(call, invocation.Surroundings.Time.GetUtcNow()));
        }, id);
    }

    private static Command Decide(Verbs verbs, bool approve)
    {
        var id = Call();
        var code = new CodeOptions();
        var digest = new Option<string?>("--digest")
        {
            Description = "The first 8 or more characters of the digest that was shown; needed where nobody can be asked.",
            HelpName = "PREFIX",
        };
        var reason = new Option<string?>("--reason") { Description = "Why; kept with the decision and shown to others." };
        return verbs.Create(
            approve ? "approve" : "deny",
            approve ? "Approve a call: shows its card, then asks for the approver's email and one-time code." : "Deny a call: shows its card, then asks for the approver's email and one-time code.",
            async (invocation, cancellationToken) =>
            {
                var (_, call) = await ReadAsync(invocation, id, cancellationToken);
                if (call.Approval is not { } approval)
                    throw new CliException(ExitCodes.Refused, "not_waiting", $"This call does not wait for a decision; it is {call.State.Word()}.");
                if (!invocation.Json)
                    invocation.Terminal.Lines([.. CallCard.Lines(call, invocation.Surroundings.Time.GetUtcNow()), ""]);
                CheckShown(invocation, invocation.Get(digest), approval.Digest);
                var body = new JsonObject { ["approve"] = approve, ["digest"] = approval.Digest, ["reason"] = invocation.Get(reason) };
                code.AddTo(body, invocation);
                var answer = await invocation.Server.PostAsync($"/approvals/{Uri.EscapeDataString(call.Id)}", body, cancellationToken);
                return invocation.Answer(answer, [answer["message"]!.GetValue<string>(), .. approve ? [$"What became of it: siit-iam calls show {call.Id}"] : Array.Empty<string>()]);
            },
            [id, .. code.Both, digest, reason]);
    }

    private static Command Revoke(Verbs verbs)
    {
        var id = Call();
        var code = new CodeOptions();
        var reason = new Option<string?>("--reason") { Description = "Why; kept on record and shown to others." };
        return verbs.Create("revoke", "Take back what waits, or is approved and has not begun; any approver may, because it only stops.", async (invocation, cancellationToken) =>
        {
            var body = new JsonObject { ["reason"] = invocation.Get(reason) };
            code.AddTo(body, invocation);
            var answer = await invocation.Server.PostAsync($"/approvals/{Uri.EscapeDataString(invocation.Get(id))}/revoke", body, cancellationToken);
            return invocation.Answer(answer, [answer["message"]!.GetValue<string>()]);
        }, [id, .. code.Both, reason]);
    }

    /// <summary>A script has to say which card it, or somebody, has looked at; a person has it on the screen.</summary>
    private static void CheckShown(Invocation invocation, string? given, string digest)
    {
        if (given is null && invocation.Terminal.IsInteractive && !invocation.Json)
            return;
        if (given is null || given.Length < ShortestDigest)
            throw new CliException(ExitCodes.Usage, "usage", $"--digest is missing or shorter than {ShortestDigest} characters: look at the card (siit-iam approvals show) and give back the digest that stands on it.");
        if (!digest.StartsWith(given, StringComparison.OrdinalIgnoreCase))
            throw new CliException(ExitCodes.Refused, "not_what_was_shown", "The call is not what was shown any more. Look at it again: siit-iam approvals show.");
    }

    /// <summary>The call, after making sure that the digest follows from what is going to be shown.</summary>
    private static async Task<(JsonNode Document, CallRecord Call)> ReadAsync(Invocation invocation, Argument<string> id, CancellationToken cancellationToken)
    {
        var document = await invocation.Server.GetAsync($"/calls/{Uri.EscapeDataString(invocation.Get(id))}", cancellationToken);
        var call = WireJson.Read<CallRecord>(document);
        if (call.Approval is not null && !CallDigest.IsBound(call))
            throw new CliException(ExitCodes.Refused, "digest_mismatch", "The card does not belong to its digest: do not decide. Program and server may be of different versions, or the store was changed.");
        return (document, call);
    }

    private static Argument<string> Call() => new("call") { Description = "The call's id." };
}
