using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Playbooks.Format;

namespace Siit.Iam.Agent.Playbooks.Runs.Telling;

/// <summary>One entry of a journal as a sentence, with the values that it stands for.</summary>
internal static class StepSentences
{
    private const int Longest = 600;

    /// <param name="step">Null when it is not known any more, or the entry is none of a step alone.</param>
    /// <param name="call">What the entry ends with; null when it ends with none.</param>
    public static RunSentence Of(JournalEntry entry, Step? step, CallRecord? call)
    {
        var said = HiddenText.Shown(entry.Text, Longest);
        var text = (entry.Kind, step) switch
        {
            (JournalKind.Failed, _) => $"Failed{(entry.Code is { } code ? $" ({code})" : "")}. {said}",
            (JournalKind.Decided, LetStep) => $"'{step.Id}' {Operands.Told(entry.Value)}.",
            (JournalKind.Decided, RequireStep { Skips: true }) when entry.Value?["holds"]?.GetValue<bool>() == false => $"{said}: this item is skipped.",
            (JournalKind.Decided, RequireStep) when entry.Value?["message"] is { } message => $"{said}: the run ends as refused. {HiddenText.Quoted(message.GetValue<string>())}",
            (JournalKind.Decided, CallStep) when entry.Value is JsonObject given => $"{said} With {Operands.Told(given)}.",
            (JournalKind.Decided, _) when entry.Path.StartsWith("/vars/", StringComparison.Ordinal) => $"'{HiddenText.Shown(entry.Path[6..], 60)}' {Operands.Told(entry.Value)}.",
            (JournalKind.Intent, _) when entry.Value?["input"] is JsonObject input => $"{said} With {Operands.Told(input)}.{(entry.Value["plan"] is { } plan ? $" The plan {plan} may cover it." : "")}",
            (JournalKind.Done, AgentStep) when entry.Value is JsonObject proposed => $"{said} The model proposed: {Operands.Told(proposed)}.",
            (JournalKind.Done, AskStep) when entry.Value is JsonObject answer => $"{said} The answer: {Operands.Told(answer)}.",
            (JournalKind.Done, ActingStep { IsRead: true }) when entry.Value is JsonObject found => $"{said} It tells: {Operands.Told(found)}.",
            (JournalKind.Done, ActingStep) => $"{said} ({entry.Value?["state"]}).{Agreed(call)}",
            _ => said,
        };
        if (entry.Read is { Count: > 0 } read)
            text += $"{(text.EndsWith('.') ? "" : ".")} It read: {Operands.Told(read)}.";
        return new RunSentence(entry.At, entry.Path, text, entry.Call);
    }

    private static string Agreed(CallRecord? call)
    {
        if (call is null)
            return "";
        var by = call.Approval?.Decisions.Where(decision => decision.Approved).Select(decision => HiddenText.Shown(decision.Email, 100)).ToList() ?? [];
        return by.Count > 0 ? $" Approved by {string.Join(", ", by)}."
            : call.Plan is { } plan ? $" It stands in the plan {plan}."
            : " Its gate asked nobody.";
    }
}
