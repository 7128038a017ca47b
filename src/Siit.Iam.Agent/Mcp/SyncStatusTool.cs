using System.Text.Json.Nodes;
using ModelContextProtocol.Protocol;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.People;

namespace Siit.Iam.Agent.Mcp;

/// <summary>How fresh the copy of the directory is. A client that asks to be told of progress watches an import for a while.</summary>
internal sealed class SyncStatusTool(SyncDesk desk, CallerPace pace, TimeProvider time) : IMcpTool
{
    private static readonly InputShape Input = InputShape.Of<Nothing>();
    private static readonly TimeSpan LongestWatch = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(500);

    public Tool Shown { get; } = ToolTexts.Beside(
        "sync_status", "Sync status", "Tells how old the copy of each connection is and how an import goes.", Input, ToolTexts.ReadAnswer, reads: true);

    public async Task<CallToolResult> CallAsync(ToolUse use, CancellationToken cancellationToken)
    {
        if (pace.Refuses(use.Caller) is { } tooFast)
            return ToolAnswers.Of(CallAnswers.Refused(tooFast));
        if (Input.Check(use.Arguments) is { Count: > 0 } problems)
            return ToolAnswers.Refused("invalid_input", string.Join(" ", problems));
        var lines = desk.Status(use.Caller.MayUse);
        if (use.Progress is { } progress)
            lines = await WatchAsync(use.Caller, lines, progress, cancellationToken);
        return ToolAnswers.Found(Answers.Page("connections", lines, next: null, Told));
    }

    private async Task<IReadOnlyList<SyncLine>> WatchAsync(CallerRecord caller, IReadOnlyList<SyncLine> lines, IProgress<string> progress, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        var told = "";
        while (lines.Where(line => line.IsImporting).Select(line => line.Sentence()).ToList() is { Count: > 0 } running && time.GetElapsedTime(began) < LongestWatch)
        {
            var now = string.Join(' ', running);
            if (now != told)
                progress.Report(told = now);
            await Task.Delay(Between, time, cancellationToken);
            lines = desk.Status(caller.MayUse);
        }

        return lines;
    }

    private static JsonObject Told(SyncLine line)
    {
        var told = new JsonObject { ["connection"] = line.Connection, ["idp"] = line.Idp, ["doing"] = line.Doing, ["reads_from"] = line.Usable ? "copy" : "idp" };
        if (line.ImportedAt is { } imported)
            told["imported_at"] = Answers.Time(imported);
        if (line.SyncedAt is { } synced)
            told["synced_at"] = Answers.Time(synced);
        told["position_known"] = line.PositionKnown;
        told["accounts"] = line.Accounts;
        told["gone"] = line.Gone;
        told["groups"] = line.Groups;
        told["memberships"] = line.Memberships;
        told["applications"] = line.Applications;
        if (line.Import is { } import)
            told["import"] = Told(import);
        if (line.Trouble is { } trouble)
            told["trouble"] = HiddenText.Shown(trouble, 600);
        if (line.TroubleSince is { } since)
            told["trouble_since"] = Answers.Time(since);
        if (line.Held is { } held)
            told["held"] = HiddenText.Shown(held, 600);
        return told;
    }

    private static JsonObject Told(ImportLine import)
    {
        var told = new JsonObject
        {
            ["began_at"] = Answers.Time(import.BeganAt),
            ["pages"] = import.Pages,
            ["accounts"] = import.Accounts,
            ["groups"] = import.Groups,
            ["ties"] = import.Ties,
            ["pages_per_second"] = import.PagesPerSecond,
        };
        if (import.Expected > 0)
            told["expected_accounts"] = import.Expected;
        if (import.SecondsToGo is { } left)
            told["seconds_to_go"] = left;
        return told;
    }

    private sealed record Nothing;
}
