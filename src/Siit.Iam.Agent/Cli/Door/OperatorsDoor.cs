using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Cli.Door;

/// <summary>Marks a connection that came in at the operators' socket from a user who may.</summary>
/// <param name="User">The user at the other end, as the kernel says, such as <c>uid:1000</c>; for the audit log.</param>
internal sealed record OperatorsConnection(string User);

/// <summary>
/// The operators' door: HTTP and JSON over a Unix socket. It dispatches by itself, because endpoints of the framework's routing
/// would answer at every address that the process listens on.
/// </summary>
internal sealed partial class OperatorsDoor(IEnumerable<IDoorRoutes> groups, ILogger<OperatorsDoor> logger)
{
    private const int LongestId = 100;

    private readonly List<DoorRoute> _routes = [.. groups.SelectMany(group => group.Routes)];

    /// <summary>Lets nobody in but the server's own user and root; others are cut off before a byte is read.</summary>
    public static void GuardConnections(ListenOptions listen) => listen.Use(next => async connection =>
    {
        if (connection.Features.Get<IConnectionSocketFeature>() is not { } socket || !PeerCredentials.IsOperator(socket.Socket))
        {
            connection.Abort(new ConnectionAbortedException("Not an operator."));
            return;
        }

        connection.Features.Set(new OperatorsConnection(PeerCredentials.NameOf(socket.Socket)));
        await next(connection);
    });

    /// <summary>First in the pipeline: what comes in at the socket is answered here, and nothing else is.</summary>
    public async Task HandleAsync(HttpContext context, RequestDelegate next)
    {
        if (context.Features.Get<OperatorsConnection>() is null)
        {
            await next(context);
            return;
        }

        var answer = await AnswerAsync(context);
        context.Response.StatusCode = answer.Status;
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(answer.Body.ToJsonString(WireJson.Options));
    }

    private async Task<DoorAnswer> AnswerAsync(HttpContext context)
    {
        var path = context.Request.Path.Value ?? "";
        try
        {
            foreach (var route in _routes)
            {
                if (route.Method != context.Request.Method || !route.Match(path, out var id))
                    continue;
                return route.HasId && (id.Length is 0 or > LongestId || id.Any(char.IsControl))
                    ? DoorAnswer.NotFound("unknown_id", $"There is nothing with that id: ids are one line of 1 to {LongestId} characters.")
                    : await route.Run(await DoorRequest.ReadAsync(context, id));
            }

            return DoorAnswer.NotFound("unknown_route", "This server does not know that request. Is it of the same version as this program?");
        }
        catch (DoorInputException wrong)
        {
            return DoorAnswer.Refused("invalid_input", wrong.Message);
        }
        catch (JsonException)
        {
            return DoorAnswer.Refused("invalid_input", "The request is no JSON object.");
        }
        catch (AuditUnavailableException unavailable)
        {
            return DoorAnswer.Refused("audit_unavailable", unavailable.Message);
        }
        catch (StoreUnavailableException unavailable)
        {
            return DoorAnswer.Refused("store_unavailable", unavailable.Message);
        }
        catch (Exception bug) when (bug is not OperationCanceledException)
        {
            LogBug(logger, bug, context.Request.Method, path);
            return DoorAnswer.Refused("internal_error", "Something is wrong in the server; its log says more.");
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Operators' door: {Method} {Path} failed")]
    private static partial void LogBug(ILogger logger, Exception bug, string method, string path);
}

/// <summary>The requests about one thing.</summary>
internal interface IDoorRoutes
{
    IEnumerable<DoorRoute> Routes { get; }
}

/// <param name="Template">A path; <c>{id}</c> stands for one segment.</param>
internal sealed record DoorRoute(string Method, string Template, Func<DoorRequest, Task<DoorAnswer>> Run)
{
    public static DoorRoute Get(string template, Func<DoorRequest, Task<DoorAnswer>> run) => new(HttpMethods.Get, template, run);

    public static DoorRoute Post(string template, Func<DoorRequest, Task<DoorAnswer>> run) => new(HttpMethods.Post, template, run);

    public bool HasId => Template.Contains("{id}", StringComparison.Ordinal);

    public bool Match(string path, out string id)
    {
        id = "";
        var (wanted, given) = (Template.Split('/'), path.Split('/'));
        if (wanted.Length != given.Length)
            return false;
        for (var i = 0; i < wanted.Length; i++)
        {
            if (wanted[i] == "{id}")
                id = Uri.UnescapeDataString(given[i]);
            else if (wanted[i] != given[i])
                return false;
        }

        return true;
    }
}

/// <summary>What is sent back.</summary>
internal sealed record DoorAnswer(int Status, JsonNode Body)
{
    public static DoorAnswer NotSignedIn => Refused("not_signed_in", "SIIT_IAM_TOKEN is the token of no caller. Register one: siit-iam callers add");

    public static DoorAnswer Of(JsonNode body) => new(StatusCodes.Status200OK, body);

    public static DoorAnswer Refused(string code, string message) => Error(StatusCodes.Status409Conflict, code, message);

    public static DoorAnswer NotFound(string code, string message) => Error(StatusCodes.Status404NotFound, code, message);

    private static DoorAnswer Error(int status, string code, string message) =>
        new(status, new JsonObject { ["error"] = new JsonObject { ["code"] = code, ["message"] = message } });
}

/// <summary>Something is missing or of the wrong kind in a request.</summary>
internal sealed class DoorInputException(string message) : Exception(message);

/// <summary>One request at the door.</summary>
internal sealed class DoorRequest(HttpContext context, string id, JsonObject body)
{
    /// <summary>What stands for <c>{id}</c> in the path.</summary>
    public string Id => id;

    public JsonObject Body => body;

    public CancellationToken Aborted => context.RequestAborted;

    /// <summary>The operator, for the audit log.</summary>
    public string Operator => context.Features.Get<OperatorsConnection>()?.User ?? "unknown";

    /// <summary>The token of a caller, when one was sent.</summary>
    public string? Bearer => context.Request.Headers.Authorization.ToString() is { } header && header.StartsWith("Bearer ", StringComparison.Ordinal)
        ? header["Bearer ".Length..]
        : null;

    public static async Task<DoorRequest> ReadAsync(HttpContext context, string id)
    {
        var body = new JsonObject();
        if (context.Request.Method == HttpMethods.Post)
            body = await JsonNode.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted) as JsonObject
                ?? throw new DoorInputException("The request is no JSON object.");
        return new DoorRequest(context, id, body);
    }

    public string? Query(string name) => context.Request.Query[name].FirstOrDefault() is { Length: > 0 } value ? value : null;

    public int Number(string name, int otherwise, int least, int most) => Query(name) is not { } text
        ? otherwise
        : int.TryParse(text, out var number) && number >= least && number <= most
            ? number
            : throw new DoorInputException($"'{name}' must be a number from {least} to {most}.");

    public string? Maybe(string name) => body[name] is JsonValue value && value.TryGetValue<string>(out var text) && text.Trim().Length > 0 ? text.Trim() : null;

    public string Text(string name) => Maybe(name) ?? throw new DoorInputException($"'{name}' is missing.");

    public bool Flag(string name) => body[name] is JsonValue value && value.TryGetValue<bool>(out var flag) && flag;

    /// <summary>A list of objects, each read as the request is.</summary>
    public IReadOnlyList<DoorRequest> Objects(string name) => body[name] is JsonArray list ? [.. list.OfType<JsonObject>().Select(one => new DoorRequest(context, id, one))] : [];

    public IReadOnlyList<string> Texts(string name) => body[name] is JsonArray list
        ? [.. list.OfType<JsonValue>().Select(value => value.GetValue<string>().Trim()).Where(text => text.Length > 0)]
        : [];
}
