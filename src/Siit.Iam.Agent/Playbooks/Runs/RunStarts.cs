using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Playbooks.Agents;
using Siit.Iam.Agent.Playbooks.Format;
using Siit.Iam.Agent.Requests;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Playbooks.Runs;

/// <summary>Starts runs: everything that can be told beforehand is told now, all at once, and nothing is begun.</summary>
internal sealed class RunStarts(IStore store, AuditLog log, RequestDesk requests, RunDispatcher dispatcher, ModelInUse model, Ids ids, TimeProvider time)
{
    /// <param name="requester">Claimed by the caller; ignored when its credential proves one.</param>
    /// <param name="request">The service request it is for; that of the inputs when left out.</param>
    /// <returns>The run, stored and woken; or the refusal.</returns>
    public async Task<(RunRecord? Run, Refusal? Refusal)> StartAsync(
        Playbook playbook, JsonObject inputs, CallerRecord caller, string door, string? requester, string? request, CancellationToken cancellationToken)
    {
        if (HasAgent(playbook.Steps) && model.Model is null)
            return (null, new Refusal("no_model", ModelOptions.Missing));
        if (request is not null && (request.Length is 0 or > 64 || HiddenText.First(request) is not null))
            return (null, new Refusal("invalid_input", "'request' must be the id of a service request: 1 to 64 visible characters."));
        var (given, ofRequest, problems) = await InputsAsync(playbook, inputs, cancellationToken);
        if (problems.Count > 0)
            return (null, new Refusal("invalid_input", string.Join(" ", problems)));

        var known = request is null ? ofRequest : await requests.GetAsync(request, cancellationToken);
        var by = RequesterOf(caller, requester, known);
        if (Refused(playbook, caller, by) is { } refused)
            return (null, refused);
        var run = new RunRecord
        {
            Id = ids.New("run"),
            State = RunState.Running,
            Message = "Started.",
            Playbook = playbook.Id,
            PlaybookVersion = playbook.Version,
            Sha256 = playbook.File.Sha256,
            Inputs = given,
            Starter = new RunStarter(caller.Id, caller.Operator, door, caller.Actions, caller.Connections, caller.ActsFor),
            Requester = by,
            Request = request ?? ofRequest?.Id,
            StartedAt = time.GetUtcNow(),
        };
        await log.WriteAsync(new AuditDraft(AuditKinds.RunStarted) { Run = run.Id, Request = run.Request, Actor = Actor(run), Data = Told(run, inputs) }, cancellationToken);
        await PinAsync(playbook.File);
        if (!(await store.CommitAsync([Change.Create(run)], CancellationToken.None)).Done)
            throw new InvalidOperationException("An id of a run came twice.");
        dispatcher.Wake(run.Id);
        return (run with { Version = 1 }, null);
    }

    public static AuditActor Actor(RunRecord run) => new()
    {
        Requester = run.Requester.Email,
        RequesterProved = run.Requester.Proved,
        Caller = run.Starter.Caller,
        Operator = run.Starter.Operator,
        Door = run.Starter.Door,
    };

    /// <summary>Who wrote the request is its requester as far as anybody says otherwise: excluded from deciding, like one who is named.</summary>
    private static Requester RequesterOf(CallerRecord caller, string? claimed, RequestRecord? request)
    {
        if (caller.Person is { } person)
            return new Requester(person, Proved: true);
        return (claimed ?? request?.Requester) is { } email ? new Requester(email, Proved: false) : Requester.Unnamed;
    }

    private static Refusal? Refused(Playbook playbook, CallerRecord caller, Requester requester)
    {
        if (!caller.IsActive)
            return new Refusal("caller_removed", $"Caller '{caller.Id}' was removed. An operator can register a new one: siit-iam callers add.");
        if (!requester.Proved && requester.Email is { } email && (!email.Contains('@', StringComparison.Ordinal) || email.Length > 320 || HiddenText.First(email) is not null))
            return new Refusal("invalid_input", "'requester' must be a work email.");
        if (!requester.Proved && requester.Email is { } claimed && !caller.MayActFor(claimed))
            return new Refusal("requester_not_allowed", $"Caller '{caller.Id}' may not act for {claimed}. Its operator ({caller.Operator}) can have that changed.");
        var missing = playbook.Policy.Tools.Where(action => !caller.MayUse(action)).Select(action => action.Name).ToList();
        return missing.Count > 0
            ? new Refusal("action_not_allowed", $"Caller '{caller.Id}' may not use {string.Join(", ", missing)}, which this playbook needs. Its operator ({caller.Operator}) can have that changed.")
            : null;
    }

    private async Task<(JsonObject Given, RequestRecord? Request, IReadOnlyList<string> Problems)> InputsAsync(Playbook playbook, JsonObject inputs, CancellationToken cancellationToken)
    {
        var problems = new List<string>();
        var given = new JsonObject();
        RequestRecord? request = null;
        foreach (var (name, _) in inputs.Where(member => playbook.Inputs.All(input => input.Name != member.Key)))
            problems.Add($"'{HiddenText.Shown(name, 40)}' is not an input of this playbook; its inputs are {string.Join(", ", playbook.Inputs.Select(input => input.Name))}.");
        foreach (var input in playbook.Inputs)
        {
            var value = inputs[input.Name] ?? input.Default;
            if (value is null)
            {
                if (input.Required)
                    problems.Add($"'{input.Name}' is missing.");
            }
            else if (input.Problem(value) is { } problem)
            {
                problems.Add(problem);
            }
            else if (input.Kind != InputKind.Request)
            {
                given[input.Name] = value.DeepClone();
            }
            else if (await requests.GetAsync(value.GetValue<string>(), cancellationToken) is { } found)
            {
                request ??= found;
                given[input.Name] = new JsonObject { ["id"] = found.Id, ["text"] = found.Text, ["requester"] = found.Requester };
            }
            else
            {
                problems.Add($"'{input.Name}': there is no request '{HiddenText.Shown(value.GetValue<string>(), 64)}'.");
            }
        }

        return (given, request, problems);
    }

    private async Task PinAsync(PlaybookFile file)
    {
        // Pinned by somebody else in between is pinned as well: the id is the content.
        if (await store.GetAsync<PinnedPlaybook>(file.Sha256) is null)
            await store.CommitAsync([Change.Create(new PinnedPlaybook { Id = file.Sha256, Path = Path.GetFileName(file.Path), Text = file.Text })], CancellationToken.None);
    }

    private static JsonObject Told(RunRecord run, JsonObject inputs) => new()
    {
        ["playbook"] = run.Title,
        ["sha256"] = run.Sha256,
        ["inputs"] = CanonicalJson.Digest(inputs),
    };

    private static bool HasAgent(IReadOnlyList<Step> steps) => steps.Any(step => step switch
    {
        AgentStep => true,
        ForeachStep each => HasAgent(each.Steps),
        ChooseStep choose => choose.Branches.Any(branch => HasAgent(branch.Steps)),
        _ => false,
    });
}
