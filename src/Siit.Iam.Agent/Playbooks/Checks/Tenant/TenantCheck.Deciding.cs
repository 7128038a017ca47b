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
                Needs(step, $"'{approve.Id}' needs", approve.Approvers);
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
