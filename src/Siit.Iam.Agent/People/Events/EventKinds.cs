using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Idps;

namespace Siit.Iam.Agent.People.Events;

/// <summary>The kinds of lifecycle events by the words that people write, such as <c>membership.added</c>.</summary>
internal static class EventKinds
{
    public static IReadOnlyList<string> Words { get; } = [.. Enum.GetValues<LifecycleKind>().Select(Answers.Word)];

    /// <summary>Those that are about a group, an application, a role or a factor.</summary>
    public static IReadOnlyList<string> WithObject { get; } = [.. Words.Where(word => word.Split('.')[0] is "membership" or "assignment" or "role" or "factor")];

    public static string WordOf(LifecycleEvent happened) => Answers.Word(happened.Kind);
}
