using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Gate;

/// <summary>Who may never decide on a call. Compared by person, not by account. Pure.</summary>
internal static class Separation
{
    public static Refusal? Excludes(ApproverRecord approver, CallRecord call)
    {
        if (!approver.IsActive)
            return new Refusal("not_an_approver", $"{approver.Email} is no approver any more.");
        if (approver.IsPerson(call.Requester.Email))
            return new Refusal("is_requester", "The person at whose wish a call is made never decides on it.");
        if (approver.IsPerson(call.RequestAuthor))
            return new Refusal("is_requester", "Whoever wrote the service request never decides on what is done for it.");
        if (approver.IsPerson(call.Operator))
            return new Refusal("is_operator", "The person answerable for the caller never decides on its calls.");
        if (call.Target is { } target && (approver.IsPerson(target.Email) || approver.IsPerson(target.Login)))
            return new Refusal("is_target", "The person whom a call changes never decides on it.");
        // create_user has no account yet, but it has a person.
        if (call.Input["person"]?.GetValue<string>() is { } person && approver.IsPerson(person))
            return new Refusal("is_target", "The person whom a call changes never decides on it.");
        if (call.Approval?.Decisions.Any(decision => decision.Approver == approver.Id || approver.IsPerson(decision.Email)) == true)
            return new Refusal("decided_already", "One person takes one seat; this person has decided already.");
        return null;
    }
}

/// <summary>Whether an approval still stands when it is used: its approvers are registered, in groups that fill the seats, and not excluded.</summary>
internal static class Standing
{
    public static async Task<bool> HoldsAsync(IStore store, ApprovalPart approval, CallRecord call, CancellationToken cancellationToken)
    {
        var groups = new List<IReadOnlyList<string>>();
        foreach (var decision in approval.Decisions)
        {
            if (await store.GetAsync<ApproverRecord>(decision.Approver, cancellationToken) is not { } approver
                || Separation.Excludes(approver, call with { Approval = null }) is not null)
            {
                return false;
            }

            groups.Add(approver.Groups);
        }

        return ApprovalRules.CanFill(approval.Needed, groups);
    }
}
