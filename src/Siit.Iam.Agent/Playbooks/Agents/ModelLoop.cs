using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Playbooks.Expressions;
using Siit.Iam.Agent.Playbooks.Format;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Playbooks.Agents;

/// <summary>Which agent step of which run, and what it sees.</summary>
internal sealed record AgentTask(string Run, string Path, AgentStep Step, IScope Scope, AuditActor Actor, string? Request);

/// <summary>How an agent step ended.</summary>
/// <param name="Value">What it leaves; null when the step failed.</param>
/// <param name="Substituted">The playbook's own value, because the model gave none that fits.</param>
/// <param name="Code">snake_case; null when the model's answer was taken.</param>
internal sealed record AgentEnd(JsonObject? Value, bool Substituted, string? Code, string Message);

/// <summary>
/// Our own loop around the model: one turn or one call, saved, then the next. The model gets what the step names and nothing else,
/// as often as the budgets allow, and its answer counts only when it fits the step's schema.
/// </summary>
internal sealed class ModelLoop(IStore store, AuditLog log, ModelInUse inUse, Ids ids, TimeProvider time)
{
    // More than any sensible model asks for at once; what is beyond is dropped from its turn.
    private const int MostCallsAtOnce = 16;
    private const int LongestText = 20_000;

    /// <summary>Takes the step to its end. Cancelling leaves everything saved so far.</summary>
    /// <exception cref="AgentWaitsException">A call waits; called again, the step goes on with it.</exception>
    /// <exception cref="AuditUnavailableException">Nothing was asked; try again when the log can be written.</exception>
    public async Task<AgentEnd> RunAsync(AgentTask task, AgentCalls calls, CancellationToken cancellationToken)
    {
        var key = Key(task.Run, task.Path);
        var entries = await EntriesAsync(key, cancellationToken);
        if (entries.Count == 0)
        {
            try
            {
                entries.Add(await SaveAsync(Begin(task, key), 0));
            }
            catch (ExpressionException wrong)
            {
                return Without(task.Step, "agent_cannot_begin", wrong.Message);
            }
        }

        while (true)
        {
            var talk = new AgentTalk(entries);
            AgentEntry next;
            if (talk.OpenCalls.Count > 0)
                next = await CallAsync(task, key, talk, calls, cancellationToken);
            else if (talk.Value is { } value)
                return new AgentEnd(value, Substituted: false, null, $"The model answered after {Counted(talk.Turns, "turn")} and {Counted(talk.ToolCalls, "call")}.");
            else if (talk.Trouble is { } trouble)
                return Without(task.Step, trouble.Code, trouble.Message);
            else if (talk.Misfits > task.Step.OnInvalid.Retries)
                return Without(task.Step, "agent_invalid_answer", $"The model's answer does not fit: {string.Join(' ', talk.Problems.Take(5))}");
            else if (talk.UsedUp(task.Step.Budget) is { } usedUp)
                return Without(task.Step, "agent_budget_used_up", usedUp);
            else
                next = await AskAsync(task, key, talk, cancellationToken);
            entries.Add(await SaveAsync(next, entries.Count));
        }
    }

    private static AgentEnd Without(AgentStep step, string code, string message) => step.OnInvalid.Use is { } instead
        ? new AgentEnd(instead.DeepClone().AsObject(), Substituted: true, code, $"{message} The playbook's own value is used instead.")
        : new AgentEnd(null, Substituted: false, code, message);

    private AgentEntry Begin(AgentTask task, string key)
    {
        var mark = ids.New("mark");
        var fields = AgentAnswer.Fields(task.Step.Output, task.Scope);
        return new AgentEntry
        {
            Id = "",
            Step = key,
            At = time.GetUtcNow(),
            Beginning = new AgentBeginning(AgentPrompt.System(task.Step, fields), AgentPrompt.User(task.Step, task.Scope, mark), mark, fields),
        };
    }

    private async Task<AgentEntry> CallAsync(AgentTask task, string key, AgentTalk talk, AgentCalls calls, CancellationToken cancellationToken)
    {
        var call = talk.OpenCalls[0];
        var began = Stopwatch.StartNew();
        var text = await AgentTools.AnswerAsync(task.Step, call, talk.ToolCalls + 1, talk.Beginning.Mark, calls, cancellationToken);
        // Stopping the server is no answer.
        cancellationToken.ThrowIfCancellationRequested();
        return new AgentEntry { Id = "", Step = key, At = time.GetUtcNow(), ToolAnswer = new AgentToolAnswer(call.Id, text), Took = began.Elapsed };
    }

    private async Task<AgentEntry> AskAsync(AgentTask task, string key, AgentTalk talk, CancellationToken cancellationToken)
    {
        var budget = task.Step.Budget;
        var prompt = new ModelPrompt
        {
            Messages = talk.Messages,
            Tools = talk.ToolCalls < budget.ToolCalls ? task.Step.Tools : [],
            OtherTools = talk.ToolCalls < budget.ToolCalls ? task.Step.OtherTools : [],
            AnswerSchema = AgentAnswer.Schema(talk.Beginning.Fields),
            MaxTokens = Math.Max(1, budget.Tokens - talk.Tokens - talk.Estimate()),
        };
        await AuditAsync(AuditKinds.ModelAsked, task, Asked(talk, prompt), cancellationToken);
        var began = Stopwatch.StartNew();
        AgentEntry entry;
        try
        {
            var turn = await InTimeAsync(prompt, budget.Time - talk.Took, cancellationToken);
            entry = new AgentEntry { Id = "", Step = key, At = time.GetUtcNow(), Turn = Bounded(turn), Took = began.Elapsed };
            entry = entry with { Tokens = turn.Tokens ?? talk.Estimate() + (turn.Text.Length + turn.Calls.Sum(call => call.Arguments.Length)) / 4 };
        }
        catch (ModelException trouble)
        {
            entry = new AgentEntry { Id = "", Step = key, At = time.GetUtcNow(), Trouble = new AgentTrouble(trouble.Code, trouble.Message), Took = began.Elapsed };
        }

        await AuditAsync(AuditKinds.ModelAnswered, task, Answered(entry), cancellationToken);
        return entry;
    }

    private async Task<ModelTurn> InTimeAsync(ModelPrompt prompt, TimeSpan left, CancellationToken cancellationToken)
    {
        var model = inUse.Model ?? throw new ModelException("no_model", ModelOptions.Missing);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(left);
        try
        {
            return await model.NextAsync(prompt, limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ModelException("agent_budget_used_up", "The model did not answer within the time that the step allows.");
        }
    }

    /// <summary>Calls get ids of ours: a model that names two calls alike would leave a transcript that its server refuses.</summary>
    private ModelTurn Bounded(ModelTurn turn) => turn with
    {
        Text = turn.Text.Length > LongestText ? turn.Text[..LongestText] : turn.Text,
        Cut = turn.Text.Length > LongestText ? "it is far too long" : turn.Cut,
        Calls = [.. turn.Calls.Take(MostCallsAtOnce).Select(call => new ModelToolCall(ids.New("call"), SafeName(call.Name), Shortened(call.Arguments)))],
    };

    // A name that the server's own pattern does not allow would make it refuse the transcript; such a function does not exist anyway.
    private static string SafeName(string name) =>
        name.Length is > 0 and <= 64 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-') ? name : "unknown_function";

    private static string Shortened(string arguments) => arguments.Length > LongestText ? arguments[..LongestText] : arguments;

    private async Task<AgentEntry> SaveAsync(AgentEntry entry, int number)
    {
        var saved = entry with { Id = $"{entry.Step}_{number:0000}" };
        return (await store.CommitAsync([Change.Create(saved)], CancellationToken.None)).Done
            ? saved with { Version = 1 }
            : throw new InvalidOperationException($"The agent step {entry.Step} is worked on twice at once.");
    }

    private async Task<List<AgentEntry>> EntriesAsync(string key, CancellationToken cancellationToken) =>
        [.. await store.FindAsync<AgentEntry>("step", key, 1000, cancellationToken: cancellationToken)];

    private async Task AuditAsync(string kind, AgentTask task, JsonObject data, CancellationToken cancellationToken)
    {
        data["step"] = task.Path;
        await log.WriteAsync(new AuditDraft(kind) { Run = task.Run, Request = task.Request, Actor = task.Actor, Data = data }, cancellationToken);
    }

    private JsonObject Asked(AgentTalk talk, ModelPrompt prompt) => new()
    {
        ["model"] = inUse.Model?.Name,
        ["turn"] = talk.Turns + 1,
        ["messages"] = prompt.Messages.Count,
        ["prompt"] = CanonicalJson.Digest(JsonSerializer.SerializeToNode(prompt.Messages, StoreJson.Options)),
        ["tools"] = new JsonArray([.. prompt.Tools.Select(tool => tool.Name).Concat(prompt.OtherTools.Select(tool => tool.Name)).Select(name => (JsonNode)name)]),
    };

    private static JsonObject Answered(AgentEntry entry) => entry.Trouble is { } trouble
        ? new JsonObject { ["failed"] = trouble.Code }
        : new JsonObject
        {
            ["answer"] = CanonicalJson.Digest(JsonSerializer.SerializeToNode(entry.Turn, StoreJson.Options)),
            ["calls"] = new JsonArray([.. entry.Turn!.Calls.Select(call => (JsonNode)call.Name)]),
            ["tokens"] = entry.Tokens,
        };

    private static string Key(string run, string path) => $"{run}_{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(path)))[..16]}";

    private static string Counted(int number, string what) => $"{number} {what}{(number == 1 ? "" : "s")}";
}
