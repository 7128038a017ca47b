using System.Text.Json.Nodes;

namespace Siit.Iam.Agent.Playbooks.Runs;

/// <summary>One run at a time changes a person.</summary>
internal sealed partial class RunWalk
{
    /// <summary>For wakes that are lost.</summary>
    private static readonly TimeSpan AsksAgain = TimeSpan.FromSeconds(15);

    /// <summary>The intent together with the lease of the person; or what it waits for, and nothing was written.</summary>
    private async Task<(StepEnd? Behind, JournalEntry? Intent)> IntendAsync(string path, JsonObject value, string text)
    {
        var key = await tools.Leases.KeyAsync(value["input"]!["person"]!.GetValue<string>(), cancellationToken);
        var taking = await tools.Leases.TakeAsync(run, key, journal.OpenLeases, cancellationToken);
        if (taking.Behind is { } other)
            return (new ParkedEnd(null, $"{path}: waits until run {other.Id} of {other.Title} has changed the same person.", tools.Time.GetUtcNow() + AsksAgain) { Behind = key }, null);

        value["lease"] = key;
        try
        {
            return (null, await journal.WriteAsync(path, JournalKind.Intent, value, text, with: taking.Changes));
        }
        catch (LeaseTakenException)
        {
            return (new LaterEnd($"{path}: another run has just begun to change the same person."), null);
        }
    }
}
