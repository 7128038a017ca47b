using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Net.Http.Headers;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.People.Hris.Scim;

/// <summary>Where HRIS push: SCIM 2.0 (RFC 7644). The bearer token says which HRIS it is; each sees only its own users.</summary>
internal sealed partial class ScimDoor(ScimUsers users, ScimPace pace, HrisOptions options, ILogger<ScimDoor> logger)
{
    public const string Path = "/scim/v2";
    private const string Scheme = "Bearer ";
    private const int LongestToken = 512;

    public async Task HandleAsync(HttpContext context)
    {
        var response = context.Response;
        try
        {
            var source = SignIn(context.Request);
            await AnswerAsync(new Exchange(context, source, $"{context.Request.Scheme}://{context.Request.Host}{Path}"));
        }
        catch (ScimException told)
        {
            if (told.Status == StatusCodes.Status401Unauthorized)
                response.Headers[HeaderNames.WWWAuthenticate] = "Bearer realm=\"siit-iam-scim\"";
            if (told.Status == StatusCodes.Status429TooManyRequests)
                response.Headers[HeaderNames.RetryAfter] = "60";
            await ErrorAsync(response, told.Status, told.Type, told.Message);
        }
        catch (Exception unavailable) when (unavailable is AuditUnavailableException or StoreUnavailableException)
        {
            await ErrorAsync(response, StatusCodes.Status503ServiceUnavailable, null, "Nothing can be recorded at the moment, so nothing was changed. Try again later.");
        }
        catch (Exception bug) when (bug is not OperationCanceledException && !response.HasStarted)
        {
            LogBug(logger, bug, context.Request.Method);
            await ErrorAsync(response, StatusCodes.Status500InternalServerError, null, "Something is wrong in the server; its log says more.");
        }
    }

    private HrisSource SignIn(HttpRequest request)
    {
        var token = request.Headers.Authorization is [{ } header] && header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) && header.Length <= LongestToken
            ? SHA256.HashData(Encoding.UTF8.GetBytes(header[Scheme.Length..].Trim()))
            : null;
        HrisSource? found = null;
        // All are compared, each in constant time.
        foreach (var source in options.Sources)
        {
            if (source.Token?.Read() is { } secret && token is not null
                && CryptographicOperations.FixedTimeEquals(token, SHA256.HashData(Encoding.UTF8.GetBytes(secret.Reveal()))))
                found = source;
        }

        if (found is null ? !pace.TakeStranger() : !pace.Take(found.Name))
            throw new ScimException(StatusCodes.Status429TooManyRequests, null, "Too many requests. Wait a minute.");
        return found ?? throw new ScimException(StatusCodes.Status401Unauthorized, null, "The bearer token of an HRIS is needed; it is named in the server's settings (hris:sources).");
    }

    private Task AnswerAsync(Exchange exchange)
    {
        var request = exchange.Context.Request;
        var parts = request.Path.Value![Path.Length..].Split('/', StringSplitOptions.RemoveEmptyEntries);
        return (request.Method, parts) switch
        {
            ("GET", ["Users"]) => ListAsync(exchange),
            ("POST", ["Users"]) => CreateAsync(exchange),
            ("GET", ["Users", var id]) => GetAsync(exchange, id),
            ("PUT", ["Users", var id]) => ChangeAsync(exchange, id, body => _ => body),
            ("PATCH", ["Users", var id]) => ChangeAsync(exchange, id, body => resource => Patched(resource, body)),
            ("DELETE", ["Users", var id]) => RemoveAsync(exchange, id),
            ("GET", ["ServiceProviderConfig"]) => JsonAsync(exchange.Context.Response, StatusCodes.Status200OK, ScimDiscovery.Config(exchange.Address)),
            ("GET", ["ResourceTypes"]) => JsonAsync(exchange.Context.Response, StatusCodes.Status200OK, ListOf([ScimDiscovery.UserType(exchange.Address)], 1, 1)),
            ("GET", ["ResourceTypes", "User"]) => JsonAsync(exchange.Context.Response, StatusCodes.Status200OK, ScimDiscovery.UserType(exchange.Address)),
            ("GET", ["Schemas"]) => JsonAsync(exchange.Context.Response, StatusCodes.Status200OK, ListOf(ScimDiscovery.Schemas(exchange.Address), 3, 1)),
            ("GET", ["Schemas", var id]) => JsonAsync(
                exchange.Context.Response, StatusCodes.Status200OK,
                ScimDiscovery.Schemas(exchange.Address).FirstOrDefault(schema => schema["id"]!.GetValue<string>().Equals(id, StringComparison.OrdinalIgnoreCase))
                    ?? throw ScimException.NotFound("There is no schema with that id.")),
            (_, ["Users"] or ["Users", _]) => throw new ScimException(StatusCodes.Status405MethodNotAllowed, null, "Users are read with GET and changed with POST, PUT, PATCH and DELETE."),
            _ => throw ScimException.NotFound("This server offers Users, ServiceProviderConfig, ResourceTypes and Schemas."),
        };
    }

    private async Task ListAsync(Exchange exchange)
    {
        var query = exchange.Context.Request.Query;
        // Below their range both count as its end (RFC 7644 §3.4.2.4).
        var startIndex = Math.Max(1, Number(query["startIndex"], 1));
        var count = Math.Clamp(Number(query["count"], ScimUsers.MostPerPage), 0, ScimUsers.MostPerPage);
        var filter = query["filter"] is [{ Length: > 0 } text] ? ScimComparison.Parse(text) : null;
        var (total, found) = await users.ListAsync(exchange.Source.Name, filter, startIndex, count, exchange.Context.RequestAborted);
        var resources = found.Select(person => ScimUser.Write(person, exchange.AddressOf(person))).ToList();
        await JsonAsync(exchange.Context.Response, StatusCodes.Status200OK, ListOf(resources, total, startIndex));
    }

    private async Task CreateAsync(Exchange exchange)
    {
        var written = await users.CreateAsync(exchange.Source.Name, await BodyAsync(exchange.Context), exchange.Context.RequestAborted);
        exchange.Context.Response.Headers.Location = exchange.AddressOf(written.Person);
        await UserAsync(exchange, written.Person, StatusCodes.Status201Created);
    }

    private async Task GetAsync(Exchange exchange, string id)
    {
        var person = await users.GetAsync(exchange.Source.Name, id, exchange.Context.RequestAborted);
        if (exchange.Context.Request.Headers.IfNoneMatch == ScimUser.VersionOf(person))
            exchange.Context.Response.StatusCode = StatusCodes.Status304NotModified;
        else
            await UserAsync(exchange, person, StatusCodes.Status200OK);
    }

    private async Task ChangeAsync(Exchange exchange, string id, Func<JsonObject, Func<JsonObject, JsonObject>> change)
    {
        var body = await BodyAsync(exchange.Context);
        var person = await users.ChangeAsync(exchange.Source.Name, id, exchange.Version, change(body), exchange.Context.RequestAborted);
        await UserAsync(exchange, person, StatusCodes.Status200OK);
    }

    private static JsonObject Patched(JsonObject resource, JsonObject operations)
    {
        ScimPatch.Apply(resource, operations);
        return resource;
    }

    private async Task RemoveAsync(Exchange exchange, string id)
    {
        await users.RemoveAsync(exchange.Source.Name, id, exchange.Version, exchange.Context.RequestAborted);
        exchange.Context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private async Task<JsonObject> BodyAsync(HttpContext context)
    {
        if (context.Request.ContentLength > options.MaxRequestBytes)
            throw TooLarge();
        using var body = new MemoryStream();
        var buffer = new byte[16 * 1024];
        while (await context.Request.Body.ReadAsync(buffer, context.RequestAborted) is var count and > 0)
        {
            if (body.Length + count > options.MaxRequestBytes)
                throw TooLarge();
            body.Write(buffer, 0, count);
        }

        return ScimJson.Parse(body.ToArray());
    }

    private ScimException TooLarge() =>
        new(StatusCodes.Status413PayloadTooLarge, null, $"The request is larger than {options.MaxRequestBytes:N0} bytes (hris:maxRequestBytes).");

    private static int Number(string? text, int otherwise) => text is null ? otherwise
        : int.TryParse(text, out var number) ? number
        : throw ScimException.BadValue("'startIndex' and 'count' must be whole numbers.");

    private static JsonObject ListOf(IReadOnlyList<JsonObject> resources, int total, int startIndex) => new()
    {
        ["schemas"] = ScimJson.Array(ScimUrns.List),
        ["totalResults"] = total,
        ["startIndex"] = startIndex,
        ["itemsPerPage"] = resources.Count,
        ["Resources"] = ScimJson.Array(resources),
    };

    private static Task UserAsync(Exchange exchange, HrisPerson person, int status)
    {
        exchange.Context.Response.Headers.ETag = ScimUser.VersionOf(person);
        return JsonAsync(exchange.Context.Response, status, ScimUser.Write(person, exchange.AddressOf(person)));
    }

    private static Task ErrorAsync(HttpResponse response, int status, string? type, string detail)
    {
        var error = new JsonObject { ["schemas"] = ScimJson.Array(ScimUrns.Error), ["status"] = $"{status}", ["detail"] = detail };
        if (type is not null)
            error["scimType"] = type;
        return JsonAsync(response, status, error);
    }

    private static Task JsonAsync(HttpResponse response, int status, JsonObject body)
    {
        response.StatusCode = status;
        response.ContentType = "application/scim+json; charset=utf-8";
        return response.WriteAsync(body.ToJsonString());
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "SCIM: a {Method} failed")]
    private static partial void LogBug(ILogger logger, Exception bug, string method);

    /// <param name="Address">Of this door, as the client reaches it.</param>
    private sealed record Exchange(HttpContext Context, HrisSource Source, string Address)
    {
        public string? Version => Context.Request.Headers.IfMatch is [{ Length: > 0 } version] ? version : null;

        public string AddressOf(HrisPerson person) => $"{Address}/Users/{Uri.EscapeDataString(person.Key)}";
    }
}
