using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Idps;

namespace Siit.Iam.Agent.Gate;

/// <summary>The difference between two pictures of an account: what the approver sees.</summary>
internal static class EffectPreview
{
    public static IReadOnlyList<EffectLine> Difference(Situation before, Situation after) => (before.Picture, after.Picture) switch
    {
        (null, null) => [],
        (null, { } made) => [new EffectLine("+", "account", made.Account.Login, $"new account {HiddenText.Quoted(made.Account.Login)} ({HiddenText.Quoted(made.Account.Name)})")],
        ({ } gone, null) => [new EffectLine("-", "account", gone.Account.Id, $"account {HiddenText.Quoted(gone.Account.Login)}")],
        ({ } was, { } becomes) =>
        [
            .. Fields(was.Account, becomes.Account),
            .. List("role", was.Roles, becomes.Roles, role => role.Name + role.ViaGroup, role => role.Name, role => $"administrator role {HiddenText.Quoted(role.Name)}"),
            .. List("group", was.Groups, becomes.Groups, group => group.Id, group => group.Id, group => $"group {HiddenText.Quoted(group.Name)}"),
            .. List("application", was.Applications, becomes.Applications, a => a.Id, a => a.Id, Told),
            .. Kept(was.Applications ?? [], becomes.Applications ?? []),
            .. List("factor", was.Factors, becomes.Factors, factor => factor.Id, factor => factor.Id, factor => $"second factor {factor.Kind}"),
            .. List("grant", was.Grants, becomes.Grants, grant => grant.Id, grant => grant.Id, grant => $"grant to {HiddenText.Quoted(grant.Client)}"),
        ],
    };

    /// <summary>Applications that are not assigned directly any more, and come from a group all the same.</summary>
    private static IEnumerable<EffectLine> Kept(IReadOnlyList<ApplicationAssignment> before, IReadOnlyList<ApplicationAssignment> after)
    {
        foreach (var lost in before.Where(was => was.Direct && !after.Any(held => held.Id == was.Id && held.Direct)))
        {
            if (after.FirstOrDefault(kept => kept.Id == lost.Id) is { } kept)
                yield return new EffectLine("~", "application", lost.Id, $"keeps {Told(kept)}, loses the direct assignment");
        }
    }

    private static string Told(ApplicationAssignment assignment) => assignment.Direct
        ? $"application {HiddenText.Quoted(assignment.Name)}"
        : $"application {HiddenText.Quoted(assignment.Name)} through group {HiddenText.Quoted(assignment.ViaGroupName ?? assignment.ViaGroup ?? "?")}";

    private static IEnumerable<EffectLine> List<T>(
        string what, IReadOnlyList<T>? before, IReadOnlyList<T>? after, Func<T, string> key, Func<T, string> id, Func<T, string> tell)
    {
        if (before is null || after is null)
            yield break;
        var had = before.Select(key).ToHashSet();
        var has = after.Select(key).ToHashSet();
        foreach (var lost in before.Where(item => !has.Contains(key(item))))
            yield return new EffectLine("-", what, id(lost), "loses " + tell(lost));
        foreach (var gained in after.Where(item => !had.Contains(key(item))))
            yield return new EffectLine("+", what, id(gained), "gains " + tell(gained));
    }

    private static IEnumerable<EffectLine> Fields(Account was, Account becomes)
    {
        if (was.Status != becomes.Status)
            yield return new EffectLine("~", "status", "status", $"status {Answers.Word(was.Status)} -> {Answers.Word(becomes.Status)}");
        (string Name, string? Was, string? Becomes)[] fields =
        [
            ("first_name", was.FirstName, becomes.FirstName),
            ("last_name", was.LastName, becomes.LastName),
            ("department", was.Department, becomes.Department),
            ("title", was.Title, becomes.Title),
            ("manager", was.Manager, becomes.Manager),
        ];
        foreach (var (name, old, now) in fields.Where(field => field.Was != field.Becomes))
            yield return new EffectLine("~", "field", name, $"{name} {HiddenText.Quoted(old ?? "")} -> {HiddenText.Quoted(now ?? "")}");
    }
}
