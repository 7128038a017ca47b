using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Siit.Iam.Emulator.Common;

namespace Siit.Iam.Emulator.Model;

/// <summary>
/// A chat completions server on loopback whose model is a script: as strict about requests as the real ones, so that a transcript
/// they would refuse is refused here. Speaks OpenAI's address and Azure's.
/// </summary>
internal sealed class ScriptedModel : IEmulated, IVendorAnswers, IAsyncDisposable
{
    /// <summary>The only key it accepts.</summary>
    public const string ApiKey = "sk-emulated-0123456789abcdefghijklmnop";

    /// <summary>The only model it has, and its deployment's name at Azure's address.</summary>
    public const string ModelName = "scripted";

    private readonly EmulatorOptions options;
    private readonly SeededIds ids;
    private readonly ConcurrentQueue<JsonObject> asked = new();
    private ModelScript script;
    private Listener? listener;

    private ScriptedModel(EmulatorOptions options, ModelScript script)
    {
        (this.options, this.script) = (options, script);
        ids = new(options.Seed);
    }

    /// <summary>Where an OpenAI client is pointed to.</summary>
    public Uri Endpoint => new(BaseAddress, "v1");

    public Uri BaseAddress => listener?.Address ?? throw new InvalidOperationException("Not started.");

    public FaultPlan Faults { get; } = new();

    public EffectLedger Ledger { get; } = new();

    public RequestLog Requests { get; } = new();

    /// <summary>The bodies of all requests that carried the key, in order, also those refused.</summary>
    public IReadOnlyList<JsonObject> Asked => [.. asked];

    string IVendorAnswers.RequestIdHeader => "x-request-id";

    /// <param name="script">Default: <see cref="TriageScript"/>.</param>
    /// <exception cref="IOException">The port is taken.</exception>
    public static async Task<ScriptedModel> StartAsync(int port = 0, ModelScript? script = null, EmulatorOptions? options = null)
    {
        var model = new ScriptedModel(options ?? new(), script ?? TriageScript.Answer);
        var faults = new FaultInjection(model.options, model.Faults, model.Requests, model);
        model.listener = await Listener.StartAsync(port, faults, routes => ControlRoutes.Map(routes, model), model.Map);
        return model;
    }

    /// <summary>From the next request on.</summary>
    public void Follow(ModelScript next) => script = next;

    public JsonNode DescribeState() => new JsonObject { ["model"] = ModelName, ["asked"] = new JsonArray([.. asked.Select(body => body.DeepClone())]) };

    public string? Arrange(JsonObject change) => "A scripted model has no state to arrange.";

    public void Reset()
    {
        asked.Clear();
        Faults.Clear();
        Requests.Clear();
    }

    string IVendorAnswers.NewRequestId() => "req_" + ids.New("", 24);

    Task IVendorAnswers.ThrottledAsync(HttpContext context, int resetSeconds)
    {
        context.Response.Headers.RetryAfter = $"{resetSeconds}";
        return WriteAsync(context, 429, ModelRefusal.Of("Rate limit reached for requests.", "requests", "rate_limit_exceeded"));
    }

    Task IVendorAnswers.FailedAsync(HttpContext context, int status) =>
        WriteAsync(context, status, ModelRefusal.Of("The server had an error while processing your request. Sorry about that!", "server_error", null));

    public ValueTask DisposeAsync() => listener?.DisposeAsync() ?? ValueTask.CompletedTask;

    private void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/chat/completions", context => RunAsync(context, Bearer(context), azure: false));
        routes.MapPost("/openai/deployments/{deployment}/chat/completions", context => RunAsync(context, context.Request.Headers["api-key"].ToString(), azure: true));
        routes.MapFallback(context => WriteAsync(context, 404, ModelRefusal.Of($"Invalid URL ({context.Request.Method} {context.Request.Path})", "invalid_request_error", null)));
    }

    private async Task RunAsync(HttpContext context, string key, bool azure)
    {
        try
        {
            SignIn(key);
            var body = await BodyAsync(context);
            asked.Enqueue(body);
            Named(context, body, azure);
            ChatRules.Check(body);
            var request = new ModelRequest(body);
            var reply = script(request);
            if (reply.Delay > TimeSpan.Zero)
                await Task.Delay(reply.Delay, context.RequestAborted);
            await WriteAsync(context, 200, Completion(request, reply));
        }
        catch (ModelRefusal refusal)
        {
            await WriteAsync(context, refusal.Status, refusal.Body);
        }
    }

    private JsonObject Completion(ModelRequest request, ModelReply reply)
    {
        var message = new JsonObject { ["role"] = "assistant", ["content"] = reply.Text, ["refusal"] = null };
        if (reply.Calls.Count > 0)
        {
            message["tool_calls"] = new JsonArray([.. reply.Calls.Select(call => new JsonObject
            {
                ["id"] = ids.New("call_", 29),
                ["type"] = "function",
                ["function"] = new JsonObject { ["name"] = call.Name, ["arguments"] = call.Arguments },
            })]);
        }

        var prompt = request.Body.ToJsonString().Length / 4;
        var completion = message.ToJsonString().Length / 4;
        return new JsonObject
        {
            ["id"] = ids.New("chatcmpl-", 38),
            ["object"] = "chat.completion",
            ["created"] = options.TimeProvider.GetUtcNow().ToUnixTimeSeconds(),
            ["model"] = ModelName,
            ["choices"] = new JsonArray(new JsonObject
            {
                ["index"] = 0,
                ["message"] = message,
                ["logprobs"] = null,
                ["finish_reason"] = reply.CutOff ? "length" : reply.Calls.Count > 0 ? "tool_calls" : "stop",
            }),
            ["usage"] = new JsonObject
            {
                ["prompt_tokens"] = reply.Tokens is null ? prompt : 0,
                ["completion_tokens"] = reply.Tokens ?? completion,
                ["total_tokens"] = reply.Tokens ?? prompt + completion,
            },
        };
    }

    private static void SignIn(string key)
    {
        if (key.Length == 0)
            throw new ModelRefusal(401, "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).");
        if (key != ApiKey)
            throw new ModelRefusal(401, "Incorrect API key provided.", "invalid_api_key");
    }

    private static void Named(HttpContext context, JsonObject body, bool azure)
    {
        if (azure)
        {
            if (context.Request.RouteValues["deployment"] as string != ModelName || !context.Request.Query.ContainsKey("api-version"))
                throw new ModelRefusal(404, "The API deployment for this resource does not exist.", "DeploymentNotFound");
        }
        else if (body["model"]?.GetValueKind() != JsonValueKind.String)
        {
            throw new ModelRefusal(400, "you must provide a model parameter");
        }
        else if (body["model"]!.GetValue<string>() != ModelName)
        {
            throw new ModelRefusal(404, $"The model `{body["model"]!.GetValue<string>()}` does not exist or you do not have access to it.", "model_not_found");
        }
    }

    private static string Bearer(HttpContext context) =>
        context.Request.Headers.Authorization.ToString() is { } header && header.StartsWith("Bearer ", StringComparison.Ordinal) ? header["Bearer ".Length..] : "";

    private static async Task<JsonObject> BodyAsync(HttpContext context)
    {
        try
        {
            return await JsonNode.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted) as JsonObject ?? throw new JsonException();
        }
        catch (JsonException)
        {
            throw new ModelRefusal(400, "We could not parse the JSON body of your request.");
        }
    }

    private static Task WriteAsync(HttpContext context, int status, JsonObject body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(body.ToJsonString(), context.RequestAborted);
    }
}
