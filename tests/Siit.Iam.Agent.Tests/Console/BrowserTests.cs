using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Requests;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.Console;

/// <summary>The page in a real browser: light and dark, wide and narrow, with and without script.</summary>
public sealed class BrowserTests
{
    private const string Code = "#code";
    private const string Approve = "button.approve";
    private const string AsNina = "button[value='nina@acme.example']";
    private const string AsPaul = "button[value='paul@acme.example']";

    [Theory]
    [InlineData(false, 1200)]
    [InlineData(true, 1200)]
    [InlineData(false, 390)]
    [InlineData(true, 390)]
    public async Task Pages_HaveNoFault(bool dark, int width)
    {
        await using var browser = await Chromium.StartAsync();
        await using var world = await ConsoleWorld.StartAsync(settings: [("console:desk:0", "service-desk"), ("playbooks", Repository.In("playbooks")), ("sync:enabled", "true")]);
        await world.Get<RequestDesk>().SubmitAsync("REQ-7", "ana@acme.example", "Ben has left today, please take his access away before the weekend.", CancellationToken.None);
        await Eventually.Is(() => Task.FromResult(world.Get<Siit.Iam.Agent.People.Copy.DirectoryCopy>().Imported().Contains("okta")), imported => imported);
        var (high, medium) = (await world.AskHighAsync(request: "REQ-7"), await world.AskMediumAsync());
        var tab = await browser.TabAsync(dark: dark, width: width);
        var (look, faults) = ($"{(dark ? "dark" : "light")}-{width}", new List<string>());

        await LookAsync("sign-in", () => tab.GoAsync(world.Address, $"/console/approvals/{high.Id}"));
        await tab.PressAsync("main a.button");
        await LookAsync("card-high", () => tab.PressAsync(AsNina));
        await tab.TypeAsync(Code, "000000");
        await LookAsync("refused", () => tab.PressAsync(Approve));
        world.Time.Advance(TimeSpan.FromMinutes(6));
        await LookAsync("sign-in-again", () => tab.GoAsync(world.Address, $"/console/approvals/{high.Id}"));
        await LookAsync("card-medium", () => tab.GoAsync(world.Address, $"/console/approvals/{medium.Id}"));
        await LookAsync("list", () => tab.GoAsync(world.Address, "/console/approvals"));
        await tab.GoAsync(world.Address, $"/console/approvals/{medium.Id}");
        await tab.TypeAsync(Code, world.Code(ConsoleWorld.Nina));
        await tab.PressAsync(Approve);
        await world.EndAsync(medium.Id);
        await LookAsync("card-done", () => tab.GoAsync(world.Address, $"/console/approvals/{medium.Id}"));
        await LookAsync("ended", () => tab.GoAsync(world.Address, "/console/approvals/ended"));
        await LookAsync("requests", () => tab.GoAsync(world.Address, "/console/requests"));
        await LookAsync("request", () => tab.GoAsync(world.Address, "/console/requests/REQ-7"));
        await tab.GoAsync(world.Address, "/console/sign-in/start?back=/console/requests/REQ-7&fresh=true");
        await LookAsync("request-fresh", () => tab.PressAsync(AsNina));
        await LookAsync("nothing", () => tab.GoAsync(world.Address, "/console/nothing"));
        var other = await browser.TabAsync(dark: dark, width: width);
        await other.GoAsync(world.Address, "/console/approvals");
        await other.PressAsync("main a.button");
        await other.PressAsync(AsPaul);
        faults.AddRange((await other.FaultsAsync()).Select(fault => $"no approver: {fault}"));

        Assert.Empty(faults);

        async Task LookAsync(string page, Func<Task> go)
        {
            await go();
            await tab.ShootAsync($"{page}-{look}");
            faults.AddRange((await tab.FaultsAsync()).Select(fault => $"{page}: {fault}"));
            // A page that says no is told as an error, too; anything else is a fault of the page's.
            faults.AddRange(tab.Complaints.Where(complaint => !complaint.Contains("status of 4", StringComparison.Ordinal)).Select(complaint => $"{page}: {complaint}"));
            tab.Complaints.Clear();
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Deciding_FromALinkInAMail_WorksWithAndWithoutScript(bool script)
    {
        await using var browser = await Chromium.StartAsync();
        await using var world = await ConsoleWorld.StartAsync();
        var call = await world.AskHighAsync();
        var tab = await browser.TabAsync(script);

        await tab.GoAsync(world.Address, $"/console/approvals/{call.Id}");
        await tab.PressAsync("main a.button");
        await tab.PressAsync(AsNina);
        Assert.Equal($"/console/approvals/{call.Id}", await tab.PathAsync());
        await tab.TypeAsync(Code, world.Code(ConsoleWorld.Nina));
        await tab.PressAsync(Approve);
        var ended = await world.EndAsync(call.Id);
        await tab.GoAsync(world.Address, $"/console/approvals/{call.Id}");

        Assert.Equal(CallState.Succeeded, ended.State);
        Assert.Contains("Done: Suspend user", await tab.TextAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain(tab.Complaints, complaint => complaint.Contains(world.Address.Authority, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Enter_InTheCodeField_DecidesNothing()
    {
        await using var browser = await Chromium.StartAsync();
        await using var world = await ConsoleWorld.StartAsync();
        var call = await world.AskHighAsync();
        var tab = await browser.TabAsync();
        await tab.GoAsync(world.Address, $"/console/approvals/{call.Id}");
        await tab.PressAsync("main a.button");
        await tab.PressAsync(AsNina);

        await tab.TypeAsync(Code, world.Code(ConsoleWorld.Nina));
        await tab.FocusAsync(Code);
        await tab.EnterAsync();
        await tab.EvaluateAsync("new Promise(done => setTimeout(done, 500))");

        Assert.Equal(6, (await tab.EvaluateAsync($"document.querySelector('{Code}').value")).Length);
        Assert.Equal(CallState.AwaitingApproval, (await world.FindAsync(call.Id)).State);
    }

    [Fact]
    public async Task List_IsKeptFresh_ButNotUnderSomebodysCursor()
    {
        await using var browser = await Chromium.StartAsync();
        await using var world = await ConsoleWorld.StartAsync();
        await world.AskHighAsync();
        var (held, watched) = (await browser.TabAsync(), await browser.TabAsync());
        foreach (var tab in new[] { held, watched })
        {
            await tab.GoAsync(world.Address, "/console/approvals");
            await tab.PressAsync("main a.button");
            await tab.PressAsync(AsNina);
        }

        await held.FocusAsync("td a");
        await world.AskMediumAsync();
        await Eventually.Is(() => watched.EvaluateAsync("document.querySelectorAll('tbody tr').length"), rows => rows == "2", seconds: 60);

        Assert.Equal(("false", "1"), (await held.EvaluateAsync("document.hidden"), await held.EvaluateAsync("document.querySelectorAll('tbody tr').length")));
    }

    [Fact]
    public async Task FirstVisit_IsUnderTwentyKilobytes()
    {
        await using var browser = await Chromium.StartAsync();
        await using var world = await ConsoleWorld.StartAsync();
        await world.AskHighAsync();
        await world.AskMediumAsync();
        var tab = await browser.TabAsync();

        await tab.GoAsync(world.Address, "/console/approvals");
        await tab.PressAsync("main a.button");
        var provider = tab.Bytes;
        await tab.PressAsync(AsNina);
        var bytes = tab.Bytes;
        TestContext.Current.SendDiagnosticMessage($"first visit: {bytes} bytes with the sign-in page and the provider's, {bytes - provider} from the sign-in on");

        Assert.InRange(bytes, 1000, 20_000);
    }
}
