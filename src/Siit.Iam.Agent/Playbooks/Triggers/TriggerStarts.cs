using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Playbooks.Expressions;
using Siit.Iam.Agent.Playbooks.Format;
using Siit.Iam.Agent.Playbooks.Runs;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Playbooks.Triggers;

/// <summary>Starts a run by a trigger, once: what was started, or could not be, is remembered by its key.</summary>
internal sealed partial class TriggerStarts(IStore store, RunStarts starts, AuditLog log, TimeProvider time, ILogger<TriggerStarts> logger)
{
    /// <summary>How many starts are prepared at a time: of a thousand who leave on one day each waits for a commit, and these are made together.</summary>
    public static ParallelOptions Together(CancellationToken cancellationToken) => new() { MaxDegreeOfParallelism = 16, CancellationToken = cancellationToken };

    /// <param name="names">The trigger's variables.</param>
    /// <param name="more">Inputs beside the bound ones, such as a form's fields.</param>
    /// <exception cref="AuditUnavailableException">Nothing was started or remembered: to be tried again.</exception>
    public async Task StartAsync(
        Playbook playbook, Trigger trigger, TriggerKey key, Scope names, CancellationToken cancellationToken,
        JsonObject? more = null, string? request = null, IReadOnlyList<string>? chain = null)
    {
        if (await store.GetAsync<TriggerKey>(key.Id, cancellationToken) is not null)
            return;
        JsonObject inputs;
        try
        {
            if (trigger.Where?.IsTrue(names) == false)
                return;
            inputs = Inputs(playbook, trigger, names, more);
        }
        catch (ExpressionException wrong)
        {
            await NotStartedAsync(key, "cannot_compute", wrong.Message, cancellationToken);
            return;
        }

        var wish = new RunWish(playbook, inputs, Caller(playbook, trigger), Doors.Playbook) { Request = request, Key = key, Chain = chain ?? [] };
        var (_, refusal) = await starts.StartAsync(wish, cancellationToken);
        if (refusal is not null)
            await NotStartedAsync(key, refusal.Code, refusal.Message, cancellationToken);
    }

    /// <summary>Told once, to the log of operations and to the audit log; the same occurrence is not tried again.</summary>
    public async Task NotStartedAsync(TriggerKey key, string code, string why, CancellationToken cancellationToken)
    {
        if (await store.GetAsync<TriggerKey>(key.Id, cancellationToken) is not null)
            return;
        var data = new JsonObject { ["playbook"] = key.Playbook, ["trigger"] = key.Trigger, ["subject"] = key.Subject, ["occurrence"] = key.Occurrence, ["code"] = code };
        await log.WriteAsync(new AuditDraft(AuditKinds.RunNotStarted) { Data = data }, cancellationToken);
        await store.CommitAsync([Change.Create(key with { Why = HiddenText.Shown(why, 1000) })], CancellationToken.None);
        LogNotStarted(logger, key.Playbook, key.Trigger, key.Subject, key.Occurrence, why);
    }

    /// <summary>A caller of the trigger's own: the playbook's owner is answerable, and it may what the playbook allows itself.</summary>
    private CallerRecord Caller(Playbook playbook, Trigger trigger) => new()
    {
        Id = RunRecord.TriggerCaller + trigger.Name.Split(':')[0],
        Operator = playbook.Owner,
        Actions = [.. playbook.Policy.ToolNames],
        Connections = playbook.Policy.Connections ?? ["*"],
        ActsFor = ["*"],
        TokenHash = "",
        AddedAt = time.GetUtcNow(),
    };

    private static JsonObject Inputs(Playbook playbook, Trigger trigger, Scope names, JsonObject? more)
    {
        var inputs = more?.DeepClone().AsObject() ?? [];
        foreach (var (name, value) in trigger.Bind)
        {
            var bound = value.Evaluate(names);
            // Records are read anew when the run starts.
            inputs[name] = playbook.Inputs.First(input => input.Name == name).Kind is InputKind.Employee or InputKind.Request && bound is JsonObject record
                ? record["id"]?.DeepClone()
                : bound;
        }

        return inputs;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Playbook {Playbook} was not started by {Trigger} for {Subject} ({Occurrence}): {Why}")]
    private static partial void LogNotStarted(ILogger logger, string playbook, string trigger, string subject, string occurrence, string why);
}
