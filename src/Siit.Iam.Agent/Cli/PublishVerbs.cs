using System.CommandLine;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Playbooks.Checks;
using Siit.Iam.Agent.Playbooks.Publishing;

namespace Siit.Iam.Agent.Cli;

/// <summary><c>playbooks publish|unpublish|published</c>. Whoever publishes gives a code, after having seen what it is.</summary>
internal static class PublishVerbs
{
    public static Command Publish(Verbs verbs)
    {
        var file = new Argument<string>("file") { Description = "The YAML file. What is published is its content as it is now." };
        var code = new CodeOptions();
        return verbs.Create("publish", "Let a version of a playbook run on real connections; needs an approver's code. Who publishes never approves its runs.", async (invocation, cancellationToken) =>
        {
            var body = new JsonObject { ["file"] = invocation.Get(file), ["text"] = CheckVerb.Content(invocation.Get(file)) };
            var draft = WireJson.Read<PublicationDraft>(await invocation.Server.PostAsync("/playbooks/draft", body, cancellationToken));
            // Read first: a code proves presence, not what was read.
            if (!invocation.Json)
                invocation.Terminal.Lines(Shown(draft));
            var given = body.DeepClone().AsObject();
            given["sha256"] = draft.Sha256;
            code.AddTo(given, invocation);
            var answer = await invocation.Server.PostAsync("/playbooks/publish", given, cancellationToken);
            return invocation.Answer(answer, [$"Published {draft.Playbook} {draft.PlaybookVersion}. {answer["email"]} decides on nothing that its runs do."]);
        }, [file, .. code.Both]);
    }

    public static Command Unpublish(Verbs verbs)
    {
        var id = new Argument<string>("playbook") { Description = "The playbook's id." };
        var code = new CodeOptions();
        return verbs.Create("unpublish", "Take every version of a playbook back; needs an approver's code. Runs that have begun go on.", async (invocation, cancellationToken) =>
        {
            var body = new JsonObject();
            code.AddTo(body, invocation);
            var answer = await invocation.Server.PostAsync($"/playbooks/{Uri.EscapeDataString(invocation.Get(id))}/unpublish", body, cancellationToken);
            return invocation.Answer(answer, [$"Not published any more: {Lists.Text(answer["withdrawn"])}. Runs that have begun go on; siit-iam runs cancel ends one."]);
        }, [id, .. code.Both]);
    }

    public static Command Published(Verbs verbs) => verbs.Create("published", "List which playbooks are published, by whom, and whether their files have changed since.", async (invocation, cancellationToken) =>
    {
        var answer = await invocation.Server.GetAsync("/playbooks/published", cancellationToken);
        var lines = answer["playbooks"]!.AsArray().Select(line => WireJson.Read<PublishedLine>(line!)).ToList();
        var told = answer["required"]!.GetValue<bool>() ? "Only published versions run." : "Every connection is on this machine: files run as they lie there, published or not.";
        return invocation.Answer(answer, [.. lines.Count == 0 ? ["No playbooks."] : Table.Lines(
            ["playbook", "state", "published", "file", "by", "at", "sha256"],
            lines.Select(line => (IReadOnlyList<string?>)
                [line.Playbook, line.State, line.PublishedVersion ?? "-", line.FileVersion ?? "-", line.By ?? "-", line.At is { } at ? CallsVerbs.Moment(at) : "-", line.Sha256 is { } sha256 ? sha256[..12] : "-"])), told]);
    });

    private static IEnumerable<string> Shown(PublicationDraft draft)
    {
        yield return $"{draft.Title} (owner {draft.Owner})";
        foreach (var line in draft.Bound.Lines())
            yield return line;
        yield return $"  started by: {string.Join(", ", draft.Triggers)}";
        yield return $"  may use: {string.Join(", ", draft.Actions)}";
        foreach (var (id, sha256) in draft.Callees)
            yield return $"  calls {id} as it is published: {sha256}";
        foreach (var (tool, sha256) in draft.Tools)
            yield return $"  uses {tool} of another server as it is locked: {sha256}";
        yield return $"  sha256 {draft.Sha256}";
        yield return draft.Replaces is { } version ? $"  {(version == draft.PlaybookVersion ? "is published already, with other called playbooks or tools" : $"takes the place of version {version}")}" : "  is the first version that is published";
        foreach (var finding in draft.Findings)
            yield return finding.ToString();
    }
}
