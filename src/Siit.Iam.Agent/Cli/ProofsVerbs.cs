using System.CommandLine;
using System.Text.Json.Nodes;

namespace Siit.Iam.Agent.Cli;

/// <summary><c>proofs start|show|list|enter|record|void</c>: who asks for a reset shows who they are.</summary>
internal static class ProofsVerbs
{
    public static Command Create(Verbs verbs) => Verbs.Group(
        "proofs", "People prove who they are before a password or a second factor is reset.",
        Start(verbs), Show(verbs), OfRequest(verbs), Enter(verbs), Record(verbs), Void(verbs));

    private static Command Start(Verbs verbs)
    {
        var request = new Argument<string>("request") { Description = "The service request that the reset is for." };
        var person = new Argument<string>("person") { Description = "Work email, or connection:id." };
        var action = new Option<string>("--action") { Description = "reset_mfa or reset_password.", Required = true };
        var connection = new Option<string?>("--connection") { Description = "Where the account is; needed only when several are possible.", HelpName = "NAME" };
        var factor = new Option<string?>("--factor") { Description = "The one second factor that will be reset; all when left out.", HelpName = "ID" };
        var caller = new Option<string?>("--caller") { Description = "The registered caller whose call it will count for; needed only when there are several.", HelpName = "ID" };
        var ways = new Option<string[]?>("--by")
        {
            Description = "mail_code, text_code, push, vouch: what to send, once more if it was sent; everything that can be when left out.",
            AllowMultipleArgumentsPerToken = true,
        };
        return verbs.Create("start", "Start a proof, or go on with it: sends codes and pushes to the person.", async (invocation, cancellationToken) =>
        {
            var body = new JsonObject
            {
                ["request"] = invocation.Get(request),
                ["person"] = invocation.Get(person),
                ["action"] = invocation.Get(action),
                ["connection"] = invocation.Get(connection),
                ["factor"] = invocation.Get(factor),
                ["caller"] = invocation.Get(caller),
                ["by"] = new JsonArray([.. (invocation.Get(ways) ?? []).Select(way => (JsonNode)way)]),
            };
            return Told(invocation, await invocation.Server.PostAsync("/proofs", body, cancellationToken));
        }, request, person, action, connection, factor, caller, ways);
    }

    private static Command Show(Verbs verbs)
    {
        var id = Id();
        return verbs.Create("show", "Show how far a proof is; asks for answers to pushes.", async (invocation, cancellationToken) =>
            Told(invocation, await invocation.Server.GetAsync(Path(invocation.Get(id)), cancellationToken)), id);
    }

    private static Command OfRequest(Verbs verbs)
    {
        var request = new Argument<string>("request") { Description = "The service request's id." };
        return verbs.Create("list", "List the proofs of a request, newest first.", async (invocation, cancellationToken) =>
        {
            var answer = await invocation.Server.GetAsync(OperatorsClient.Path("/proofs", ("request", invocation.Get(request))), cancellationToken);
            return invocation.Answer(answer, answer.AsArray().Count == 0 ? ["No proofs."] : Table.Lines(
                ["proof", "started", "action", "connection", "login", "caller", "used by"],
                answer.AsArray().Select(proof => (IReadOnlyList<string?>)
                [
                    Lists.Text(proof!["id"]), Lists.Moment(proof["started_at"]), Lists.Text(proof["action"]), Lists.Text(proof["connection"]), Lists.Text(proof["login"]),
                    Lists.Text(proof["caller"]), Lists.Text(proof["used_by"]),
                ])));
        }, request);
    }

    private static Command Enter(Verbs verbs)
    {
        var id = Id();
        var code = new Argument<string?>("code") { Description = "The code that the person tells; asked for when left out.", Arity = ArgumentArity.ZeroOrOne };
        return verbs.Create("enter", "Enter a code that the person was sent.", async (invocation, cancellationToken) =>
        {
            var typed = invocation.Maybe(code)
                ?? (invocation.Terminal.IsInteractive && !invocation.Json ? invocation.Terminal.AskHidden("Code") : null)
                ?? throw new CliException(ExitCodes.Usage, "usage", "The code is missing.");
            return Told(invocation, await invocation.Server.PostAsync($"{Path(invocation.Get(id))}/enter", new JsonObject { ["entered"] = typed }, cancellationToken));
        }, id, code);
    }

    private static Command Record(Verbs verbs)
    {
        var id = Id();
        var how = new Option<string>("--how") { Description = "What was checked and how, such as: passport and face by video.", Required = true };
        var present = new CodeOptions();
        return verbs.Create("record", "Record that an approver has checked the person's identity anew; needs that approver's one-time code.", async (invocation, cancellationToken) =>
        {
            var body = new JsonObject { ["how"] = invocation.Get(how) };
            present.AddTo(body, invocation);
            return Told(invocation, await invocation.Server.PostAsync($"{Path(invocation.Get(id))}/record", body, cancellationToken));
        }, [id, how, .. present.Both]);
    }

    private static Command Void(Verbs verbs)
    {
        var id = Id();
        return verbs.Create("void", "Say that it was not the person who asked: the proof counts for nothing any more.", async (invocation, cancellationToken) =>
        {
            var answer = await invocation.Server.PostAsync($"{Path(invocation.Get(id))}/void", [], cancellationToken);
            return invocation.Answer(answer, ["Voided."]);
        }, id);
    }

    private static Argument<string> Id() => new("proof") { Description = "The proof's id." };

    private static string Path(string id) => $"/proofs/{Uri.EscapeDataString(id)}";

    private static int Told(Invocation invocation, JsonNode proof) => invocation.Answer(proof, Lines(proof));

    private static IEnumerable<string> Lines(JsonNode proof)
    {
        yield return $"Proof {proof["id"]} of {proof["login"]} at {proof["connection"]} for {proof["action"]}, request {proof["request"]}, caller {proof["caller"]}: {proof["state"]}";
        yield return $"{proof["message"]}";
        foreach (var line in Table.Lines(
            ["way", "state", "to", "until", "why"],
            proof["ways"]!.AsArray().Select(way => (IReadOnlyList<string?>)
                [Lists.Text(way!["method"]), Lists.Text(way["state"]), Lists.Text(way["to"]), Lists.Moment(way["until"]), Lists.Text(way["why"])])))
            yield return line;
    }
}
