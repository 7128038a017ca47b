using System.Text.RegularExpressions;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.Conventions;

/// <summary>Which folder of the product may name which: the design's direction, so that a call can be followed without jumping back.</summary>
public sealed partial class ArrowsTests
{
    /// <summary>From a folder to the folders that it may name. Audit and Store are open to all and name none.</summary>
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Mcp"] = ["Playbooks", "Requests", "Gate", "Actions", "People"],
        ["Console"] = ["Playbooks", "Requests", "Notices", "Secrets", "Gate", "Actions", "People"],
        ["Cli"] = ["Mcp", "Playbooks", "Requests", "Notices", "Secrets", "ToolServers", "Gate", "Actions", "People"],
        ["Playbooks"] = ["Requests", "Notices", "Secrets", "ToolServers", "Gate", "Actions", "People"],
        ["Requests"] = ["Notices", "Secrets", "Gate", "Actions", "People"],
        ["Gate"] = ["Notices", "Secrets", "ToolServers", "Actions", "People", "Idps"],
        // The risks of actions, hidden characters made visible.
        ["ToolServers"] = ["Secrets", "Actions"],
        // Sealed texts, and hidden characters made visible.
        ["Notices"] = ["Secrets", "Actions"],
        ["Secrets"] = [],
        ["Actions"] = ["Idps"],
        // Configured secrets are read by both, and by the model's step.
        ["People"] = ["Secrets", "Actions", "Idps"],
        ["Idps"] = ["Secrets"],
        ["Audit"] = [],
        ["Store"] = [],
    };

    [Fact]
    public void Folders_NameOnlyWhatTheyMay()
    {
        var wrong = Arrows().Where(arrow => !IsAllowed(arrow)).Select(arrow => $"{arrow.File} ({arrow.From}) names {arrow.To}: {arrow.Text}").ToList();

        Assert.True(wrong.Count == 0, string.Join(Environment.NewLine, wrong));
    }

    [Fact]
    public void Idps_NameNoOtherIdp()
    {
        string[] idps = ["Okta", "Entra", "Google", "JumpCloud"];
        var wrong = from file in Repository.Sources("src", "Siit.Iam.Agent", "Idps")
                    let own = Path.GetRelativePath(Repository.In("src", "Siit.Iam.Agent", "Idps"), file).Split(Path.DirectorySeparatorChar)[0]
                    where idps.Contains(own) || own == "Resilience"
                    from other in idps
                    where other != own && File.ReadAllText(file).Contains($"Siit.Iam.Agent.Idps.{other}", StringComparison.Ordinal)
                    select $"{file} names {other}";

        Assert.Empty(wrong);
    }

    [Fact]
    public void Product_NeverNamesTheEmulator() => Assert.DoesNotContain(
        Repository.Sources("src", "Siit.Iam.Agent"), file => File.ReadAllText(file).Contains("Siit.Iam.Emulator", StringComparison.Ordinal));

    [Fact]
    public void EffectsAreSent_InOnePlace()
    {
        var senders = Repository.Sources("src", "Siit.Iam.Agent").Where(file => Sending().IsMatch(File.ReadAllText(file))).Select(Path.GetFileName);

        Assert.Equal(["Effects.cs"], senders);
    }

    /// <summary>What is looked for finds something: an arrow that everybody knows.</summary>
    [Fact]
    public void Arrows_AreSeen() => Assert.Contains(Arrows(), arrow => arrow is { From: "Gate", To: "Actions" });

    private static bool IsAllowed(Arrow arrow) =>
        arrow.From == arrow.To || arrow.To is "Audit" or "Store" || (Allowed.TryGetValue(arrow.From, out var to) && to.Contains(arrow.To));

    private static IEnumerable<Arrow> Arrows()
    {
        var root = Repository.In("src", "Siit.Iam.Agent");
        foreach (var file in Repository.Sources("src", "Siit.Iam.Agent"))
        {
            // Files at the top compose everything: they are the list of what there is.
            if (Path.GetRelativePath(root, file).Split(Path.DirectorySeparatorChar) is not [var from, _, ..])
                continue;
            foreach (var line in File.ReadLines(file).Where(line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal)))
            {
                foreach (Match match in Named().Matches(line))
                {
                    var to = match.Groups["folder"].Value;
                    if (to != from && Allowed.ContainsKey(to))
                        yield return new Arrow(from, to, Path.GetRelativePath(root, file), line.Trim());
                }
            }
        }
    }

    /// <summary>A using of a folder's namespace, or a type named through it: <c>Actions.Approvers</c>.</summary>
    [GeneratedRegex("""Siit\.Iam\.Agent\.(?<folder>[A-Z]\w+)|(?<![\w."/])(?<folder>Mcp|Cli|Playbooks|Gate|Idps|Actions)\.[A-Z]\w+""")]
    private static partial Regex Named();

    [GeneratedRegex("""Write!?\.Run\(""")]
    private static partial Regex Sending();

    private sealed record Arrow(string From, string To, string File, string Text);
}
