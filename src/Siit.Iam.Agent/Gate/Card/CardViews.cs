using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;

namespace Siit.Iam.Agent.Gate.Card;

/// <summary>Makes the card of a call: everything that the digest binds, and what was decided so far. Pure.</summary>
internal static class CardViews
{
    public const string Arguments = "arguments";

    /// <summary>Free text, apart from everything that was found: whoever wrote it may be a language model, and may be wrong or lie.</summary>
    public const string Said = "said";
    public const string SaidInRequest = "said_in_request";
    public const string State = "state";
    public const string LookAlikes = "look_alikes";
    public const string History = "history";
    public const string Changes = "changes";
    public const string Consequences = "consequences";
    public const string Warnings = "warnings";
    public const string Drift = "drift";
    public const string Facts = "facts";
    public const string Rule = "rule";
    public const string Who = "who";
    public const string Approval = "approval";
    public const string End = "end";

    /// <summary>Arguments that only say something.</summary>
    private static readonly string[] FreeTexts = ["reason", "summary"];

    public static CardView Of(CallRecord call, DateTimeOffset now)
    {
        IEnumerable<CardSection> sections =
        [
            new CardSection(Who, null, [.. WhoItems(call)]),
            new CardSection(Arguments, "Arguments (as the caller sent them)", [.. ArgumentItems(call)]),
            new CardSection(Said, "SAID BY THE CALLER, perhaps by a language model; nobody has checked it", [.. call.Input.Where(argument => FreeTexts.Contains(argument.Key)).Select(argument => new CardItem(argument.Key, [Value(argument.Value)]))]),
            .. call.Card is { } card ? Effect(card) : [],
            new CardSection(Approval, null, [.. ApprovalItems(call, now)]),
            new CardSection(End, null, [.. EndItems(call)]),
        ];
        return new CardView([.. sections.Where(section => section.Items.Count > 0 || section.Key == Arguments)]);
    }

    public static string Moment(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);

    private static IEnumerable<CardItem> WhoItems(CallRecord call)
    {
        yield return new CardItem("action", ActionCatalog.Find(call.Action) is { } action ? $"{action.Title} ({call.Action}, version {call.ActionVersion}, risk {action.Risk.ToString().ToLowerInvariant()})" : call.Action);
        yield return new CardItem("connection", call.Connection ?? "not found yet");
        yield return call.Target is { } target
            ? new CardItem("target", [Quoted(target.Login), Ours(", name "), Quoted(target.Name), Ours(", email "), Quoted(target.Email), Ours(", account id "), Quoted(target.AccountId)])
            : new CardItem("target", "no account");
        yield return call.Requester switch
        {
            { Email: null } => new CardItem("requester", "nobody was named"),
            { Proved: true } => new CardItem("requester", [Quoted(call.Requester.Email), Ours(" (PROVED by the caller's credential)")]),
            _ => new CardItem("requester", [Quoted(call.Requester.Email), Ours(" (CLAIMED by the caller, not proved)")]),
        };
        yield return new CardItem("caller", [Quoted(call.Caller), Ours(", answerable: "), Quoted(call.Operator), Ours($", through {call.Door}")]);
        if (call.Request is not null)
            yield return new CardItem("request", call.RequestAuthor is null ? [Quoted(call.Request)] : [Quoted(call.Request), Ours(", written by "), Quoted(call.RequestAuthor)]);
        if (call.Run is not null)
            yield return new CardItem("run", [Quoted(call.Run), Ours(", step "), Quoted(call.StepPath), Ours(", started by "), Quoted(call.Trigger)]);
        if (call.Authors.Count > 0)
            yield return new CardItem("playbook of", [.. call.Authors.SelectMany((author, i) => i == 0 ? new[] { Quoted(author) } : [Ours(", "), Quoted(author)])]);
        if (call.Plan is not null)
            yield return new CardItem("plan", [Quoted(call.Plan)]);
        yield return new CardItem("received", Moment(call.ReceivedAt));
    }

    private static IEnumerable<CardItem> ArgumentItems(CallRecord call)
    {
        foreach (var (name, value) in call.Input.Where(argument => argument.Key != "entries" && !FreeTexts.Contains(argument.Key)))
            yield return new CardItem(name, [Value(value)]);
        if (call.Input["entries"] is not JsonArray entries)
            yield break;
        yield return new CardItem(null, $"{entries.Count} calls, each once and exactly so:");
        foreach (var entry in entries.OfType<JsonObject>())
        {
            yield return new CardItem(null, [Ours($"{entry["action"]} at step "), Value(entry["path"]), Ours(", account id "), Value(entry["account"]), Ours(": "), Value(entry["input"])]);
            foreach (var line in entry["lines"] as JsonArray ?? [])
                yield return new CardItem(null, $"{line}") { Indent = true };
        }
    }

    private static IEnumerable<CardSection> Effect(EffectCard card)
    {
        if (card.RequestText is not null)
            yield return new CardSection(SaidInRequest, "SAID IN THE REQUEST by its author; nobody has checked it", [new CardItem(null, [Quoted(card.RequestText)])]);
        yield return new CardSection(State, "The account now", Lines(card.State));
        yield return new CardSection(LookAlikes, "NOT TO BE MISTAKEN FOR", Lines(card.LookAlikes));
        yield return new CardSection(Changes, "What changes", card.Lines.Count > 0
            ? [.. card.Lines.Select(line => new CardItem(null, [Ours($"{line.Text} [{line.What} {line.Id}]")], line.Sign))]
            : [new CardItem(null, "nothing that can be shown")]);
        yield return new CardSection(Consequences, "Consequences", [.. card.Consequences.Select(text => new CardItem(null, [Ours(text)], "!"))]);
        yield return new CardSection(Warnings, "Warnings", [.. card.Warnings.Select(text => new CardItem(null, [Ours(text)], "?"))]);
        yield return new CardSection(Drift, "CHANGED since it was approved before", Lines(card.Drift ?? []));
        yield return new CardSection(History, "Asked before", Lines(card.History));
        yield return new CardSection(Facts, "Judged on", [.. card.Facts.Select(fact => new CardItem(fact.Key, [Value(fact.Value)]))]);
        yield return new CardSection(Rule, null, [new CardItem("rule", card.Rule), new CardItem("policy", card.PolicyVersion)]);
    }

    private static IEnumerable<CardItem> ApprovalItems(CallRecord call, DateTimeOffset now)
    {
        if (call.Approval is not { } approval)
            yield break;
        var left = approval.ExpiresAt - now;
        foreach (var earlier in call.Earlier)
        {
            yield return new CardItem("before",
            [
                Ours($"asked at {(earlier.AskedAt is { } asked ? Moment(asked) : "-")}, "),
                .. earlier.Decisions.SelectMany(decision => new[] { Ours(decision.Approved ? "approved by " : "denied by "), Quoted(decision.Email), Ours("; ") }), Ours("it did not hold any more"),
            ]);
        }

        yield return new CardItem("needs", ApprovalRules.Word(call));
        if (call.Card?.Escalates is { } escalates)
            yield return new CardItem("escalates", $"{Moment(escalates.At)}: from then on an approver of the group {escalates.To} may take any seat, too");
        if (approval.RemindedAt is { } reminded)
            yield return new CardItem("reminded", Moment(reminded));
        if (approval.Revoked is { } revoked)
            yield return new CardItem("taken back", [Ours("by "), Quoted(revoked.Email), Ours($" at {Moment(revoked.At)}"), .. revoked.Reason is null ? Array.Empty<CardSpan>() : [Ours(": "), Quoted(revoked.Reason)]]);
        foreach (var decision in approval.Decisions)
        {
            yield return new CardItem(decision.Approved ? "approved" : "denied",
            [
                Ours("by "), Quoted(decision.Email), Ours($" ({string.Join(", ", decision.Groups)}) at {Moment(decision.At)}"),
                .. decision.Reason is null ? Array.Empty<CardSpan>() : [Ours(": "), Quoted(decision.Reason)],
            ]);
        }

        yield return new CardItem("expires", Moment(approval.ExpiresAt) + (call.State != CallState.AwaitingApproval ? "" : left > TimeSpan.Zero ? $" (in {Math.Ceiling(left.TotalMinutes)} min; silence is a no)" : " (over)"));
        yield return new CardItem("digest", approval.Digest);
    }

    private static IEnumerable<CardItem> EndItems(CallRecord call)
    {
        if (call.Code is not null)
            yield return new CardItem("code", call.Code);
        if (call.Intent is { } intent)
            yield return new CardItem("begun", Moment(intent.At));
        if (call.Outcome is { } outcome)
            yield return new CardItem("outcome", [Ours($"{outcome.ReadBack} at {Moment(outcome.At)}, the IdP's request id "), Quoted(outcome.IdpRequestId)]);
        if (call.EndedAt is { } ended)
            yield return new CardItem("ended", Moment(ended));
    }

    private static IReadOnlyList<CardItem> Lines(IEnumerable<string> lines) => [.. lines.Select(line => new CardItem(null, line))];

    private static CardSpan Value(JsonNode? value) => value switch
    {
        null => Ours("none"),
        JsonValue text when text.TryGetValue<string>(out var said) => Quoted(said),
        // With every character beyond ASCII escaped, as the command line sends it.
        _ => Ours(value.ToJsonString()),
    };

    private static CardSpan Ours(string text) => new(text);

    private static CardSpan Quoted(string? text) => text is null ? Ours("none") : new CardSpan(text, CardVoice.Said);
}
