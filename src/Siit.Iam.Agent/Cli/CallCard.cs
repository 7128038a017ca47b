using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Gate;

namespace Siit.Iam.Agent.Cli;

/// <summary>
/// A call as a person sees it before deciding: everything that the digest binds. What a caller or a directory said stands in
/// quotes, whole, with hidden characters written out. Pure.
/// </summary>
internal static class CallCard
{
    /// <summary>Arguments that only say something.</summary>
    private static readonly string[] Said = ["reason", "summary"];

    public static IEnumerable<string> Lines(CallRecord call, DateTimeOffset now)
    {
        yield return $"Call {call.Id}: {call.State.Word()}";
        if (call.Message.Length > 0)
            yield return Clean(call.Message);
        yield return "";
        foreach (var line in Who(call).Concat(Arguments(call)).Concat(Told(call)).Concat(Effect(call)).Concat(Approval(call, now)).Concat(End(call)))
            yield return line;
    }

    private static IEnumerable<string> Who(CallRecord call)
    {
        yield return Field("action", ActionCatalog.Find(call.Action) is { } action ? $"{action.Title} ({call.Action}, version {call.ActionVersion}, risk {action.Risk.ToString().ToLowerInvariant()})" : call.Action);
        yield return Field("connection", call.Connection ?? "not found yet");
        yield return Field("target", call.Target is { } target
            ? $"{Quoted(target.Login)}, name {Quoted(target.Name)}, email {Quoted(target.Email)}, account id {Quoted(target.AccountId)}"
            : "no account");
        yield return Field("requester", call.Requester switch
        {
            { Email: null } => "nobody was named",
            { Proved: true } => $"{Quoted(call.Requester.Email)} (PROVED by the caller's credential)",
            _ => $"{Quoted(call.Requester.Email)} (CLAIMED by the caller, not proved)",
        });
        yield return Field("caller", $"{Quoted(call.Caller)}, answerable: {Quoted(call.Operator)}, through {call.Door}");
        if (call.Request is not null)
            yield return Field("request", Quoted(call.Request) + (call.RequestAuthor is null ? "" : $", written by {Quoted(call.RequestAuthor)}"));
        if (call.Run is not null)
            yield return Field("run", $"{Quoted(call.Run)}, step {Quoted(call.StepPath)}, started by {Quoted(call.Trigger)}");
        if (call.Authors.Count > 0)
            yield return Field("playbook of", string.Join(", ", call.Authors.Select(Quoted)));
        if (call.Plan is not null)
            yield return Field("plan", Quoted(call.Plan));
        yield return Field("received", CallsVerbs.Moment(call.ReceivedAt));
    }

    private static IEnumerable<string> Arguments(CallRecord call)
    {
        yield return "Arguments (as the caller sent them)";
        foreach (var (name, value) in call.Input.Where(argument => argument.Key != "entries" && !Said.Contains(argument.Key)))
            yield return $"  {Clean(name)} = {Value(value)}";
        if (call.Input["entries"] is not JsonArray entries)
            yield break;
        yield return $"  {entries.Count} calls, each once and exactly so:";
        foreach (var entry in entries.OfType<JsonObject>())
        {
            yield return $"  {Clean($"{entry["action"]}")} at step {Value(entry["path"])}, account id {Value(entry["account"])}: {Value(entry["input"])}";
            foreach (var line in entry["lines"] as JsonArray ?? [])
                yield return $"      {Clean($"{line}")}";
        }
    }

    /// <summary>Free text, apart from everything that was found: whoever wrote it may be a language model, and may be wrong or lie.</summary>
    private static IEnumerable<string> Told(CallRecord call)
    {
        var said = call.Input.Where(argument => Said.Contains(argument.Key)).ToList();
        if (said.Count > 0)
            yield return "SAID BY THE CALLER, perhaps by a language model; nobody has checked it";
        foreach (var (name, value) in said)
            yield return $"  {Clean(name)} = {Value(value)}";
        if (call.Card?.RequestText is not { } text)
            yield break;
        yield return "SAID IN THE REQUEST by its author; nobody has checked it";
        yield return $"  {Quoted(text)}";
    }

    private static IEnumerable<string> Effect(CallRecord call)
    {
        if (call.Card is not { } card)
            yield break;
        foreach (var line in Section("The account now", card.State, null))
            yield return line;
        foreach (var line in Section("NOT TO BE MISTAKEN FOR", card.LookAlikes, null))
            yield return line;
        foreach (var line in Section("What changes", card.Lines.Select(line => $"{line.Sign} {line.Text} [{line.What} {line.Id}]"), "nothing that can be shown"))
            yield return line;
        foreach (var line in Section("Consequences", card.Consequences.Select(text => $"! {text}"), null))
            yield return line;
        foreach (var line in Section("Warnings", card.Warnings.Select(text => $"? {text}"), null))
            yield return line;
        foreach (var line in Section("CHANGED since it was approved before", card.Drift ?? [], null))
            yield return line;
        foreach (var line in Section("Asked before", card.History, null))
            yield return line;
        foreach (var line in Section("Judged on", card.Facts.Select(fact => $"{fact.Key} = {Value(fact.Value)}"), null))
            yield return line;
        yield return Field("rule", Clean(card.Rule));
        yield return Field("policy", card.PolicyVersion);
    }

    private static IEnumerable<string> Approval(CallRecord call, DateTimeOffset now)
    {
        if (call.Approval is not { } approval)
            yield break;
        var left = approval.ExpiresAt - now;
        foreach (var earlier in call.Earlier)
            yield return Field("before", $"asked at {(earlier.AskedAt is { } asked ? CallsVerbs.Moment(asked) : "-")}, {string.Join(", ", earlier.Decisions.Select(decision => $"{(decision.Approved ? "approved" : "denied")} by {Quoted(decision.Email)}"))}; it did not hold any more");
        yield return Field("needs", Clean(ApprovalRules.Word(call)));
        if (call.Card?.Escalates is { } escalates)
            yield return Field("escalates", $"{CallsVerbs.Moment(escalates.At)}: from then on an approver of the group {escalates.To} may take any seat, too");
        if (approval.RemindedAt is { } reminded)
            yield return Field("reminded", CallsVerbs.Moment(reminded));
        if (approval.Revoked is { } revoked)
            yield return Field("taken back", $"by {Quoted(revoked.Email)} at {CallsVerbs.Moment(revoked.At)}{(revoked.Reason is null ? "" : $": {Quoted(revoked.Reason)}")}");
        foreach (var decision in approval.Decisions)
            yield return Field(decision.Approved ? "approved" : "denied", $"by {Quoted(decision.Email)} ({string.Join(", ", decision.Groups)}) at {CallsVerbs.Moment(decision.At)}{(decision.Reason is null ? "" : $": {Quoted(decision.Reason)}")}");
        yield return Field("expires", CallsVerbs.Moment(approval.ExpiresAt) + (call.State != CallState.AwaitingApproval ? "" : left > TimeSpan.Zero ? $" (in {Math.Ceiling(left.TotalMinutes)} min; silence is a no)" : " (over)"));
        yield return Field("digest", approval.Digest);
    }

    private static IEnumerable<string> End(CallRecord call)
    {
        if (call.Code is not null)
            yield return Field("code", call.Code);
        if (call.Intent is { } intent)
            yield return Field("begun", CallsVerbs.Moment(intent.At));
        if (call.Outcome is { } outcome)
            yield return Field("outcome", $"{outcome.ReadBack} at {CallsVerbs.Moment(outcome.At)}, the IdP's request id {Quoted(outcome.IdpRequestId)}");
        if (call.EndedAt is { } ended)
            yield return Field("ended", CallsVerbs.Moment(ended));
    }

    private static IEnumerable<string> Section(string title, IEnumerable<string> lines, string? otherwise)
    {
        var all = lines.ToList();
        if (all.Count == 0 && otherwise is not null)
            all.Add(otherwise);
        return all.Count == 0 ? [] : all.Select(line => $"  {Clean(line)}").Prepend(title);
    }

    private static string Field(string name, string value) => $"{name,-11} {value}";

    private static string Value(JsonNode? value) => value switch
    {
        null => "none",
        JsonValue text when text.TryGetValue<string>(out var said) => Quoted(said),
        _ => Clean(value.ToJsonString(WireJson.Options)),
    };

    /// <summary>A quote inside is doubled, so that nobody can end the quotation and go on in our words.</summary>
    private static string Quoted(string? text) => text is null ? "none" : $"\"{Clean(text).Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private static string Clean(string text) => HiddenText.Shown(text, int.MaxValue);
}
