using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Gate.Rules;
using Siit.Iam.Agent.Playbooks.Format;

namespace Siit.Iam.Agent.Playbooks.Checks.Tenant;

// Whether somebody could agree, and whether a standing approval says what the playbook thinks it says.
internal sealed partial class TenantCheck
{
    private void Deciders()
    {
        foreach (var step in _playbook.Steps.SelectMany(step => step.All))
        {
            if (step is ApproveStep approve)
            {
                Needs(step, $"'{approve.Id}' needs", approve.Approvers);
                Seats(approve);
            }
            else if (step is DoStep { Action.IsRead: false } write)
                Needs(step, $"'{write.Action.Name}' needs", ApprovalRules.Usual(write.Action, _known.Gate).Needed);
        }

        foreach (var rule in _known.Gate.ApprovalRules.Where(rule => rule.Playbooks.Contains(_playbook.Id)))
        {
            foreach (var group in rule.SeatList.Where(seat => seat.Source == SeatSource.Group && _known.Approvers.All(approver => !approver.Groups.Contains(seat.Group!))))
                Add("PB031", 1, 1, $"The rule '{rule.Name}' asks for an approver of the group '{group.Group}', and nobody is in it.", "Enrol one (siit-iam approvers add), or change gate:approvalRules.");
        }

        void Needs(Step step, string what, Approvers needed)
        {
            if (needed is not (Approvers.One or Approvers.Two) || Quorum.OfAny("", needed == Approvers.Two ? 2 : 1).IsFilledBy(_known.Approvers))
                return;
            var groups = _known.Approvers.SelectMany(approver => approver.Groups).Distinct().Count();
            Add("PB031", step.Line, step.Column,
                $"{what} {ApprovalRules.Word(needed)}, and there {(_known.Approvers.Count == 1 ? "is one" : $"are {_known.Approvers.Count}")} in {groups} group{(groups == 1 ? "" : "s")}: nobody could decide.",
                "Enrol approvers: siit-iam approvers add.");
        }
    }

    /// <summary>Seats that nobody could take: the gate would refuse the plan at once.</summary>
    private void Seats(ApproveStep approve)
    {
        if (approve.Seats is not { } asked)
            return;
        var named = asked.Seats.SelectMany(seat => new[] { seat.Group, seat.Fallback }).OfType<string>().Distinct().ToList();
        var there = _known.Approvers.SelectMany(approver => approver.Groups).Distinct().Order(StringComparer.Ordinal).ToList();
        foreach (var group in named.Where(group => !there.Contains(group)))
            Add("PB039", approve.Line, approve.Column, $"'{approve.Id}' asks for an approver of the group '{Report.Shown(group)}', and nobody is in it.", $"{Spelling.Hint(group, there)} Or enrol somebody: siit-iam approvers add EMAIL --group '{Report.Shown(group)}'.");
        var fallback = asked.Seats.Select(seat => seat.Fallback).FirstOrDefault(known => known is not null);
        if (asked.Seats.Any(seat => seat.Source is SeatSource.Manager or SeatSource.Owner) && _known.Gate.StandingSource is null)
        {
            Nobody($"'{approve.Id}' asks the {(asked.Seats.Any(seat => seat.Source == SeatSource.Owner) ? "owner" : "manager")}, and gate:standingSource does not say where managers and owners are known.", "Name a connection there, or hris, and tie approvers to their accounts (siit-iam approvers link).");
            return;
        }

        foreach (var (_, thing) in OwnedThing.In(_playbook).Where(each => each.Approve == approve).Distinct())
        {
            if (_known.Owners.TryGetValue(thing, out var owners) && owners.Approvers.All(id => _known.Approvers.All(approver => approver.Id != id)))
                Nobody($"'{approve.Id}' asks the owner of the {(thing.IsApplication ? "application" : "group")} '{Report.Shown(thing.Id)}' at {thing.Connection}, and nobody could be that: {owners.Why ?? "its owner may not decide here"}.", "Name the owner at the IdP or in people:owners, and have them enrolled with their account (siit-iam approvers add --account).");
        }

        void Nobody(string message, string hint)
        {
            if (fallback is null)
                Add("PB039", approve.Line, approve.Column, message, $"{hint} Or give a 'fallback'.");
            else
                Warn("PB039", approve.Line, approve.Column, message, $"{hint} Until then the group '{fallback}' is asked.");
        }
    }

    private void Standing()
    {
        if (_playbook.Policy.Standing is not { } id)
            return;
        var at = _policy?.Scalar("standing");
        var (line, column) = (at?.Line ?? 1, at?.Column ?? 1);
        if (_known.Gate.StandingApprovals.Find(approval => approval.Id == id) is not { } approval)
        {
            Add("PB035", line, column, $"There is no standing approval '{Report.Shown(id)}'.", Spelling.Hint(id, _known.Gate.StandingApprovals.Select(each => each.Id)));
            return;
        }

        if (_known.Now >= approval.Expires)
            Add("PB035", line, column, $"The standing approval '{id}' has expired at {approval.Expires:yyyy-MM-dd HH:mm}Z: everything is asked for.", $"Its owner, the group {approval.Owner}, can have it renewed (gate:standingApprovals).");
        if (!approval.Playbooks.Contains(_playbook.Id) && !approval.Playbooks.Contains(_playbook.File.Sha256))
            Add("PB035", line, column, $"The standing approval '{id}' is not for this playbook.", "It names playbooks by id, or by the SHA-256 of one version; its owner decides (gate:standingApprovals).");
        foreach (var trigger in _playbook.Triggers.Where(trigger => !approval.Triggers.Contains(trigger.Kind)))
            Warn("PB035", trigger.Line > 1 ? trigger.Line : line, trigger.Line > 1 ? trigger.Column : column, $"The standing approval '{id}' does not cover runs started by '{trigger.Kind}': people are asked.", $"It covers {string.Join(", ", approval.Triggers)}.");
        foreach (var step in Steps().Where(step => !step.Action.IsRead && step.Action.Approval != Approvers.None && !approval.Actions.Contains(step.Action.Name)))
            Warn("PB035", step.Line, step.Column, $"The standing approval '{id}' does not cover '{step.Action.Name}': people are asked.", $"It covers {string.Join(", ", approval.Actions)}.");
        if (_playbook.Bound.People > approval.MaxPeople)
            Warn("PB035", line, column, $"A run can reach {_playbook.Bound.People} people, and the standing approval '{id}' covers {approval.MaxPeople}: people are asked for the others.", "Narrow 'targets', or have maxPeople raised.");
    }
}
