using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Gate.Card;

namespace Siit.Iam.Agent.Cli;

/// <summary>
/// A call as a person sees it before deciding: everything that the digest binds. What a caller or a directory said stands in
/// quotes, whole, with hidden characters written out. Pure.
/// </summary>
internal static class CallCard
{
    public static IEnumerable<string> Lines(CallRecord call, DateTimeOffset now)
    {
        yield return $"Call {call.Id}: {call.State.Word()}";
        if (call.Message.Length > 0)
            yield return HiddenText.Shown(call.Message, int.MaxValue);
        yield return "";
        foreach (var section in CardViews.Of(call, now).Sections)
        {
            if (section.Title is not null)
                yield return section.Title;
            foreach (var item in section.Items)
                yield return section.Title is null ? Field(item) : Line(item);
        }
    }

    private static string Field(CardItem item) => $"{item.Name,-11} {item.Text}";

    private static string Line(CardItem item) =>
        (item.Indent ? "      " : "  ") + (item.Name is null ? "" : $"{HiddenText.Shown(item.Name, int.MaxValue)} = ") + item.Text;
}
