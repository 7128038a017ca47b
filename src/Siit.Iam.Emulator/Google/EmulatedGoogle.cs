using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Siit.Iam.Emulator.Common;

namespace Siit.Iam.Emulator.Google;

/// <summary>A stateful stand-in for a Google Workspace tenant, on loopback: Directory, Reports, the groups of Cloud Identity, and sign-in.</summary>
internal sealed class EmulatedGoogle : IEmulated, IVendorAnswers, IAsyncDisposable
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
    private readonly GoogleAccess access;
    private readonly GoogleTokenEndpoint tokens;
    private readonly ThrottleBuckets buckets;
    private readonly StateKeeper<GoogleState> keeper;
    private readonly string privateKeyPem;
    private VersionedState<GoogleState> versions;
    private Listener? listener;

    private EmulatedGoogle(EmulatorOptions options)
    {
        this.options = options;
        ids = new(options.Seed);
        requestIds = new(options.Seed + 1);
        access = new(options.TimeProvider);
        tokens = new(access, requestIds, options);
        buckets = new(options);
        keeper = new(options, "google", Kept);

        var kept = keeper.Read();
        privateKeyPem = kept?.PrivateKeyPem ?? NewPrivateKey.Value;
        versions = new(kept?.State ?? Seed(), options.TimeProvider);
        if (kept is null) return;
        Ledger.Restore(kept.Effects);
        ids.Used = kept.IdsUsed;
    }

    /// <summary>The administrator that the service account acts as.</summary>
    public const string Subject = GoogleSeed.Subject;

    /// <summary>The service account's key as Google hands it out.</summary>
    public string KeyJson => new JsonObject
    {
        ["type"] = "service_account",
        ["project_id"] = "acme-siit",
        ["private_key_id"] = "emulated",
        ["private_key"] = privateKeyPem,
        ["client_email"] = GoogleSeed.ServiceAccount,
        ["client_id"] = State.ServiceAccounts[GoogleSeed.ServiceAccount].UniqueId,
        ["token_uri"] = TokenAddress.AbsoluteUri,
    }.ToJsonString();

    public Uri BaseAddress => listener?.Address ?? throw new InvalidOperationException("Not started.");

    public Uri TokenAddress => new(BaseAddress, "/token");

    public GoogleState State
    {
        get
        {
            lock (gate) return versions.Current;
        }
    }

    public EffectLedger Ledger { get; } = new();

    public FaultPlan Faults { get; } = new();

    public RequestLog Requests { get; } = new();

    // Google names its requests nowhere; this is for whoever looks at the emulator.
    string IVendorAnswers.RequestIdHeader => "X-Emulator-Request-Id";

    public static async Task<EmulatedGoogle> StartAsync(EmulatorOptions? options = null)
    {
        var google = new EmulatedGoogle(options ?? new());
        var faults = new FaultInjection(google.options, google.Faults, google.Requests, google);
        google.listener = await Listener.StartAsync(google.options.Port, faults, routes => ControlRoutes.Map(routes, google), google.Map);
        return google;
    }

    /// <summary>The user with this address or id; throws when there is none.</summary>
    public GoogleUser User(string key) => State.FindUser(key) ?? throw new KeyNotFoundException(key);

    /// <summary>The group with this name.</summary>
    public GoogleGroup Group(string name) => State.Groups.Values.Single(g => g.Name == name);

    public JsonNode DescribeState() => GoogleScene.Describe(State);

    public string? Arrange(JsonObject change)
    {
        lock (gate)
        {
            var (state, error) = GoogleScene.Arrange(versions.Current, change, ids, options.TimeProvider.GetUtcNow());
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
            keeper.Save();
        }
    }

    string IVendorAnswers.NewRequestId() => requestIds.New("req", 24);

    /// <summary>A rate is used up for seconds, a quota for a minute and more; both are a 403 that does not say for how long.</summary>
    Task IVendorAnswers.ThrottledAsync(HttpContext context, int resetSeconds) => WriteAsync(context, 403, resetSeconds < 60
        ? GoogleErrors.Body(403, "userRateLimitExceeded", "User Rate Limit Exceeded")
        : GoogleErrors.Body(403, "quotaExceeded", "Quota exceeded for the current request"));

    Task IVendorAnswers.FailedAsync(HttpContext context, int status) => WriteAsync(context, status, GoogleErrors.Failure(status));

    public async ValueTask DisposeAsync()
    {
        if (listener is not null) await listener.DisposeAsync();
        await keeper.DisposeAsync();
    }

    private GoogleState Seed()
    {
        using var rsa = RSA.Create();
        rsa.ImportFromPem(privateKeyPem);
        return new GoogleSeed(options, ids, rsa.ExportSubjectPublicKeyInfoPem()).Create();
    }

    private void Map(IEndpointRouteBuilder routes)
    {
        foreach (var route in GoogleRoutes.All) routes.MapMethods(route.Pattern, [route.Method], context => RunAsync(context, route));
        routes.MapPost("/token", TokenAsync);
        routes.MapFallback(context => WriteAsync(context, 404, GoogleErrors.Body(404, "notFound", "Not Found")));
    }

    private async Task TokenAsync(HttpContext context)
    {
        if (!context.Request.HasFormContentType)
        {
            await WriteAsync(context, 400, new JsonObject { ["error"] = "invalid_request", ["error_description"] = "Bad Request" });
            return;
        }

        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        var (status, body) = await tokens.IssueAsync(form, State);
        context.Response.Headers.CacheControl = "no-store";
        await WriteAsync(context, status, body);
    }

    private async Task RunAsync(HttpContext context, GoogleRoute route)
    {
        if (buckets.Take(route.Bucket).Exhausted)
        {
            await ((IVendorAnswers)this).ThrottledAsync(context, 0);
            return;
        }

        try
        {
            var body = await JsonExchange.ReadAsync(context, () => GoogleErrors.BadRequest("Parse Error"));
            var answer = Run(context, route, Exchange.Of(context), body);
            await WriteAsync(context, answer.Status, answer.Body);
        }
        catch (GoogleRefusal refusal)
        {
            await WriteAsync(context, refusal.Status, refusal.Body);
        }
    }

    /// <summary>One change at a time: what a route saw is what it changes. Reads see one state and hold nobody up.</summary>
    private GoogleAnswer Run(HttpContext context, GoogleRoute route, Exchange exchange, JsonNode? body)
    {
        if (route.Method == "GET")
        {
            GoogleState seen;
            lock (gate) seen = exchange.Fault is { Kind: FaultKind.StaleReads } stale ? versions.Past(stale) : versions.Current;
            return route.Run(Admit(context, route, exchange, body, seen));
        }

        lock (gate)
        {
            var request = Admit(context, route, exchange, body, versions.Current);
            var answer = route.Run(request);
            if (request.Effects.Count == 0) return answer;
            foreach (var effect in request.Effects) Ledger.Add(request.Now, effect.Verb, effect.Objects, request.Caller.Email, exchange.RequestId, effect.Detail);
            exchange.Changed = true;
            Commit(request.State with { Log = request.State.Log.AddRange(request.Logged) });
            return answer;
        }
    }

    private GoogleRequest Admit(HttpContext context, GoogleRoute route, Exchange exchange, JsonNode? body, GoogleState seen)
    {
        var caller = access.Authenticate(context.Request.Headers.Authorization, State);
        exchange.By = caller.Email;
        GoogleAccess.Demand(caller, route);
        return new GoogleRequest(context, seen, caller, body, ids, options);
    }

    private void Commit(GoogleState state)
    {
        versions.Commit(state);
        keeper.Save();
    }

    private Kept<GoogleState> Kept()
    {
        lock (gate) return new(versions.Current, Ledger.Effects, ids.Used, privateKeyPem);
    }

    private Task WriteAsync(HttpContext context, int status, JsonNode? body)
    {
        context.Response.Headers.Date = options.TimeProvider.GetUtcNow().ToString("R", CultureInfo.InvariantCulture);
        return JsonExchange.WriteAsync(context, status, body);
    }
}
