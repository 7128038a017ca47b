using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Playbooks.Format;
using Siit.Iam.Agent.Playbooks.Publishing;
using Siit.Iam.Agent.Requests;

namespace Siit.Iam.Agent.Playbooks.Triggers;

/// <summary>A form is what the playbooks that it starts do not know otherwise: their inputs that the trigger does not bind.</summary>
internal sealed class RequestForms(PlaybooksInForce playbooks) : IRequestForms
{
    /// <summary>The fields of a form; null when no playbook has it.</summary>
    public IReadOnlyList<PlaybookInput>? Fields(string form)
    {
        // Also one that only starts something when nobody has begun anything for it.
        var started = playbooks.Now.Playbooks.SelectMany(playbook => playbook.Triggers
            .Where(trigger => (trigger as RequestTrigger)?.Form == form || (trigger as OverdueTrigger)?.Form == form).Select(trigger => (playbook, trigger))).ToList();
        return started.Count == 0 ? null : [.. started.SelectMany(start => start.playbook.Inputs.Where(input => start.trigger.Bind.All(bound => bound.Name != input.Name))).DistinctBy(input => input.Name)];
    }

    public IReadOnlyList<string> Problems(string form, JsonObject fields)
    {
        if (Fields(form) is not { } known)
            return [$"There is no form '{HiddenText.Shown(form, 64)}'."];
        return
        [
            .. fields.Where(field => known.All(input => input.Name != field.Key))
                .Select(field => $"'{HiddenText.Shown(field.Key, 40)}' is not a field of this form; its fields are {string.Join(", ", known.Select(input => input.Name))}."),
            .. known.Select(input => fields[input.Name] is { } value ? input.Problem(value) : input.Required ? $"'{input.Name}' is missing." : null).OfType<string>(),
        ];
    }
}
