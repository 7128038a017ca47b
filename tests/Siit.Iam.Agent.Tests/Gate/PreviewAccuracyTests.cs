using System.Text.Json.Nodes;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Idps;

namespace Siit.Iam.Agent.Tests.Gate;

public sealed class PreviewAccuracyTests
{
    [Fact]
    public void Differs_AsPreviewed_IsNothing() => Assert.Empty(Differs(["~ status active -> suspended"], picture => picture with { Account = picture.Account with { Status = AccountStatus.Suspended } })!);

    [Fact]
    public void Differs_OtherwiseThanPreviewed_SaysBoth() => Assert.Equal(
        ["not seen: ~ status active -> suspended", "not previewed: - loses group \"Sales\""],
        Differs(["~ status active -> suspended"], picture => picture with { Groups = [] })!);

    /// <summary>What was not read back says nothing.</summary>
    [Fact]
    public void Differs_InAPartThatWasNotReadBack_IsNotLookedAt() =>
        Assert.Empty(Differs(["+ gains application \"Figma\""], picture => picture with { Applications = [] })!);

    [Fact]
    public void Differs_WithoutAPreview_IsNotCompared() => Assert.Null(PreviewAccuracy.Differs(null, new Situation { Picture = Ana }, new Situation { Picture = Ana }, PictureParts.Groups));

    private static AccountPicture Ana { get; } = new()
    {
        Account = new Account { Id = "1", Login = "ana@acme.example", Status = AccountStatus.Active, VendorStatus = "ACTIVE" },
        Groups = [new GroupMembership("g1", "Sales")],
        Applications = [new ApplicationAssignment("a1", "Zoom", Direct: true)],
        ReadAt = default,
    };

    private static IReadOnlyList<string>? Differs(string[] previewed, Func<AccountPicture, AccountPicture> change)
    {
        var card = new EffectCard
        {
            Lines = [.. previewed.Select(line => new EffectLine(line[..1], line.Contains("status", StringComparison.Ordinal) ? "status" : "application", "x", line[2..]))],
            Consequences = [],
            Warnings = [],
            Facts = new JsonObject(),
            Rule = "",
            PolicyVersion = "",
            Nonce = "",
        };
        return PreviewAccuracy.Differs(card, new Situation { Picture = Ana }, new Situation { Picture = change(Ana) }, PictureParts.Groups);
    }
}
