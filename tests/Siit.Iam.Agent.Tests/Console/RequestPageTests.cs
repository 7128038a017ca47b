using System.Net;
using System.Text.RegularExpressions;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.People.Copy;
using Siit.Iam.Agent.Playbooks.Runs;
using Siit.Iam.Agent.Requests;
using Siit.Iam.Agent.Store;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.Console;

/// <summary>A request on the page: who sees it, what stands beside it, what can be started there and by whom.</summary>
public sealed partial class RequestPageTests
{
    private const string Request = "/console/requests/REQ-7";

    [Fact]
    public async Task Start_SuspendsTheRequester_AfterSomebodyElseAgrees_AndNeverTheStarter()
    {
        await using var world = await WorldAsync();
        using var nina = await world.VisitorAsync(ConsoleWorld.Nina);
        var page = await nina.GetAsync(Request);
        // Whom it is about is the request's to say, whatever a form does.
        var started = await StartAsync(nina, page, world.Code(ConsoleWorld.Nina), form => form["in.person"] = "paul@acme.example");
        Assert.Equal((HttpStatusCode.SeeOther, Request), (started.Status, started.Location));

        var run = await Eventually.Is(async () => (await RunsAsync(world)).Single(), one => one.WaitsFor is not null);
        Assert.Equal((ConsoleWorld.Nina, true, "page:nina@acme.example", Doors.Console), (run.Requester.Email, run.Requester.Proved, run.Starter.Caller, run.Starter.Door));
        Assert.Equal(("REQ-7", ConsoleWorld.Ben), (run.Request, run.Inputs["person"]!.GetValue<string>()));
        var plan = await world.FindAsync(run.WaitsFor!);
        Assert.Equal("is_requester", (await DecideAsync(world, plan, ConsoleWorld.Nina)).Code);
        Assert.Equal(HttpStatusCode.NotFound, (await nina.GetAsync($"/console/approvals/{plan.Id}")).Status);

        Assert.True((await DecideAsync(world, plan, ConsoleWorld.Rosa)).Taken);
        await Eventually.Is(async () => (await RunsAsync(world)).Single(), one => one.State == RunState.Succeeded);
        Assert.Equal("SUSPENDED", world.Okta.User(ConsoleWorld.Ben).Status);
        Assert.Contains("started by nina@acme.example", (await nina.GetAsync(Request)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_WithoutACodeOrAFreshSignIn_StartsNothing()
    {
        await using var world = await WorldAsync();
        using var nina = await world.VisitorAsync(ConsoleWorld.Nina);
        var page = await nina.GetAsync(Request);

        Assert.Equal(HttpStatusCode.Conflict, (await StartAsync(nina, page, "000000")).Status);
        Assert.Equal(HttpStatusCode.Conflict, (await StartAsync(nina, page, world.Code(ConsoleWorld.Rosa))).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await StartAsync(nina, page, world.Code(ConsoleWorld.Nina), form => form.Remove("__RequestVerificationToken"))).Status);
        var unsaid = await StartAsync(nina, page, world.Code(ConsoleWorld.Nina), form => form.Remove("in.action"));
        Assert.Contains("'action' is missing.", unsaid.Text, StringComparison.Ordinal);
        world.Time.Advance(TimeSpan.FromMinutes(6));
        Assert.Contains("you sign in anew", (await StartAsync(nina, page, world.Code(ConsoleWorld.Nina))).Text, StringComparison.Ordinal);
        Assert.Contains("Sign in to start it", (await nina.GetAsync(Request)).Text, StringComparison.Ordinal);
        Assert.Empty(await RunsAsync(world));

        var fresh = await nina.SignInAsync(ConsoleWorld.Nina, back: Request, fresh: true);
        Assert.Equal(HttpStatusCode.SeeOther, (await StartAsync(nina, fresh, world.Code(ConsoleWorld.Nina))).Status);
        // One start of high risk per sign-in.
        Assert.Contains("you sign in anew", (await StartAsync(nina, fresh, world.Code(ConsoleWorld.Nina))).Text, StringComparison.Ordinal);
        Assert.Single(await RunsAsync(world));
    }

    [Fact]
    public async Task Start_IsForTheRolesOfThePlaybook_AndForNobodyWhereItNamesNone()
    {
        await using var world = await WorldAsync();
        using var nina = await world.VisitorAsync(ConsoleWorld.Nina);
        using var rosa = await world.VisitorAsync(ConsoleWorld.Rosa);
        var page = await nina.GetAsync(Request);
        Assert.Contains("start-side-panel-actions", page.Html, StringComparison.Ordinal);
        // It is started by hand as well, but says no role.
        Assert.DoesNotContain("start-offboard", page.Html, StringComparison.Ordinal);
        var forged = await StartAsync(nina, page, world.Code(ConsoleWorld.Nina), form => form["playbook"] = "offboard");
        Assert.Contains("no such action for you", forged.Text, StringComparison.Ordinal);

        // Of the role, but neither of the desk nor working on it: there is nothing for her, and nothing to send to.
        Assert.Equal(HttpStatusCode.NotFound, (await rosa.GetAsync(Request)).Status);
        await StartAsync(rosa, page, world.Code(ConsoleWorld.Rosa), form => form["__RequestVerificationToken"] = "x");
        Assert.Empty(await RunsAsync(world));
    }

    [Fact]
    public async Task Start_OnOnesOwnRequest_IsSomebodyElses()
    {
        await using var world = await WorldAsync(requester: ConsoleWorld.Nina);
        using var nina = await world.VisitorAsync(ConsoleWorld.Nina);
        var page = await nina.GetAsync(Request);

        Assert.Contains("This is your own request", page.Text, StringComparison.Ordinal);
        var form = Forms(page, "comment");
        (form["what"], form["playbook"], form["in.action"], form["code"]) = ("start", "side-panel-actions", "clear_sessions", world.Code(ConsoleWorld.Nina));
        var refused = await nina.PostAsync(Request, form);

        Assert.Contains("This is your own request: somebody else starts", refused.Text, StringComparison.Ordinal);
        Assert.Empty(await RunsAsync(world));
    }

    [Fact]
    public async Task Starter_WhoIsNoApproverAnyMore_GetsNothingDone()
    {
        await using var world = await WorldAsync();
        using var nina = await world.VisitorAsync(ConsoleWorld.Nina);
        await StartAsync(nina, await nina.GetAsync(Request), world.Code(ConsoleWorld.Nina));
        var run = await Eventually.Is(async () => (await RunsAsync(world)).Single(), one => one.WaitsFor is not null);
        var approvers = world.Get<ApproverRegistry>();
        Assert.Null(await approvers.RemoveAsync(ConsoleWorld.Nina, (await approvers.FindAsync(ConsoleWorld.Rosa, CancellationToken.None))!, CancellationToken.None));

        await DecideAsync(world, await world.FindAsync(run.WaitsFor!), ConsoleWorld.Rosa);
        var ended = await Eventually.Is(async () => (await RunsAsync(world)).Single(), one => one.State.IsEnded());

        Assert.Equal("caller_removed", ended.Code);
        Assert.Equal("ACTIVE", world.Okta.User(ConsoleWorld.Ben).Status);
    }

    [Fact]
    public async Task Requests_AreSeenByTheDesk_AndByThoseWhomTheyConcern()
    {
        await using var world = await WorldAsync();
        using var nina = await world.VisitorAsync(ConsoleWorld.Nina);
        using var rosa = await world.VisitorAsync(ConsoleWorld.Rosa);
        var work = world.Get<RequestWork>();

        Assert.Contains("REQ-7", (await nina.GetAsync("/console/requests")).Text, StringComparison.Ordinal);
        Assert.DoesNotContain("REQ-7", (await rosa.GetAsync("/console/requests")).Text, StringComparison.Ordinal);
        await world.AskHighAsync("paul@acme.example", request: "REQ-7");
        Assert.Contains("REQ-7", (await rosa.GetAsync("/console/requests")).Text, StringComparison.Ordinal);
        var asked = await rosa.GetAsync(Request);
        // Whoever only decides on a call of it changes nothing else, and sees no picture.
        Assert.DoesNotContain("id=\"requester\"", asked.Html, StringComparison.Ordinal);
        var form = Forms(asked, "comment");
        (form["what"], form["to"]) = ("assign", ConsoleWorld.Rosa);
        Assert.Equal(HttpStatusCode.Conflict, (await rosa.PostAsync(Request, form)).Status);

        await work.AssignAsync("REQ-7", ConsoleWorld.Rosa, "a test", CancellationToken.None);
        Assert.Contains("id=\"requester\"", (await rosa.GetAsync(Request)).Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Forms_OfThePage_AreTakenAndStandOnTheTimeline_AsText()
    {
        await using var world = await WorldAsync();
        using var nina = await world.VisitorAsync(ConsoleWorld.Nina);
        var page = await nina.GetAsync(Request);

        var comment = Forms(page, "comment");
        comment["text"] = "</li><script>alert(1)</script>\u202Ecalled Ben";
        Assert.Equal(HttpStatusCode.SeeOther, (await nina.PostAsync(Request, comment)).Status);
        var assign = Forms(page, "assign");
        assign["to"] = ConsoleWorld.Rosa;
        Assert.Equal(HttpStatusCode.SeeOther, (await nina.PostAsync(Request, assign)).Status);
        var state = Forms(page, "state");
        (state["state"], state["reason"]) = ("declined", "Not ours");
        Assert.Equal(HttpStatusCode.SeeOther, (await nina.PostAsync(Request, state)).Status);

        var now = await nina.GetAsync(Request);
        Assert.DoesNotContain("<script>alert", now.Html, StringComparison.Ordinal);
        Assert.Contains("<U+202E>called Ben", now.Text.Replace("&lt;", "<", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("Given to rosa@acme.example. By nina@acme.example.", now.Text, StringComparison.Ordinal);
        Assert.Contains("in progress -> declined.", now.Text.Replace("&gt;", ">", StringComparison.Ordinal), StringComparison.Ordinal);
        // What has ended is not worked on.
        Assert.DoesNotContain("start-side-panel-actions", now.Html, StringComparison.Ordinal);
        Assert.Equal(2, world.Audit("request.changed").Count);
    }

    [Fact]
    public async Task Picture_OfTheRequester_StandsBesideTheRequest()
    {
        await using var world = await WorldAsync(synced: true);
        await Eventually.Is(() => Task.FromResult(world.Get<DirectoryCopy>().Imported().Contains("okta")), imported => imported);
        using var nina = await world.VisitorAsync(ConsoleWorld.Nina);

        var page = await nina.GetAsync(Request);

        Assert.Matches(@"(?s)id=""requester"".*<h3>okta <span class=""tag safe"">active</span>.*Login.*ben@acme\.example.*Groups \(\d+\)", page.Html);
    }

    private static async Task<ConsoleWorld> WorldAsync(string requester = ConsoleWorld.Ben, bool synced = false)
    {
        var world = await ConsoleWorld.StartAsync(settings: [("console:desk:0", "service-desk"), ("playbooks", Repository.In("playbooks")), ("sync:enabled", synced ? "true" : "false")]);
        await world.Get<RequestDesk>().SubmitAsync("REQ-7", requester, "Somebody has my password", CancellationToken.None);
        return world;
    }

    private static Task<Page> StartAsync(Visitor visitor, Page page, string code, Action<Dictionary<string, string>>? change = null)
    {
        var form = Forms(page, "start");
        (form["in.action"], form["in.connection"], form["code"]) = ("suspend", "okta", code);
        change?.Invoke(form);
        return visitor.PostAsync(Request, form);
    }

    /// <summary>The hidden fields of the form that asks for this.</summary>
    private static Dictionary<string, string> Forms(Page page, string what)
    {
        var form = AllForms().Matches(page.Html).Select(match => match.Value).FirstOrDefault(html => html.Contains($"name=\"what\" value=\"{what}\"", StringComparison.Ordinal));
        Assert.True(form is not null, $"There is no form for {what}: {page.Text}");
        return Hidden().Matches(form!).ToDictionary(input => input.Groups["name"].Value, input => WebUtility.HtmlDecode(input.Groups["value"].Value));
    }

    private static async Task<IReadOnlyList<RunRecord>> RunsAsync(ConsoleWorld world) => await world.Get<IStore>().ListAsync<RunRecord>(100);

    private static async Task<DecisionResult> DecideAsync(ConsoleWorld world, CallRecord call, string approver) => await world.Get<ApprovalDesk>().DecideAsync(
        call.Id, (await world.Get<ApproverRegistry>().FindAsync(approver, CancellationToken.None))!, true, call.Approval!.Digest, null, CancellationToken.None, Doors.Console);

    [GeneratedRegex("<form[^>]*>.*?</form>", RegexOptions.Singleline)]
    private static partial Regex AllForms();

    [GeneratedRegex("<input type=\"hidden\" name=\"(?<name>[^\"]+)\" value=\"(?<value>[^\"]*)\"")]
    private static partial Regex Hidden();
}
