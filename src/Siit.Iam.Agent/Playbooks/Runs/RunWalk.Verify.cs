using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Gate.Proofs;
using Siit.Iam.Agent.Playbooks.Expressions;
using Siit.Iam.Agent.Playbooks.Format;

namespace Siit.Iam.Agent.Playbooks.Runs;

/// <summary>
/// Fetches the proof that the gate will ask for before a reset. The gate alone says what is enough, and looks again when the reset comes:
/// a walk that went on wrongly would be refused there.
/// </summary>
internal sealed partial class RunWalk
{
    /// <summary>An answer on a device is only learnt by asking for it, and a wake may be lost.</summary>
    private static readonly TimeSpan LooksAgain = TimeSpan.FromSeconds(15);

    private async Task<StepEnd> VerifyAsync(VerifyStep step, string path, Scope scope)
    {
        var done = journal.Find(path, JournalKind.Done);
        if (done is null)
        {
            if (journal.Find(path, JournalKind.Failed) is { } before)
                return NotProved(path, before);
            var asked = (await journal.DecideAsync(path, () => ToProve(step, scope), value => tools.Proofs.IsWaived(step.For.Name)
                ? $"No proof is asked for: gate:dangerouslyWithoutProof leaves it out for {step.For.Name}."
                : $"Has {HiddenText.Shown(value!["person"]!.GetValue<string>(), 100)} prove who they are before {step.For.Name}."))!;
            var (end, value) = asked["waived"]!.GetValue<bool>() ? (null, Proved("none", [])) : await ProvedAsync(step, path, asked, scope);
            if (end is not null)
                return end;
            await TellAsync(path, "verified", null, value);
            done = await journal.WriteAsync(path, JournalKind.Done, value, value!["methods"]!.AsArray() is { Count: > 0 } shown
                ? $"It is proved who asks: {string.Join(", ", shown.Select(method => method!.GetValue<string>()))}."
                : "Goes on without a proof, as the settings say.");
        }

        _steps[step.Id] = done.Value?.DeepClone();
        return StepEnd.Done;
    }

    private JsonObject ToProve(VerifyStep step, Scope scope) => new()
    {
        ["person"] = step.Subject.Evaluate(scope),
        ["connection"] = step.Connection.Evaluate(scope),
        ["factor"] = step.Factor?.Evaluate(scope),
        ["until"] = CelTime.Text(tools.Time.GetUtcNow() + step.Timeout),
        ["waived"] = tools.Proofs.IsWaived(step.For.Name),
    };

    private async Task<(StepEnd?, JsonObject?)> ProvedAsync(VerifyStep step, string path, JsonNode asked, Scope scope)
    {
        var until = CelTime.Timestamp(asked["until"]!.GetValue<string>())!.Value;
        if (tools.Time.GetUtcNow() >= until)
            return (await NotProvedAsync(path, "not_proved", "Nobody has proved in time who asks. Start it again when the person can be reached."), null);
        if (run.Request is not { } request)
            return (await NotProvedAsync(path, "proof_needed", "A proof belongs to a service request: start the run for one ('request')."), null);
        var (end, proof) = await ProofOfAsync(step, path, asked, request, scope);
        if (proof is null)
            return (end, null);
        var answer = await tools.Proofs.LookAsync(proof, cancellationToken);
        if (answer.Refusal is { } refusal)
            return (await NotProvedAsync(path, refusal.Code, refusal.Message), null);
        if (answer.Proof is { State: "enough" } enough)
            return (null, Proved(enough.Level, enough.Ways.Where(way => way.State == "shown").Select(way => way.Method)));
        if (answer.Proof is { State: "voided" or "used" } over)
            return (await NotProvedAsync(path, $"proof_{over.State}", over.Message), null);
        var due = tools.Time.GetUtcNow() + LooksAgain;
        var told = answer.Proof is { } open ? $"{Sent(open)} {open.Message}" : "The IdP cannot be asked now.";
        return (new ParkedEnd(null, $"{path}: waits until {until:yyyy-MM-dd HH:mm}Z for proof {proof} of who asks. {told} See: siit-iam proofs show {proof}", due < until ? due : until), null);
    }

    /// <summary>The one that was started for this step: also when another one was begun since.</summary>
    private async Task<(StepEnd?, string?)> ProofOfAsync(VerifyStep step, string path, JsonNode asked, string request, Scope scope)
    {
        // No id of a step holds a dot.
        if (journal.Find($"{path}.proof", JournalKind.Decided) is { } started)
            return (null, started.Value!.GetValue<string>());
        var (person, connection) = (asked["person"]!.GetValue<string>(), asked["connection"]!.GetValue<string>());
        if (!IsTarget(person, scope))
            return (await NotProvedAsync(path, NotATarget(path, person)), null);
        if (await CallerAsync() is not { } caller)
            return (Orphaned(path), null);
        if (!caller.MayUse(step.For) || !caller.MayUse(connection))
            return (await NotProvedAsync(path, "action_not_allowed", $"The run may not use {step.For.Name} at {HiddenText.Shown(connection, 64)}: nobody is asked to prove anything for it."), null);
        // Killed in between, the same open proof is found, and what is known to wait for an answer is not sent again.
        var wish = new ProofWish(step.For.Name, connection, person, request, asked["factor"]?.GetValue<string>(), run.Starter.Caller, run.Id, []);
        var answer = await tools.Proofs.StartAsync(wish, cancellationToken);
        if (answer.Refusal is { } refusal)
            return (await NotProvedAsync(path, refusal.Code, refusal.Message), null);
        if (answer.Proof is not { } proof)
            return (new LaterEnd($"{path}: the IdP cannot be asked now; it is tried again."), null);
        await TellAsync(path, "proof_started", null, proof.Id);
        var id = await journal.DecideAsync($"{path}.proof", () => proof.Id, _ => $"Proof {proof.Id} is started. {Sent(proof)}");
        return (null, id!.GetValue<string>());
    }

    private Task<FinishedEnd> NotProvedAsync(string path, FailedEnd why) => NotProvedAsync(path, why.Code!, why.Message);

    private async Task<FinishedEnd> NotProvedAsync(string path, string code, string message)
    {
        await TellAsync(path, "refused", code, null);
        return NotProved(path, await journal.WriteAsync(path, JournalKind.Failed, null, message, code));
    }

    private static FinishedEnd NotProved(string path, JournalEntry failed) => new(RunState.Refused, failed.Code, $"{path}: {failed.Text}");

    private JsonObject Proved(string level, IEnumerable<string> methods) => new()
    {
        ["level"] = level,
        ["methods"] = new JsonArray([.. methods.Select(method => (JsonNode)method)]),
        ["at"] = CelTime.Text(tools.Time.GetUtcNow()),
    };

    private static string Sent(ProofView proof) => proof.Ways.Where(way => way.State is "sent" or "shown").Select(way => $"{way.Method} {way.State}{(way.To is null ? "" : $" ({way.To})")}").ToList() is { Count: > 0 } ways
        ? $"So far: {string.Join(", ", ways)}."
        : "Nothing could be sent: an approver can record what was checked (siit-iam proofs record).";
}
