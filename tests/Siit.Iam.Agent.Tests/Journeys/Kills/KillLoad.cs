using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Cli;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Tests.Mcp;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.Journeys.Kills;

/// <summary>Agents, approvers and playbooks at work until the server dies under them. What is acknowledged is written down.</summary>
internal sealed class KillLoad(KillWorld world, ServeProcess server, int seed)
{
    private const int MostWaiting = 60;
    private static readonly string[] Groups = ["Figma Editors", "VPN Users", "Support"];
    private static readonly string[] Applications = ["Figma", "Salesforce", "AWS"];
    private static readonly string[] Requests = ["I lost my phone.", "I left my laptop on the train, please end my sessions.", "Where is the canteen?"];

    private readonly TaskCompletionSource _underWay = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes with the first answer: a server that has just started takes its time for that one.</summary>
    public Task UnderWay => _underWay.Task;

    public async Task RunAsync(CancellationToken stop)
    {
        var agents = Enumerable.Range(0, 8).Select(i => AgentAsync(new Random(seed + i), world.Tokens[i % world.Tokens.Count], stop));
        var people = Enumerable.Range(0, 2).Select(i => ApproverAsync(new Random(seed + 50 + i), stop));
        await Task.WhenAll([.. agents, .. people]);
    }

    private async Task AgentAsync(Random random, string token, CancellationToken stop)
    {
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        http.DefaultRequestHeaders.Accept.ParseAdd("application/json, text/event-stream");
        var own = new List<string>();
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var endpoint = await server.Endpoint.WaitAsync(stop);
                var (tool, arguments) = await WishAsync(random, own);
                var result = await CallAsync(http, endpoint, tool, arguments);
                Note(result, own);
            }
            catch (Exception dead) when (IsDeath(dead))
            {
                await PauseAsync(stop);
            }
        }
    }

    private async Task<(string Tool, JsonObject Arguments)> WishAsync(Random random, List<string> own)
    {
        // Few are asked about often, so that calls meet on one account.
        var person = random.Next(4) == 0 ? world.People[random.Next(6)] : world.People[random.Next(world.People.Count)];
        var user = world.Okta.User(person);
        var arguments = new JsonObject { ["person"] = person, ["connection"] = "okta", ["reason"] = "kills" };
        var roll = random.Next(100);
        if (roll < 40)
        {
            var group = world.Okta.Group(Groups[random.Next(Groups.Length)]);
            arguments["group"] = group.Id;
            return (group.Members.ContainsKey(user.Id) ? "remove_from_group" : "add_to_group", arguments);
        }

        if (roll < 55 || world.Waiting > MostWaiting)
        {
            // Somebody signs in, so that there is something to clear.
            world.Okta.Arrange(new JsonObject { ["user"] = person, ["sessions"] = true });
            return ("clear_sessions", arguments);
        }

        if (roll < 62)
            return ("run_playbook", new JsonObject { ["playbook"] = "offboard", ["inputs"] = new JsonObject { ["person"] = person, ["connection"] = "okta" } });
        if (roll < 66)
            return ("run_playbook", new JsonObject { ["playbook"] = "triage-request", ["inputs"] = new JsonObject { ["request"] = await RequestAsync(random, person), ["connection"] = "okta" } });
        if (roll < 72 && own.Count > 0)
            return (random.Next(3) == 0 ? "cancel_call" : "get_call", new JsonObject { ["call"] = own[random.Next(own.Count)] });
        if (user.Status == "SUSPENDED")
            return ("unsuspend_user", arguments);
        if (roll < 80 && user.Factors.Count > 0)
            return ("reset_mfa", arguments);
        if (roll < 88)
            return ("suspend_user", arguments);
        var application = world.Okta.App(Applications[random.Next(Applications.Length)]);
        arguments["application"] = application.Id;
        return (application.Users.ContainsKey(user.Id) ? "remove_application" : "add_application", arguments);
    }

    private async Task<string> RequestAsync(Random random, string person) => (await world.Door.PostAsync(
        "/requests", new JsonObject { ["requester"] = person, ["text"] = Requests[random.Next(Requests.Length)] }, CancellationToken.None))["id"]!.GetValue<string>();

    private static async Task<JsonObject> CallAsync(HttpClient http, Uri endpoint, string tool, JsonObject arguments)
    {
        var message = new JsonObject
        {
            ["jsonrpc"] = "2.0",
            ["id"] = 1,
            ["method"] = "tools/call",
            ["params"] = new JsonObject { ["name"] = tool, ["arguments"] = arguments },
        };
        using var content = new StringContent(message.ToJsonString(), Encoding.UTF8, "application/json");
        using var response = await http.PostAsync(endpoint, content);
        var answer = await McpHost.MessageAsync(response);
        return answer["result"]?["structuredContent"]?.AsObject() ?? throw new InvalidOperationException($"{tool} was answered with {answer.ToJsonString()}");
    }

    private void Note(JsonObject result, List<string> own)
    {
        _underWay.TrySetResult();
        if (result["run"]?.GetValue<string>() is { } run)
            world.Told.Runs[run] = result["state"]!.GetValue<string>();
        if (result["call"]?.GetValue<string>() is not { } call)
            return;
        world.Told.Answers.Add(new ToldAnswer(call, result["state"]!.GetValue<string>()));
        own.Add(call);
    }

    private async Task ApproverAsync(Random random, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                if (!await SettleOneAsync(random) && !await DecideOneAsync(random))
                    await PauseAsync(stop);
            }
            catch (CliException refused) when (refused.Code is "no_server" or "no_answer")
            {
                await PauseAsync(stop);
            }
            catch (CliException)
            {
                // Not taken: decided, executed or withdrawn in between, or one of the people who never count.
            }
        }
    }

    private async Task<bool> DecideOneAsync(Random random)
    {
        var waiting = (await world.Door.GetAsync("/approvals", CancellationToken.None)).AsArray().Select(call => WireJson.Read<CallRecord>(call!))
            .Where(call => call.Approval is { CompleteAt: null }).ToList();
        world.Waiting = waiting.Count;
        if (waiting.Count == 0)
            return false;
        var call = waiting[random.Next(waiting.Count)];
        var taken = call.Approval!.Decisions.SelectMany(decision => decision.Groups).ToHashSet();
        if (Present(random, approver => !taken.Contains(approver.Group)) is not var (email, code))
            return false;
        var (approve, digest) = (random.Next(7) != 0, call.Approval.Digest);
        await world.Door.PostAsync(
            $"/approvals/{call.Id}", new JsonObject { ["as"] = email, ["code"] = code, ["approve"] = approve, ["digest"] = digest }, CancellationToken.None);
        world.Told.Decisions.Add(new ToldDecision(call.Id, email, approve, digest));
        return true;
    }

    /// <summary>What the server cannot tell, a person does who has looked at the IdP.</summary>
    private async Task<bool> SettleOneAsync(Random random)
    {
        if (random.Next(5) != 0)
            return false;
        var open = (await world.Door.GetAsync("/calls?state=needs_person&limit=10", CancellationToken.None)).AsArray().Select(call => WireJson.Read<CallRecord>(call!)).ToList();
        if (open.Count == 0 || Present(random, approver => approver.Email != KillWorld.Operator) is not var (email, code))
            return false;
        var call = open[random.Next(open.Count)];
        var happened = call is { Intent: { } intent, Target: { } target }
            && world.Okta.Ledger.Effects.Any(effect => effect.At >= intent.At && KillInvariants.IsEffectOf(effect, call.Action, call.Input) && KillInvariants.AccountOf(effect) == target.AccountId);
        await world.Door.PostAsync(
            $"/calls/{call.Id}/settle", new JsonObject { ["as"] = email, ["code"] = code, ["happened"] = happened, ["note"] = "looked at the ledger" }, CancellationToken.None);
        world.Told.Answers.Add(new ToldAnswer(call.Id, (happened ? CallState.Succeeded : CallState.Failed).Word()));
        return true;
    }

    private (string Email, string Code)? Present(Random random, Func<KillApprover, bool> fits)
    {
        foreach (var approver in world.Deciders.Where(fits).OrderBy(_ => random.Next()))
        {
            if (approver.TakeCode() is { } code)
                return (approver.Email, code);
        }

        return null;
    }

    private static bool IsDeath(Exception trouble) =>
        trouble is HttpRequestException or IOException or OperationCanceledException or CliException or System.Text.Json.JsonException
        || (trouble is InvalidOperationException && trouble.Message == ServeProcess.HasEnded);

    private static Task PauseAsync(CancellationToken stop) => Task.Delay(20, stop).ContinueWith(_ => { }, TaskScheduler.Default);
}
