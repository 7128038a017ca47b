using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Mcp;

namespace Siit.Iam.Agent.Tests.Mcp;

public sealed class McpMessagesTests
{
    public static TheoryData<string, string, int, HttpStatusCode, string> Broken => new()
    {
        { "no JSON", "{\"jsonrpc\":", JsonRpcErrors.ParseError, HttpStatusCode.BadRequest, "not valid JSON" },
        { "nothing", "", JsonRpcErrors.ParseError, HttpStatusCode.BadRequest, "not valid JSON" },
        { "a batch", """[{"jsonrpc":"2.0","id":1,"method":"ping"}]""", JsonRpcErrors.InvalidRequest, HttpStatusCode.BadRequest, "Batches" },
        { "a text", "\"ping\"", JsonRpcErrors.InvalidRequest, HttpStatusCode.BadRequest, "JSON object" },
        { "another protocol", """{"id":1,"method":"ping"}""", JsonRpcErrors.InvalidRequest, HttpStatusCode.BadRequest, "'jsonrpc'" },
        { "no method", """{"jsonrpc":"2.0","id":1}""", JsonRpcErrors.InvalidRequest, HttpStatusCode.BadRequest, "'method'" },
        { "method of numbers", """{"jsonrpc":"2.0","id":1,"method":5}""", JsonRpcErrors.InvalidRequest, HttpStatusCode.BadRequest, "'method'" },
        { "id of an object", """{"jsonrpc":"2.0","id":{},"method":"ping"}""", JsonRpcErrors.InvalidRequest, HttpStatusCode.BadRequest, "'id'" },
        { "params of a list", """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":[]}""", JsonRpcErrors.InvalidParams, HttpStatusCode.BadRequest, "'params'" },
        { "call without name", """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{}}""", JsonRpcErrors.InvalidParams, HttpStatusCode.BadRequest, "'params.name'" },
        { "two methods", """{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/list"}""", JsonRpcErrors.InvalidRequest, HttpStatusCode.BadRequest, "twice" },
        { "two sets of arguments", """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"find_person","arguments":{"person":"a"},"arguments":{"person":"b"}}}""", JsonRpcErrors.InvalidRequest, HttpStatusCode.BadRequest, "twice" },
        { "meta without bottom", """{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{"a":""" + Nested(5000) + "}}}", JsonRpcErrors.InvalidRequest, HttpStatusCode.BadRequest, "nested" },
        { "half a surrogate in meta", """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"find_person","_meta":{"x":"\ud800"},"arguments":{}}}""", JsonRpcErrors.InvalidRequest, HttpStatusCode.BadRequest, "surrogate" },
        { "too large", $$$"""{"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":"{{{new string('x', 1024 * 1024)}}}"}}""", JsonRpcErrors.InvalidRequest, HttpStatusCode.RequestEntityTooLarge, "bytes" },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public async Task Message_ThatIsNone_GetsAJsonRpcError(string story, string body, int code, HttpStatusCode status, string words)
    {
        await using var host = await McpHost.StartAsync();
        await host.CallerAsync();

        using var response = await host.PostAsync(body);
        var error = (await McpHost.MessageAsync(response))["error"]!;

        Assert.Equal((story, code, status), (story, error["code"]!.GetValue<int>(), response.StatusCode));
        Assert.Contains(words, error["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Message_InAnotherEncodingOrKind_GetsAJsonRpcError()
    {
        await using var host = await McpHost.StartAsync();
        await host.CallerAsync();

        using var latin = await host.PostAsync("", request => request.Content = Json([.. "{\"a\":\""u8, 0xE9, .. "\"}"u8]));
        using var text = await host.PostAsync("", request => request.Content = new StringContent("""{"jsonrpc":"2.0","id":1,"method":"ping"}""", Encoding.UTF8, "text/plain"));

        Assert.Equal((HttpStatusCode.BadRequest, HttpStatusCode.UnsupportedMediaType), (latin.StatusCode, text.StatusCode));
        Assert.Contains("UTF-8", (await McpHost.MessageAsync(latin))["error"]!["message"]!.GetValue<string>(), StringComparison.Ordinal);

        static ByteArrayContent Json(byte[] bytes)
        {
            var content = new ByteArrayContent(bytes);
            content.Headers.ContentType = new("application/json");
            return content;
        }
    }

    public static TheoryData<string, string, string> BadArguments => new()
    {
        { "a number", """{"person":5}""", "'person' must be a string, not a number." },
        { "null", """{"person":null}""", "'person' is missing." },
        { "number as text", """{"group":"g","limit":"5"}""", "'limit' must be an integer, not a string." },
        { "given twice", """{"person":"ana@acme.example","person":"ben@acme.example"}""", "'person: given twice' is not an argument" },
        { "no object", "[1,2]", "'arguments: must be an object' is not an argument" },
        { "a text", "\"ana@acme.example\"", "'arguments: must be an object' is not an argument" },
        { "a list", """{"person":["ana@acme.example"]}""", "'person' must be a string, not an array." },
        { "without bottom", """{"person":""" + Nested(100_000) + "}", "'person: nested too deeply' is not an argument" },
        { "huge", $$$"""{"person":"{{{new string('x', 500_000)}}}"}""", "'person' has 500000 characters; at most 320 are allowed." },
        { "half a surrogate", """{"person":"ana\ud800@acme.example"}""", "(U+FFFD)" },
        { "half a surrogate as a name", """{"\ud800":1,"person":"ana@acme.example"}""", "is not an argument" },
        { "turned around", "{\"person\":\"ana\u202e@acme.example\"}", "(U+202E)" },
        { "unknown", """{"person":"ana@acme.example","force":true}""", "'force' is not an argument of this action" },
        { "a thousand unknown", "{" + string.Join(',', Enumerable.Range(0, 1000).Select(i => $"\"a{i}\":1")) + "}", "'a0' is not an argument" },
        { "other case", """{"Person":"ana@acme.example"}""", "'Person' is not an argument" },
    };

    [Theory]
    [MemberData(nameof(BadArguments))]
    public async Task Arguments_OfAnyOtherShape_AreRefusedByTheGateAndAudited(string story, string arguments, string words)
    {
        await using var host = await McpHost.StartAsync();
        await host.CallerAsync();

        var answer = await host.CallRawAsync(story == "number as text" ? "list_members" : "find_person", arguments);
        var result = answer["result"]!;

        Assert.Equal((story, true, "refused", "invalid_input"), (
            story,
            result["isError"]!.GetValue<bool>(),
            result["structuredContent"]!["state"]!.GetValue<string>(),
            result["structuredContent"]!["code"]!.GetValue<string>()));
        Assert.Contains(words, result["structuredContent"]!["message"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Contains(words, result["content"]![0]!["text"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.True(answer.ToJsonString().Length < 20_000);
        Assert.Equal(1, host.World.Audit().Count(entry => entry.Kind == AuditKinds.CallReceived));
        Assert.Contains(host.World.Audit(), entry => entry.Kind == AuditKinds.CallRefused);
    }

    [Theory]
    [InlineData("{}", "invalid_input", "'call' is missing.")]
    [InlineData("""{"call":7}""", "invalid_input", "'call' must be a string")]
    [InlineData("""{"call":"x","call":"y"}""", "invalid_input", "'call: given twice'")]
    [InlineData("""{"call":"call_01jdv8c2m3x5e7kqw9r4tznbyh"}""", "not_found", "no call with that id")]
    public async Task GetCall_OfWhatIsNone_IsRefused(string arguments, string code, string words)
    {
        await using var host = await McpHost.StartAsync();
        await host.CallerAsync();

        foreach (var tool in new[] { "get_call", "cancel_call" })
        {
            var result = (await host.CallRawAsync(tool, arguments))["result"]!;
            Assert.True(result["isError"]!.GetValue<bool>());
            Assert.Equal(code, result["structuredContent"]!["code"]!.GetValue<string>());
            Assert.Contains(words, result["structuredContent"]!["message"]!.GetValue<string>(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Arguments_SeveralThingsWrong_AreAllNamedAtOnce()
    {
        await using var host = await McpHost.StartAsync();
        await host.CallerAsync();

        var message = (await host.CallRawAsync("reset_password", """{"mode":"mail","dry_run":"yes","colour":1}"""))["result"]!["structuredContent"]!["message"]!.GetValue<string>();

        foreach (var words in new[] { "'person' is missing", "'reason' is missing", "'mode' must be one of link, temporary, expire", "'dry_run' must be a boolean, not a string", "'colour' is not an argument" })
            Assert.Contains(words, message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tool_Unknown_IsAProtocolError()
    {
        await using var host = await McpHost.StartAsync();
        await host.CallerAsync();

        var answer = await host.CallRawAsync("approve_call", "{}");

        Assert.Equal(JsonRpcErrors.InvalidParams, answer["error"]!["code"]!.GetValue<int>());
        Assert.Contains("There is no tool 'approve_call'", answer["error"]!["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Gate_ThatCannotWriteItsAudit_IsARefusalAndNotAnSdkText()
    {
        await using var host = await McpHost.StartAsync();
        await host.CallerAsync();
        await host.World.Get<AuditLog>().DisposeAsync();

        var result = (await host.CallRawAsync("find_person", """{"person":"ana@acme.example"}"""))["result"]!;

        Assert.True(result["isError"]!.GetValue<bool>());
        Assert.Equal("audit_unavailable", result["structuredContent"]!["code"]!.GetValue<string>());
    }

    private static string Nested(int depth) => new string('[', depth) + new string(']', depth);
}
