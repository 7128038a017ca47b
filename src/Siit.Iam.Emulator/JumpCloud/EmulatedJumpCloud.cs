using System.Text.Json.Nodes;
using Siit.Iam.Emulator.Common;

namespace Siit.Iam.Emulator.JumpCloud;

/// <summary>A stateful stand-in for a JumpCloud organization, on loopback: <c>/api</c>, <c>/api/v2</c>, <c>/insights/directory/v1</c> and <c>/oauth2/token</c>.</summary>
internal sealed class EmulatedJumpCloud : IEmulated, IVendorAnswers, IAsyncDisposable
{
    private readonly Lock gate = new();
    private readonly EmulatorOptions options;
    private readonly SeededIds seeded;
    private readonly ObjectIds ids;
    // Apart from the others, or a read would change the ids of what is created after it.
    private readonly SeededIds requestIds;
    private readonly JumpCloudAccess access;
    private readonly JumpCloudTokenEndpoint tokens;
    private readonly ThrottleBuckets buckets;
    private readonly StateKeeper<JumpCloudState> keeper;
    private VersionedState<JumpCloudState> versions;
    private Listener? listener;

    private EmulatedJumpCloud(EmulatorOptions options)
    {
        this.options = options;
        seeded = new(options.Seed);
        ids = new(seeded);
        requestIds = new(options.Seed + 1);
        access = new(options.TimeProvider);
        tokens = new(access, requestIds, options);
        buckets = new(options);
        keeper = new(options, "jumpcloud", Kept);

        var kept = keeper.Read();
        versions = new(kept?.State ?? Seed(), options.TimeProvider);
        if (kept is null) return;
        Ledger.Restore(kept.Effects);
        seeded.Used = kept.IdsUsed;
    }

    /// <summary>The API key of the administrator <see cref="ApiKeyOwner"/>.</summary>
    public const string ApiKey = JumpCloudAccess.ApiKey;

    public const string ApiKeyOwner = "svc-siit@acme.example";

    /// <summary>Client id of the service account.</summary>
    public const string ClientId = JumpCloudSeed.ServiceClientId;

    public const string ClientSecret = JumpCloudSeed.ServiceClientSecret;

    public Uri BaseAddress => listener?.Address ?? throw new InvalidOperationException("Not started.");

    public JumpCloudState State
    {
        get
        {
            lock (gate) return versions.Current;
        }
    }

    public EffectLedger Ledger { get; } = new();

    public FaultPlan Faults { get; } = new();

    public RequestLog Requests { get; } = new();

    string IVendorAnswers.RequestIdHeader => "X-Request-Id";

    public static async Task<EmulatedJumpCloud> StartAsync(EmulatorOptions? options = null)
    {
        var jumpCloud = new EmulatedJumpCloud(options ?? new());
        var faults = new FaultInjection(jumpCloud.options, jumpCloud.Faults, jumpCloud.Requests, jumpCloud);
        jumpCloud.listener = await Listener.StartAsync(jumpCloud.options.Port, faults, routes => ControlRoutes.Map(routes, jumpCloud), jumpCloud.Map);
        return jumpCloud;
    }

    /// <summary>The user with this username, email or id; throws when there is none.</summary>
    public JumpCloudUser User(string idOrLogin) => State.FindUser(idOrLogin) ?? throw new KeyNotFoundException(idOrLogin);

    /// <summary>The group with this name.</summary>
    public JumpCloudGroup Group(string name) => State.Groups.Values.Single(g => g.Name == name);

    /// <summary>The application with this label.</summary>
    public JumpCloudApp App(string label) => State.Apps.Values.Single(a => a.Label == label);

    public JsonNode DescribeState() => JumpCloudScene.Describe(State);

    public string? Arrange(JsonObject change)
    {
        lock (gate)
        {
            var (state, error) = JumpCloudScene.Arrange(versions.Current, change, ids, options.TimeProvider.GetUtcNow());
            if (error is null) Commit(state);
            return error;
        }
    }

    public void Reset()
    {
        lock (gate)
        {
            seeded.Used = 0;
            versions = new(Seed(), options.TimeProvider);
            Ledger.Restore([]);
            Faults.Clear();
            Requests.Clear();
            buckets.Clear();
            keeper.Save();
        }
    }

    string IVendorAnswers.NewRequestId() => requestIds.New("req", 24);

    // JumpCloud publishes neither quotas nor a header that says when one opens again.
    Task IVendorAnswers.ThrottledAsync(HttpContext context, int resetSeconds) => ThrottledAsync(context);

    Task IVendorAnswers.FailedAsync(HttpContext context, int status) =>
        JsonExchange.WriteAsync(context, status, JumpCloudErrors.Body(status, status == 503 ? "Service Unavailable" : "Internal Server Error"));

    public async ValueTask DisposeAsync()
    {
        if (listener is not null) await listener.DisposeAsync();
        await keeper.DisposeAsync();
    }

    private JumpCloudState Seed() => new JumpCloudSeed(options, ids).Create();

    private void Map(IEndpointRouteBuilder routes)
    {
        foreach (var route in JumpCloudRoutes.All) routes.MapMethods(route.Pattern, [route.Method], context => RunAsync(context, route));
        routes.MapPost("/oauth2/token", TokenAsync);
        routes.MapFallback(context => JsonExchange.WriteAsync(context, 404, JumpCloudErrors.NotFound().Body()));
    }

    private async Task TokenAsync(HttpContext context)
    {
        if (buckets.Take("POST /oauth2/token").Exhausted)
        {
            await ThrottledAsync(context);
            return;
        }

        context.Response.Headers.CacheControl = "no-store";
        if (!context.Request.HasFormContentType)
        {
            await JsonExchange.WriteAsync(context, 400, new JsonObject { ["error"] = "invalid_request", ["error_description"] = "A form is expected." });
            return;
        }

        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        var (status, body) = tokens.Issue(form, context.Request.Headers.Authorization, State);
        await JsonExchange.WriteAsync(context, status, body);
    }

    private async Task RunAsync(HttpContext context, JumpCloudRoute route)
    {
        if (buckets.Take(route.Bucket).Exhausted)
        {
            await ThrottledAsync(context);
            return;
        }

        try
        {
            var body = await JsonExchange.ReadAsync(context, () => JumpCloudErrors.Invalid("The request body is no JSON."));
            var answer = Run(context, route, body);
            foreach (var (name, value) in answer.Headers) context.Response.Headers[name] = value;
            await JsonExchange.WriteAsync(context, answer.Status, answer.Body);
        }
        catch (JumpCloudRefusal refusal)
        {
            await JsonExchange.WriteAsync(context, refusal.Status, refusal.Body());
        }
    }

    /// <summary>One request at a time: what a route saw is what it changes.</summary>
    private JumpCloudAnswer Run(HttpContext context, JumpCloudRoute route, JsonNode? body)
    {
        lock (gate)
        {
            var exchange = Exchange.Of(context);
            var caller = access.Authenticate(context.Request.Headers, versions.Current);
            exchange.By = caller.Name;
            JumpCloudAccess.Demand(caller, route.Scopes);
            var seen = exchange.Fault is { Kind: FaultKind.StaleReads } stale ? versions.Past(stale) : versions.Current;
            var request = new JumpCloudRequest(context, seen, caller, body, ids, options);
            var answer = route.Run(request);
            if (request.Effects.Count == 0 && request.Events.Count == 0) return answer;
            foreach (var effect in request.Effects) Ledger.Add(request.Now, effect.Verb, effect.Objects, caller.Name, exchange.RequestId, effect.Detail);
            exchange.Changed = request.Effects.Count > 0;
            Commit(request.State.With(request.Events));
            return answer;
        }
    }

    private void Commit(JumpCloudState state)
    {
        versions.Commit(state);
        keeper.Save();
    }

    private Kept<JumpCloudState> Kept()
    {
        lock (gate) return new(versions.Current, Ledger.Effects, seeded.Used, "");
    }

    private static Task ThrottledAsync(HttpContext context) => JsonExchange.WriteAsync(context, 429, JumpCloudErrors.Body(429, "Too Many Requests"));
}
