using System.CommandLine;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Notices;

namespace Siit.Iam.Agent.Cli;

/// <summary><c>notices list|retry</c>.</summary>
internal static class NoticesVerbs
{
    public static Command Create(Verbs verbs) => Verbs.Group("notices", "Messages to people: what waits, what was sent, what was given up.", List(verbs), Retry(verbs));

    private static Command List(Verbs verbs)
    {
        var state = new Option<string?>("--state") { Description = "Only those that are waiting, failed, sent or given_up." };
        var limit = new Option<int>("--limit") { Description = "At most so many: those still to be sent, then the newest.", DefaultValueFactory = _ => 50 };
        return verbs.Create("list", "List messages, without their texts.", async (invocation, cancellationToken) =>
        {
            var path = OperatorsClient.Path("/notices", ("state", invocation.Get(state)), ("limit", $"{invocation.Get(limit)}"));
            var answer = await invocation.Server.GetAsync(path, cancellationToken);
            var channels = answer["channels"]!.AsArray().Select(channel => WireJson.Read<ChannelView>(channel!)).ToList();
            var notices = answer["notices"]!.AsArray().Select(notice => WireJson.Read<NoticeView>(notice!)).ToList();
            return invocation.Answer(answer, [.. channels.Select(Line), "", .. notices.Count == 0 ? ["No messages."] : Rows(notices)]);
        }, state, limit);
    }

    private static Command Retry(Verbs verbs)
    {
        var id = new Argument<string?>("notice") { Description = "The message's id.", Arity = ArgumentArity.ZeroOrOne };
        var all = new Option<bool>("--all") { Description = "Every one that was given up, and every channel that is not tried now." };
        return verbs.Create("retry", "Have a message tried again, at once.", async (invocation, cancellationToken) =>
        {
            if (invocation.Get(all) == invocation.Maybe(id) is not null)
                throw new CliException(ExitCodes.Usage, "usage", "Name one message, or say --all.");
            var path = invocation.Get(all) ? "/notices/retry" : $"/notices/{Uri.EscapeDataString(invocation.Maybe(id)!)}/retry";
            var answer = await invocation.Server.PostAsync(path, [], cancellationToken);
            return invocation.Answer(answer, [$"{answer["again"]} tried again. See: siit-iam notices list"]);
        }, id, all);
    }

    private static string Line(ChannelView channel)
    {
        var name = channel.Channel.ToString().ToLowerInvariant();
        return channel switch
        {
            { Trouble: { } trouble, Until: { } until } => $"{name}: nothing is sent until {CallsVerbs.Moment(until)}. {trouble}",
            { Configured: false } => $"{name}: not configured (notices:{name}).",
            _ => $"{name}: nothing is known against it.",
        };
    }

    private static IEnumerable<string> Rows(IReadOnlyList<NoticeView> notices)
    {
        var table = Table.Lines(
            ["queued", "state", "kind", "by", "to", "tries", "next", "notice"],
            notices.Select(notice => (IReadOnlyList<string?>)
            [
                CallsVerbs.Moment(notice.QueuedAt), WireJson.Node(notice.State).GetValue<string>(), notice.Kind, notice.Channel.ToString().ToLowerInvariant(), notice.To.Length == 0 ? "-" : notice.To,
                $"{notice.Attempts}", notice.DueAt is { } due && notice.Attempts > 0 ? CallsVerbs.Moment(due) : "-", notice.Id,
            ]));
        return [.. table, .. notices.Where(notice => notice.Trouble is not null).Select(notice => $"{notice.Id}: {notice.Trouble}")];
    }
}
