using System.Text.Json;
using Siit.Iam.Agent.People.Hris;

namespace Siit.Iam.Agent.Playbooks.Format;

/// <summary>The HRIS's events by the words that playbooks write, such as <c>department_changed</c>.</summary>
internal static class HrisWords
{
    public static IReadOnlyList<string> Events { get; } = [.. Enum.GetValues<HrisEventKind>().Select(WordOf)];

    public static string WordOf(HrisEventKind kind) => JsonNamingPolicy.SnakeCaseLower.ConvertName(kind.ToString());
}
