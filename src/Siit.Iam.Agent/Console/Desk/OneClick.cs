using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Console.SignIn;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Gate.Standing;
using Siit.Iam.Agent.Playbooks;
using Siit.Iam.Agent.Playbooks.Format;
using Siit.Iam.Agent.Playbooks.Runs;
using Siit.Iam.Agent.Requests;

namespace Siit.Iam.Agent.Console.Desk;

/// <summary>A playbook that can be started beside a request, on its requester.</summary>
/// <param name="Bound">Inputs that the request gives: nobody types them.</param>
/// <param name="Asked">The others.</param>
/// <param name="IsHigh">It may do something of high risk, so that starting it needs a sign-in made for it.</param>
/// <param name="Changes">It may change something, so that starting it needs a one-time code.</param>
internal sealed record OneClickAction(Playbook Playbook, JsonObject Bound, IReadOnlyList<PlaybookInput> Asked, bool IsHigh, bool Changes);

/// <summary>
/// What a person may start on the page, and its start. The person is the run's proved requester and answerable for it, so the gate
/// never lets him decide on what it asks for. A stolen session starts nothing: what changes something needs a code.
/// </summary>
internal sealed class OneClick(PlaybookDesk desk, RequestSight sight, Identities identities, OneTimeCodes codes, Sessions sessions)
{
    /// <summary>None for who does not work on the request, and on one that has ended; a playbook that names no role is nobody's to start here.</summary>
    public IReadOnlyList<OneClickAction> For(ApproverRecord approver, RequestRecord request) =>
        !sight.MayWork(approver, request) || request.State.IsEnded() ? [] :
        [
            .. desk.List()
                .Where(playbook => playbook.Triggers.OfType<ManualTrigger>().Any(manual => manual.Roles.Intersect(approver.Groups, StringComparer.OrdinalIgnoreCase).Any()))
                .Select(playbook => Of(playbook, request)).OfType<OneClickAction>(),
        ];

    /// <param name="values">What was typed, by input.</param>
    /// <returns>How the run stands, or why it was not started.</returns>
    public async Task<(RunAnswer? Run, Refusal? Refusal)> StartAsync(
        SignedInPerson person, ApproverRecord approver, RequestRecord request, string playbook, IReadOnlyDictionary<string, string> values, string code, CancellationToken cancellationToken)
    {
        if (For(approver, request).FirstOrDefault(one => one.Playbook.Id == playbook) is not { } action)
            return (null, new Refusal("not_yours_to_start", "There is no such action for you on this request."));
        if (await IsSelfAsync(approver, request, cancellationToken))
            return (null, new Refusal("is_target", "This is your own request: somebody else starts what is done to your accounts."));
        var inputs = action.Bound.DeepClone().AsObject();
        var problems = new List<string>();
        foreach (var input in action.Asked)
        {
            if (Given(input, values.GetValueOrDefault(input.Name)) is { } value)
                inputs[input.Name] = value;
            if ((inputs[input.Name] is { } given ? input.Problem(given) : input.Required ? $"'{input.Name}' is missing." : null) is { } problem)
                problems.Add(problem);
        }

        // Before a code is used up.
        if (problems.Count > 0)
            return (null, new Refusal("invalid_input", string.Join(" ", problems)));
        if (await PresentAsync(person, approver, request, action, code, cancellationToken) is { } absent)
            return (null, absent);
        var caller = new CallerRecord
        {
            Id = PageStarters.IdOf(approver.Email),
            Operator = approver.Email,
            Person = approver.Email,
            Actions = [.. action.Playbook.Policy.ToolNames],
            Connections = action.Playbook.Policy.Connections ?? ["*"],
            ActsFor = ["*"],
            TokenHash = "",
            AddedAt = request.SubmittedAt,
        };
        var answer = await desk.RunAsync(caller, Doors.Console, playbook, inputs, requester: null, request.Id, cancellationToken);
        return answer.Run is null ? (null, new Refusal(answer.Code ?? "not_started", answer.Message)) : (answer, null);
    }

    /// <summary>Whether the request is the approver's own, under whatever address.</summary>
    public async Task<bool> IsSelfAsync(ApproverRecord approver, RequestRecord request, CancellationToken cancellationToken)
    {
        var self = await identities.OfAsync(approver.AlsoKnownAs.Prepend(approver.Email), [approver.Account], cancellationToken);
        return approver.IsPerson(request.Requester) || self.IsSame(await identities.OfAsync([request.Requester], [], cancellationToken));
    }

    private async Task<Refusal?> PresentAsync(SignedInPerson person, ApproverRecord approver, RequestRecord request, OneClickAction action, string code, CancellationToken cancellationToken)
    {
        var again = new Refusal("sign_in_again", "For something of high risk you sign in anew, each time. Nothing was started.");
        if (action.IsHigh && !await sessions.IsFreshAsync(person, cancellationToken))
            return again;
        if (!action.Changes)
            return null;
        var check = await codes.CheckAsync(approver.Email, code, $"start {action.Playbook.Id} for {request.Id}", cancellationToken);
        if (check.Approver is not { } present)
            return check.Refusal;
        if (present.Id != approver.Id)
            return new Refusal("unknown_approver", "The code is not that of the person who has signed in.");
        return action.IsHigh && !await sessions.UseAsync(person, $"start {action.Playbook.Id} {request.Id}", cancellationToken) ? again : null;
    }

    /// <summary>Null when nothing of the playbook is about the request or its requester.</summary>
    private static OneClickAction? Of(Playbook playbook, RequestRecord request)
    {
        var bound = new JsonObject();
        foreach (var input in playbook.Inputs)
        {
            // The first person is the requester: the target of what is started here comes from the request, never from a form.
            if (input.Kind == InputKind.Request)
                bound[input.Name] = request.Id;
            else if (input.Kind is InputKind.Person or InputKind.Employee && !playbook.Inputs.TakeWhile(other => other.Name != input.Name).Any(other => other.Kind is InputKind.Person or InputKind.Employee))
                bound[input.Name] = request.Requester;
        }

        if (bound.Count == 0)
            return null;
        var writes = playbook.Policy.Tools.Where(tool => !tool.IsRead).ToList();
        return new OneClickAction(playbook, bound, [.. playbook.Inputs.Where(input => !bound.ContainsKey(input.Name))], writes.Exists(tool => tool.Risk == Risk.High), writes.Count > 0);
    }

    private static JsonNode? Given(PlaybookInput input, string? typed) => string.IsNullOrWhiteSpace(typed) ? input.Default?.DeepClone() : input.Typed(typed.Trim());
}
