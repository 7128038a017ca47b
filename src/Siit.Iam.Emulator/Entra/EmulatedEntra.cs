using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Siit.Iam.Emulator.Common;

namespace Siit.Iam.Emulator.Entra;

/// <summary>A stateful stand-in for an Entra tenant: Microsoft Graph below <c>/v1.0</c> and the tenant's token endpoint, on loopback.</summary>
internal sealed class EmulatedEntra : IEmulated, IVendorAnswers, IAsyncDisposable
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
    private readonly EntraAccess access;
    private readonly EntraTokenEndpoint tokens;
    private readonly ThrottleBuckets buckets;
    private readonly StateKeeper<EntraState> keeper;
    private VersionedState<EntraState> versions;
    private Listener? listener;

    private EmulatedEntra(EmulatorOptions options)
    {
        this.options = options;
        ids = new(options.Seed);
        requestIds = new(options.Seed + 1);
        access = new(options.TimeProvider);
        tokens = new(access, requestIds, options);
        buckets = new(options);
        keeper = new(options, "entra", Kept, writtenAtOnce: int.MaxValue);

        var kept = keeper.Read();
        PrivateKeyPem = kept?.PrivateKeyPem ?? NewPrivateKey.Value;
        versions = new(kept?.State.Sorted() ?? Seed(), options.TimeProvider);
        if (kept is null) return;
        Ledger.Restore(kept.Effects);
        ids.Used = kept.IdsUsed;
    }

    public const string TenantId = EntraSeed.TenantId;

    /// <summary>Client id of the application.</summary>
    public const string ClientId = EntraSeed.ClientId;

    /// <summary>The application's secret; a constant, because it opens nothing but an emulator.</summary>
    public const string ClientSecret = EntraSeed.ClientSecret;

    /// <summary>The private key of the application's certificate, and of the issuer of federated tokens (PKCS#8, RSA).</summary>
    public string PrivateKeyPem { get; }

    /// <summary>Where it listens. Graph is at <c>v1.0</c> below, tokens come from <c>{tenant}/oauth2/v2.0/token</c>.</summary>
    public Uri BaseAddress => listener?.Address ?? throw new InvalidOperationException("Not started.");

    /// <summary>What a client uses as its base URL.</summary>
    public Uri GraphAddress => new(BaseAddress, "/v1.0");

    public EntraState State
    {
        get
        {
            lock (gate) return versions.Current;
        }
    }

    public EffectLedger Ledger { get; } = new();

    public FaultPlan Faults { get; } = new();

    public RequestLog Requests { get; } = new();

    string IVendorAnswers.RequestIdHeader => "request-id";

    public static async Task<EmulatedEntra> StartAsync(EmulatorOptions? options = null)
    {
        var entra = new EmulatedEntra(options ?? new());
        var faults = new FaultInjection(entra.options, entra.Faults, entra.Requests, entra);
        entra.listener = await Listener.StartAsync(entra.options.Port, faults, routes => ControlRoutes.Map(routes, entra), entra.Map);
        return entra;
    }

    /// <summary>The user with this login or id; throws when there is none.</summary>
    public EntraUser User(string idOrLogin) => State.FindUser(idOrLogin) ?? throw new KeyNotFoundException(idOrLogin);

    /// <summary>The group with this name.</summary>
    public EntraGroup Group(string name) => State.Groups.Values.Single(group => group.Name == name);

    /// <summary>The application with this name.</summary>
    public EntraApp App(string name) => State.Apps.Values.Single(app => app.Name == name);

    public JsonNode DescribeState() => EntraScene.Describe(State);

    public string? Arrange(JsonObject change)
    {
        lock (gate)
        {
            var (state, error) = EntraScene.Arrange(versions.Current, change, ids, options.TimeProvider.GetUtcNow());
            if (error is null) Commit(state);
            return error;
        }
    }

    /// <summary>Makes every token that was given out worthless.</summary>
    public void WithdrawTokens() => access.Clear();

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

    string IVendorAnswers.NewRequestId() => requestIds.Uuid();

    Task IVendorAnswers.ThrottledAsync(HttpContext context, int resetSeconds) => ThrottledAsync(context, resetSeconds);

    Task IVendorAnswers.FailedAsync(HttpContext context, int status) => RefuseAsync(context, status switch
    {
        503 => new EntraRefusal(503, "serviceNotAvailable", "The service is unavailable."),
        504 => new EntraRefusal(504, "UnknownError", "Gateway timeout."),
        >= 500 => new EntraRefusal(status, "generalException", "An internal server error occurred."),
        _ => new EntraRefusal(status, "UnknownError", "The request failed."),
    });

    public async ValueTask DisposeAsync()
    {
        if (listener is not null) await listener.DisposeAsync();
        await keeper.DisposeAsync();
    }

    private EntraState Seed()
    {
        using var rsa = RSA.Create();
        rsa.ImportFromPem(PrivateKeyPem);
        return new EntraSeed(options, rsa.ExportSubjectPublicKeyInfoPem()).Create();
    }

    private void Map(IEndpointRouteBuilder routes)
    {
        foreach (var route in EntraRoutes.All) routes.MapMethods("/v1.0" + route.Pattern, [route.Method], context => RunAsync(context, route));
        routes.MapPost("/{tenant}/oauth2/v2.0/token", TokenAsync);
        routes.MapFallback(context => RefuseAsync(context, EntraErrors.BadRequest($"Resource not found for the segment '{context.Request.Path.Value?.Split('/')[^1]}'.")));
    }

    private async Task TokenAsync(HttpContext context)
    {
        context.Response.Headers.CacheControl = "no-store, no-cache";
        if (!context.Request.HasFormContentType)
        {
            await JsonExchange.WriteAsync(context, 400, new JsonObject { ["error"] = "invalid_request", ["error_description"] = "AADSTS900144: The request body must contain the following parameter: 'grant_type'." });
            return;
        }

        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        var (status, body) = await tokens.IssueAsync((string)context.Request.RouteValues["tenant"]!, form, State, $"{context.Request.Scheme}://{context.Request.Host}");
        await JsonExchange.WriteAsync(context, status, body);
    }

    private async Task RunAsync(HttpContext context, EntraRoute route)
    {
        if (await IsThrottledAsync(context, route.Bucket)) return;
        try
        {
            var body = await JsonExchange.ReadAsync(context, EntraErrors.BadBody);
            var answer = Run(context, route, Exchange.Of(context), body);
            await JsonExchange.WriteAsync(context, answer.Status, answer.Body);
        }
        catch (EntraRefusal refusal)
        {
            await RefuseAsync(context, refusal);
        }
    }

    /// <summary>One request at a time: what a route saw is what it changes.</summary>
    private EntraAnswer Run(HttpContext context, EntraRoute route, Exchange exchange, JsonNode? body)
    {
        lock (gate)
        {
            var caller = access.Authenticate(context.Request.Headers.Authorization, versions.Current);
            exchange.By = caller.Client.Name;
            EntraAccess.Demand(caller, route.AnyOf);
            var seen = exchange.Fault is { Kind: FaultKind.StaleReads } stale ? versions.Past(stale) : versions.Current;
            var request = new EntraRequest(context, seen, caller, body, ids, options, exchange.RequestId);
            var answer = route.Run(request);
            if (request.Effects.Count == 0) return answer;
            foreach (var effect in request.Effects) Ledger.Add(request.Now, effect.Verb, effect.Objects, caller.Client.Name, exchange.RequestId, effect.Detail);
            exchange.Changed = true;
            Commit(request.State with { Audits = request.State.Audits.AddRange(request.Audits) });
            return answer;
        }
    }

    private void Commit(EntraState state)
    {
        versions.Commit(state);
        keeper.Save();
    }

    private Kept<EntraState> Kept()
    {
        lock (gate) return new(versions.Current, Ledger.Effects, ids.Used, PrivateKeyPem);
    }

    private async Task<bool> IsThrottledAsync(HttpContext context, string bucket)
    {
        var throttle = buckets.Take(bucket);
        if (throttle.Exhausted)
        {
            await ThrottledAsync(context, Math.Max(1, (int)Math.Ceiling((throttle.Reset - options.TimeProvider.GetUtcNow()).TotalSeconds)));
            return true;
        }

        context.Response.Headers["x-ms-resource-unit"] = "1";
        var used = 1 - ((double)throttle.Remaining / throttle.Limit);
        // Only said when it begins to matter.
        if (used >= 0.8) context.Response.Headers["x-ms-throttle-limit-percentage"] = used.ToString("0.##", CultureInfo.InvariantCulture);
        return false;
    }

    private Task ThrottledAsync(HttpContext context, int seconds)
    {
        context.Response.Headers.RetryAfter = $"{seconds}";
        context.Response.Headers["x-ms-throttle-scope"] = $"Tenant_Application/{(HttpMethods.IsGet(context.Request.Method) ? "Read" : "Write")}/{ClientId}/{TenantId}";
        context.Response.Headers["x-ms-throttle-information"] = "ResourceUnitLimitExceeded";
        return RefuseAsync(context, new EntraRefusal(429, "TooManyRequests", "Too many requests."));
    }

    private Task RefuseAsync(HttpContext context, EntraRefusal refusal)
    {
        if (refusal.Location is { } location) context.Response.Headers.Location = location;
        return JsonExchange.WriteAsync(context, refusal.Status, EntraErrors.Body(refusal.Code, refusal.Message, Exchange.Of(context).RequestId, options.TimeProvider.GetUtcNow()));
    }
}
