using System.Globalization;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Playbooks.Format;

namespace Siit.Iam.Agent.Playbooks.Drawing;

/// <summary>What starts a run, as a sentence.</summary>
internal static class TriggerWords
{
    public static string Of(Trigger trigger)
    {
        var what = trigger switch
        {
            ManualTrigger { Roles: { Count: > 0 } roles } => $"Somebody starts it; on the page beside a request: {string.Join(", ", roles)}",
            ManualTrigger => "Somebody starts it",
            PromptTrigger prompt => $"Somebody starts it by the prompt {prompt.Prompt}",
            RequestTrigger request => $"A request with the form {request.Form}",
            OverdueTrigger overdue => $"A request{(overdue.Form is { } form ? $" with the form {form}" : "")} that nobody began within {Spans.Words(overdue.After)}",
            HrisDateTrigger date => $"{Days(date.Offset)} the HRIS date {date.Date} at {date.At.ToString("HH:mm", CultureInfo.InvariantCulture)} ({date.Zone})",
            HrisEventTrigger news => $"The HRIS tells {news.Event}",
            IdpTrigger idp => $"{idp.Event}{(idp.Object is { } of ? $" of {of}" : "")} at {idp.Connection ?? "any connection"}",
            ScheduleTrigger schedule => $"At the times {schedule.Cron} ({schedule.Zone})",
            _ => trigger.Name,
        };
        return HiddenText.Shown(trigger.Where is { } where ? $"{what}, if {where.Text}" : what, 200);
    }

    private static string Days(TimeSpan offset) => offset == TimeSpan.Zero ? "On" : $"{Spans.Words(offset.Duration())} {(offset < TimeSpan.Zero ? "before" : "after")}";
}
