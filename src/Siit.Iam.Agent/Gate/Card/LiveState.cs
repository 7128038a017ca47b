using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Idps;

namespace Siit.Iam.Agent.Gate.Card;

/// <summary>How an account is at its IdP right now, for whoever decides. Pure.</summary>
internal static class LiveState
{
    /// <returns>Lines; directory text in quotes.</returns>
    public static IReadOnlyList<string> Of(Situation situation)
    {
        if (situation.Picture is not { } picture)
            return [];
        var account = picture.Account;
        return
        [
            $"status {Answers.Word(account.Status)} ({HiddenText.Quoted(account.VendorStatus)} at the IdP)",
            .. Field("department", account.Department),
            .. Field("title", account.Title),
            .. Field("manager", account.Manager),
            .. Field("managed by", account.ManagedBy),
            picture.Roles is { Count: > 0 } roles ? $"administrator: {string.Join(", ", roles.Take(10).Select(role => HiddenText.Quoted(role.Name)))}" : "no administrator",
            .. Count("groups", picture.Groups?.Count),
            .. Count("applications", picture.Applications?.Count),
            .. picture.Factors is { } factors ? [$"second factors: {(factors.Count == 0 ? "none" : string.Join(", ", factors.Take(10).Select(factor => factor.Kind)))}"] : Array.Empty<string>(),
            .. Count("grants to third parties", picture.Grants?.Count),
        ];
    }

    private static string[] Field(string name, string? value) => value is null ? [] : [$"{name} {HiddenText.Quoted(value)}"];

    private static string[] Count(string name, int? count) => count is null ? [] : [$"{count} {name}"];
}
