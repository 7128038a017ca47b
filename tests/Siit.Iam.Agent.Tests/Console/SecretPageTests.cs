using System.Net;
using System.Text.RegularExpressions;
using Siit.Iam.Agent.Secrets;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Tests.Console;

/// <summary>A secret is shown by a button, once: programs that look after mail open every link before its reader does.</summary>
public sealed partial class SecretPageTests
{
    private const string Secret = "Tango-Quebec-42";

    [Fact]
    public async Task Link_OpenedByAnyProgram_ShowsNothingAndChangesNothing()
    {
        await using var world = await ConsoleWorld.StartAsync();
        var (path, kept) = await KeptAsync(world);
        using var scanner = world.Visitor();
        for (var i = 0; i < 3; i++)
        {
            var seen = await scanner.GetAsync(path);
            var fetched = await scanner.GetAsync(path, request => request.Headers.Add("Sec-Purpose", "prefetch"));
            var head = await scanner.GetAsync(path, request => request.Method = HttpMethod.Head);

            Assert.Equal(HttpStatusCode.OK, seen.Status);
            Assert.DoesNotContain(Secret, seen.Html + fetched.Html + head.Html, StringComparison.Ordinal);
            Assert.Contains("no-store", seen.Headers["Cache-Control"], StringComparison.Ordinal);
        }

        Assert.Equal((SecretState.Waiting, 1L), ((await world.Get<IStore>().GetAsync<OneTimeSecret>(kept.Record.Id))!.State, (await world.Get<IStore>().GetAsync<OneTimeSecret>(kept.Record.Id))!.Version));
    }

    [Fact]
    public async Task Button_WithoutThePagesOwnForm_ShowsNothing()
    {
        await using var world = await ConsoleWorld.StartAsync();
        var (path, kept) = await KeptAsync(world);
        using var visitor = world.Visitor();

        var posted = await visitor.PostAsync(path, [KeyValuePair.Create("_handler", "reveal")]);

        Assert.Equal(HttpStatusCode.BadRequest, posted.Status);
        Assert.DoesNotContain(Secret, posted.Html, StringComparison.Ordinal);
        Assert.Equal(SecretState.Waiting, (await world.Get<IStore>().GetAsync<OneTimeSecret>(kept.Record.Id))!.State);
    }

    [Fact]
    public async Task Button_PressedBySixtyFourAtOnce_ShowsItToOne()
    {
        await using var world = await ConsoleWorld.StartAsync();
        var (path, kept) = await KeptAsync(world);
        var visitors = Enumerable.Range(0, 64).Select(_ => world.Visitor()).ToList();
        var forms = await Task.WhenAll(visitors.Select(async visitor => Form(await visitor.GetAsync(path))));

        var pages = await Task.WhenAll(visitors.Select((visitor, i) => visitor.PostAsync(path, forms[i])));

        Assert.Single(pages, page => page.Html.Contains(Secret, StringComparison.Ordinal));
        Assert.All(pages, page => Assert.Equal(HttpStatusCode.OK, page.Status));
        Assert.Null((await world.Get<IStore>().GetAsync<OneTimeSecret>(kept.Record.Id))!.Sealed);
        Assert.Contains("shown already", (await visitors[0].GetAsync(path)).Text, StringComparison.Ordinal);
        visitors.ForEach(visitor => visitor.Dispose());
    }

    [Theory]
    [InlineData("/console/secret")]
    [InlineData("/console/secret?t=x")]
    public async Task Link_ThatLeadsNowhere_SaysSo(string path)
    {
        await using var world = await ConsoleWorld.StartAsync();
        using var visitor = world.Visitor();

        var page = await visitor.GetAsync(path);

        Assert.Equal(HttpStatusCode.NotFound, page.Status);
        Assert.Contains("leads nowhere", page.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Code_ForNoProof_IsWrongAsAnyOther()
    {
        await using var world = await ConsoleWorld.StartAsync();
        using var visitor = world.Visitor();
        var page = await visitor.GetAsync("/console/proof/proof_x");

        var answer = await visitor.PostAsync("/console/proof/proof_x", [.. Form(page), KeyValuePair.Create("Form.Code", "12345678")]);

        Assert.Contains("This code is wrong", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Vouching_NeedsTheManagersOwnSignIn()
    {
        await using var world = await ConsoleWorld.StartAsync();
        using var nobody = world.Visitor();
        using var ben = await world.VisitorAsync(ConsoleWorld.Ben);

        Assert.Equal(HttpStatusCode.Found, (await nobody.GetAsync("/console/vouch/proof_x")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await ben.GetAsync("/console/vouch/proof_x")).Status);
    }

    private static async Task<(string Path, KeptSecret Kept)> KeptAsync(ConsoleWorld world)
    {
        var kept = world.Get<SecretDesk>().Keep("call_1", "the temporary password of ben", new SecretText(Secret));
        Assert.True((await world.Get<IStore>().CommitAsync([Change.Create(kept.Record)])).Done);
        return ($"/console/secret?t={kept.Token.Reveal()}", kept);
    }

    private static Dictionary<string, string> Form(Page page) => Hidden().Matches(page.Html)
        .ToDictionary(input => input.Groups["name"].Value, input => WebUtility.HtmlDecode(input.Groups["value"].Value));

    [GeneratedRegex("<input type=\"hidden\" name=\"(?<name>[^\"]+)\" value=\"(?<value>[^\"]*)\"")]
    private static partial Regex Hidden();
}
