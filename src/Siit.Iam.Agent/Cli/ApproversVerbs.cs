using System.CommandLine;
using System.Text.Json.Nodes;
using QRCoder;

namespace Siit.Iam.Agent.Cli;

/// <summary><c>approvers add|link|list|remove</c>.</summary>
internal static class ApproversVerbs
{
    public static Command Create(Verbs verbs) => Verbs.Group("approvers", "Who may decide.", Add(verbs), Link(verbs), List(verbs), Remove(verbs));

    private static Command Add(Verbs verbs)
    {
        var email = new Argument<string>("email") { Description = "The person's work email." };
        var name = new Option<string>("--name") { Description = "How people call the person.", Required = true };
        var groups = Lists.Option("--group", "A group whose seat the person takes, such as service-desk; several are possible.");
        var others = Lists.Option("--also-known-as", "Other addresses of the same person, so that nobody decides under another one.");
        var account = new Option<string?>("--account") { Description = "As whom the person is a manager or owner: the id at the source of standing, such as okta:00u1. Without it, the one with this email.", HelpName = "SOURCE:ID" };
        var bootstrap = new Option<string?>("--bootstrap") { Description = "For the first approver: the code that the first 'siit-iam serve' printed." };
        var code = new CodeOptions();
        return verbs.Create("add", "Enrol an approver; shows what the person's authenticator app needs, once.", async (invocation, cancellationToken) =>
        {
            var body = new JsonObject
            {
                ["email"] = invocation.Get(email),
                ["name"] = invocation.Get(name),
                ["groups"] = Lists.Of(invocation.Get(groups)),
                ["also_known_as"] = Lists.Of(invocation.Get(others)),
                ["account"] = invocation.Get(account),
            };
            if (invocation.Get(bootstrap) is { } first)
                body["bootstrap"] = first;
            else
                code.AddTo(body, invocation);
            var answer = await invocation.Server.PostAsync("/approvers", body, cancellationToken);
            return invocation.Answer(answer, Told(answer));
        }, [email, name, groups, others, account, bootstrap, .. code.Both]);
    }

    private static Command Link(Verbs verbs)
    {
        var email = new Argument<string>("email") { Description = "The approver's email." };
        var account = new Argument<string>("account") { Description = "The id at the source of standing, such as okta:00u1 or hris:workday:17." };
        var code = new CodeOptions();
        return verbs.Create("link", "Say as whom an approver is a manager or owner; another approver's code is needed.", async (invocation, cancellationToken) =>
        {
            var body = new JsonObject { ["email"] = invocation.Get(email), ["account"] = invocation.Get(account) };
            code.AddTo(body, invocation);
            var answer = await invocation.Server.PostAsync("/approvers/link", body, cancellationToken);
            return invocation.Answer(answer, [$"Linked: {answer["linked"]} is {answer["account"]}"]);
        }, [email, account, .. code.Both]);
    }

    private static Command List(Verbs verbs) => verbs.Create("list", "List approvers.", async (invocation, cancellationToken) =>
    {
        var answer = await invocation.Server.GetAsync("/approvers", cancellationToken);
        return invocation.Answer(answer, answer.AsArray().Count == 0 ? ["No approvers: nothing that needs one can run. The first is enrolled with the bootstrap code."] : Table.Lines(
            ["email", "name", "groups", "also known as", "account", "enrolled", "removed"],
            answer.AsArray().Select(approver => (IReadOnlyList<string?>)
            [
                Lists.Text(approver!["email"]), Lists.Text(approver["name"]), Lists.Text(approver["groups"]), Lists.Text(approver["also_known_as"]), Lists.Text(approver["account"]),
                Lists.Moment(approver["enrolled_at"]), Lists.Moment(approver["removed_at"]),
            ])));
    });

    private static Command Remove(Verbs verbs)
    {
        var email = new Argument<string>("email") { Description = "The approver's email." };
        var code = new CodeOptions();
        return verbs.Create("remove", "Remove an approver; what the person approved and has not started yet does not count any more.", async (invocation, cancellationToken) =>
        {
            var body = new JsonObject { ["email"] = invocation.Get(email) };
            code.AddTo(body, invocation);
            var answer = await invocation.Server.PostAsync("/approvers/remove", body, cancellationToken);
            return invocation.Answer(answer, [$"Removed: {answer["removed"]}"]);
        }, [email, .. code.Both]);
    }

    private static IEnumerable<string> Told(JsonNode answer)
    {
        var uri = answer["uri"]!.GetValue<string>();
        yield return $"Enrolled: {answer["approver"]!["email"]}. Let the person scan this now; it is not shown again.";
        yield return "";
        using var data = QRCodeGenerator.GenerateQrCode(uri, QRCodeGenerator.ECCLevel.L);
        using var code = new AsciiQRCode(data);
        foreach (var line in code.GetGraphicSmall().Split('\n'))
            yield return line;
        yield return "";
        yield return uri;
    }
}
