using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Siit.Iam.Emulator.Common;

namespace Siit.Iam.Emulator.Okta;

/// <summary>A stateful stand-in for an Okta org, on loopback.</summary>
internal sealed class EmulatedOkta : IEmulated, IVendorAnswers, IAsyncDisposable
{
    // One pair per process: making an RSA key takes longer than starting the rest.
    private static readonly Lazy<string> NewPrivateKey = new(() =>
    {
        using var rsa = RSA.Create(2048);
        return rsa.ExportPkcs8PrivateKeyPem();
    });

    private readonly Lock gate = new();
    private readonly EmulatorOptions options;
    private readonly SeededIds ids;
    // Apart from the others, or a read would change the ids of what is created after it.
    private readonly SeededIds requestIds;
    private readonly OktaAccess access;
    private readonly OktaTokenEndpoint tokens;
    private readonly OktaIdTokens idTokens;
    private readonly ThrottleBuckets buckets;
    private readonly OktaCache cache = new();
    private readonly StateKeeper<OktaState> keeper;
    private VersionedState<OktaState> versions;
    private Listener? listener;

    private EmulatedOkta(EmulatorOptions options)
    {
        this.options = options;
        ids = new(options.Seed);
        requestIds = new(options.Seed + 1);
        var dpop = new OktaDpop(options);
        access = new(options.TimeProvider, dpop);
        tokens = new(access, dpop, requestIds, options);
        SignIn = new(options, requestIds, () => State, Origin);
        idTokens = new(options, requestIds, SignIn, () => State);
        buckets = new(options);
        keeper = new(options, "okta", Kept);

        var kept = keeper.Read();
        PrivateKeyPem = kept?.PrivateKeyPem ?? NewPrivateKey.Value;
        versions = new(kept?.State ?? Seed(), options.TimeProvider);
        if (kept is null) return;
        Ledger.Restore(kept.Effects);
        ids.Used = kept.IdsUsed;
    }

    /// <summary>The SSWS token of <c>svc-siit@acme.example</c>.</summary>
    public const string SswsToken = OktaAccess.SswsToken;

    /// <summary>Client id of the service app.</summary>
    public const string ClientId = OktaSeed.ServiceClientId;

    /// <summary>The service app's private key (PKCS#8, RSA).</summary>
    public string PrivateKeyPem { get; }

    public Uri BaseAddress => listener?.Address ?? throw new InvalidOperationException("Not started.");

    public OktaState State
    {
        get
        {
            lock (gate) return versions.Current;
        }
    }

    /// <summary>Where people sign in; see <see cref="OktaWebApp"/>.</summary>
    public OktaSignIn SignIn { get; }

    public EffectLedger Ledger { get; } = new();

    public FaultPlan Faults { get; } = new();

    public RequestLog Requests { get; } = new();

    string IVendorAnswers.RequestIdHeader => "X-Okta-Request-Id";

    public static async Task<EmulatedOkta> StartAsync(EmulatorOptions? options = null)
    {
        var okta = new EmulatedOkta(options ?? new());
        var faults = new FaultInjection(okta.options, okta.Faults, okta.Requests, okta);
        okta.listener = await Listener.StartAsync(okta.options.Port, faults, routes => ControlRoutes.Map(routes, okta), okta.Map);
        return okta;
    }

    /// <summary>The user with this login or id; throws when there is none.</summary>
    public OktaUser User(string idOrLogin) => State.FindUser(idOrLogin) ?? throw new KeyNotFoundException(idOrLogin);

    /// <summary>The group with this name.</summary>
    public OktaGroup Group(string name) => State.Groups.Values.Single(g => g.Name == name);

    /// <summary>The application with this label.</summary>
    public OktaApp App(string label) => State.Apps.Values.Single(a => a.Label == label);

    public JsonNode DescribeState() => OktaScene.Describe(State);

    public string? Arrange(JsonObject change)
    {
        lock (gate)
        {
            var (state, error) = OktaScene.Arrange(versions.Current, change, ids, options.TimeProvider.GetUtcNow());
            if (error is null) Commit(state);
            return error;
        }
    }

    public void Reset()
    {
        lock (gate)
        {
            ids.Used = 0;
            versions = new(Seed(), options.TimeProvider);
            Ledger.Restore([]);
            Faults.Clear();
            Requests.Clear();
            buckets.Clear();
            SignIn.Clear();
            keeper.Save();
        }
    }

    string IVendorAnswers.NewRequestId() => requestIds.New("req", 24);

    Task IVendorAnswers.ThrottledAsync(HttpContext context, int resetSeconds) =>
        ThrottledAsync(context, options.RequestsPerMinute, options.TimeProvider.GetUtcNow().AddSeconds(resetSeconds));

    Task IVendorAnswers.FailedAsync(HttpContext context, int status) =>
        JsonExchange.WriteAsync(context, status, OktaErrors.Body(status == 503 ? "E0000010" : "E0000009", status == 503 ? "Service is in read only mode." : "Internal Server Error", Exchange.Of(context).RequestId));

    public async ValueTask DisposeAsync()
    {
        if (listener is not null) await listener.DisposeAsync();
        await keeper.DisposeAsync();
    }

    private OktaState Seed()
    {
        using var rsa = RSA.Create();
        rsa.ImportFromPem(PrivateKeyPem);
        return new OktaSeed(options, ids, rsa.ExportSubjectPublicKeyInfoPem()).Create();
    }

    private void Map(IEndpointRouteBuilder routes)
    {
        foreach (var route in OktaRoutes.All) routes.MapMethods(route.Pattern, [route.Method], context => RunAsync(context, route));
        routes.MapPost("/oauth2/v1/token", TokenAsync);
        SignIn.Map(routes, idTokens);
        routes.MapFallback(context => JsonExchange.WriteAsync(context, 404, OktaErrors.Body("E0000022", "The endpoint does not support the provided HTTP method", Exchange.Of(context).RequestId)));
    }

    private async Task TokenAsync(HttpContext context)
    {
        if (!context.Request.HasFormContentType)
        {
            await JsonExchange.WriteAsync(context, 400, new JsonObject { ["error"] = "invalid_request", ["error_description"] = "A form is expected." });
            return;
        }

        if (await IsThrottledAsync(context, "POST /oauth2/v1/token")) return;
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        var (status, body, nonce) = form["grant_type"] == "authorization_code"
            ? idTokens.Redeem(form, context.Request.Headers.Authorization, Origin(context))
            : await tokens.IssueAsync(form, State, context.Request.Headers["DPoP"], Origins(context));
        if (nonce is not null) context.Response.Headers["dpop-nonce"] = nonce;
        context.Response.Headers.CacheControl = "no-store";
        await JsonExchange.WriteAsync(context, status, body);
    }

    private async Task RunAsync(HttpContext context, OktaRoute route)
    {
        if (await IsThrottledAsync(context, route.Bucket)) return;
        var exchange = Exchange.Of(context);
        try
        {
            var body = await JsonExchange.ReadAsync(context, OktaErrors.BadBody);
            var answer = Run(context, route, exchange, body);
            if (answer.Links.Count > 0) context.Response.Headers.Link = answer.Links.ToArray();
            if (answer.Items is { } items) await WriteAsync(context, items);
            else await JsonExchange.WriteAsync(context, answer.Status, answer.Body);
        }
        catch (OktaRefusal refusal)
        {
            await JsonExchange.WriteAsync(context, refusal.Status, refusal.Body(exchange.RequestId));
        }
    }

    /// <summary>One request at a time: what a route saw is what it changes.</summary>
    private OktaAnswer Run(HttpContext context, OktaRoute route, Exchange exchange, JsonNode? body)
    {
        lock (gate)
        {
            var settled = LifecycleRoutes.Settle(versions.Current, options.TimeProvider.GetUtcNow());
            if (!ReferenceEquals(settled, versions.Current)) Commit(settled);
            var caller = access.Authenticate(context.Request, settled, Origins(context));
            exchange.By = caller.Actor.AlternateId;
            OktaAccess.Demand(caller, route.Scope, route.Right);
            var seen = exchange.Fault is { Kind: FaultKind.StaleReads } stale ? versions.Past(stale) : settled;
            var request = new OktaRequest(context, seen, caller, body, ids, options, cache, exchange.RequestId);
            var answer = route.Run(request);
            if (request.Effects.Count == 0 && request.Events.Count == 0) return answer;
            foreach (var effect in request.Effects) Ledger.Add(request.Now, effect.Verb, effect.Objects, caller.Actor.AlternateId, exchange.RequestId, effect.Detail);
            exchange.Changed = request.Effects.Count > 0;
            Commit(request.State with { Log = request.State.Log.AddRange(request.Events) });
            return answer;
        }
    }

    /// <summary>Names that a client may know this org by: its own, and the proxy's in front of it.</summary>
    private string[] Origins(HttpContext context) => options.BehindProxies is { } proxy
        ? [$"{context.Request.Scheme}://{context.Request.Host}", proxy.GetLeftPart(UriPartial.Authority), BaseAddress.GetLeftPart(UriPartial.Authority)]
        : [$"{context.Request.Scheme}://{context.Request.Host}"];

    /// <summary>The name that this org calls itself by.</summary>
    private string Origin(HttpContext context) => options.BehindProxies?.GetLeftPart(UriPartial.Authority) ?? Origins(context)[0];

    private void Commit(OktaState state)
    {
        versions.Commit(state);
        keeper.Save();
    }

    private Kept<OktaState> Kept()
    {
        lock (gate) return new(versions.Current, Ledger.Effects, ids.Used, PrivateKeyPem);
    }

    private async Task<bool> IsThrottledAsync(HttpContext context, string bucket)
    {
        var throttle = buckets.Take(bucket);
        if (throttle.Exhausted)
        {
            await ThrottledAsync(context, throttle.Limit, throttle.Reset);
            return true;
        }

        LimitHeaders(context, throttle.Limit, throttle.Remaining, throttle.Reset);
        return false;
    }

    private static Task ThrottledAsync(HttpContext context, int limit, DateTimeOffset reset)
    {
        LimitHeaders(context, limit, 0, reset);
        return JsonExchange.WriteAsync(context, 429, OktaErrors.Body("E0000047", OktaErrors.ThrottledSummary, Exchange.Of(context).RequestId));
    }

    private static void LimitHeaders(HttpContext context, int limit, int remaining, DateTimeOffset reset)
    {
        context.Response.Headers["X-Rate-Limit-Limit"] = $"{limit}";
        context.Response.Headers["X-Rate-Limit-Remaining"] = $"{remaining}";
        context.Response.Headers["X-Rate-Limit-Reset"] = $"{reset.ToUnixTimeSeconds()}";
    }

    private static async Task WriteAsync(HttpContext context, IReadOnlyList<ReadOnlyMemory<byte>> items)
    {
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = items.Sum(i => (long)i.Length) + Math.Max(items.Count - 1, 0) + 2;
        var body = context.Response.BodyWriter;
        body.Write("["u8);
        for (var i = 0; i < items.Count; i++)
        {
            if (i > 0) body.Write(","u8);
            body.Write(items[i].Span);
        }

        body.Write("]"u8);
        await body.FlushAsync(context.RequestAborted);
    }
}
