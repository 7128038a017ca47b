using System.Text;
using System.Text.Json.Nodes;
using Siit.Iam.Emulator.Model;

namespace Siit.Iam.Agent.Tests.Playbooks.Agents;

/// <summary>The scripted model refuses what the real ones refuse; otherwise the tests before it would prove nothing.</summary>
public sealed class ScriptedModelTests
{
    private const string Asked = """{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}},{"id":"c2","type":"function","function":{"name":"f","arguments":"{}"}}]}""";

    public static TheoryData<string, string, string?> Transcripts => new()
    {
        { "a plain question", """[{"role":"user","content":"hi"}]""", null },
        { "every call answered", $$"""[{"role":"user","content":"hi"},{{Asked}},{"role":"tool","tool_call_id":"c2","content":"x"},{"role":"tool","tool_call_id":"c1","content":"x"}]""", null },
        { "a call unanswered", $$"""[{"role":"user","content":"hi"},{{Asked}},{"role":"tool","tool_call_id":"c1","content":"x"}]""", "did not have response messages: c2" },
        { "a user between", $$"""[{{Asked}},{"role":"tool","tool_call_id":"c1","content":"x"},{"role":"user","content":"and?"}]""", "did not have response messages: c2" },
        { "an answer to nothing", """[{"role":"user","content":"hi"},{"role":"tool","tool_call_id":"c1","content":"x"}]""", "must be a response to a preceeding message" },
        { "an answer twice", $$"""[{{Asked}},{"role":"tool","tool_call_id":"c1","content":"x"},{"role":"tool","tool_call_id":"c1","content":"x"}]""", "must be a response to a preceeding message" },
        { "a result encoded twice", $$"""[{{Asked}},{"role":"tool","tool_call_id":"c1","content":"\"x\""},{"role":"tool","tool_call_id":"c2","content":"x"}]""", "encoded twice" },
        { "an unknown role", """[{"role":"approver","content":"yes"}]""", "Invalid value: 'approver'" },
        { "no content", """[{"role":"user"}]""", "Invalid value for 'content'" },
        { "nothing", "[]", "empty array" },
    };

    [Theory]
    [MemberData(nameof(Transcripts))]
    public async Task Transcript_LikeThis_IsAnsweredOrRefused(string what, string messages, string? refusal)
    {
        await using var model = await ScriptedModel.StartAsync(script: ModelScripts.Turns(ModelReply.Saying("ok")));

        var (status, body) = await PostAsync(model, $$"""{"model":"scripted","messages":{{messages}}}""", ScriptedModel.ApiKey);

        Assert.True((refusal is null ? 200 : 400) == status, $"{what}: {body}");
        if (refusal is not null)
            Assert.Contains(refusal, body["error"]!["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "{\"model\":\"scripted\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}", 401)]
    [InlineData("sk-wrong", "{\"model\":\"scripted\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}", 401)]
    [InlineData(ScriptedModel.ApiKey, "{\"model\":\"gpt-99\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}", 404)]
    [InlineData(ScriptedModel.ApiKey, "{\"model\":", 400)]
    [InlineData(ScriptedModel.ApiKey, "{\"model\":\"scripted\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"tool_choice\":\"auto\"}", 400)]
    [InlineData(ScriptedModel.ApiKey, "{\"model\":\"scripted\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"made_up\":1}", 400)]
    public async Task Request_LikeThis_IsRefused(string key, string body, int status)
    {
        await using var model = await ScriptedModel.StartAsync();

        Assert.Equal(status, (await PostAsync(model, body, key)).Status);
    }

    private static async Task<(int Status, JsonNode Body)> PostAsync(ScriptedModel model, string body, string key)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{model.Endpoint}/chat/completions") { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        if (key.Length > 0)
            request.Headers.Authorization = new("Bearer", key);
        using var response = await http.SendAsync(request);
        return ((int)response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync())!);
    }
}
