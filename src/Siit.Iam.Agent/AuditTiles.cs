using System.Text.RegularExpressions;
using Siit.Iam.Agent.Audit;

namespace Siit.Iam.Agent;

/// <summary>
/// <c>/audit/checkpoint</c> and <c>/audit/tile/…</c> for monitors (c2sp.org/tlog-tiles). Hashes only: entries name people, and are had
/// with <c>siit-iam audit export</c> or by copying the folder.
/// </summary>
internal static partial class AuditTiles
{
    public static void MapAuditTiles(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/audit/checkpoint", context => SendAsync(context, "checkpoint", "text/plain; charset=utf-8", "no-cache"));
        routes.MapGet("/audit/tile/{**path}", context => context.Request.RouteValues["path"] is string path && HashTile().IsMatch(path)
            ? SendAsync(context, $"tile/{path}", "application/octet-stream", "public, max-age=31536000, immutable")
            : NotFoundAsync(context));
    }

    private static async Task SendAsync(HttpContext context, string path, string contentType, string caching)
    {
        var files = new AuditFiles(context.RequestServices.GetRequiredService<ServerSettings>().Audit.Folder);
        byte[] content;
        try
        {
            content = await File.ReadAllBytesAsync(Path.Combine(files.Prefix, path), context.RequestAborted);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            await NotFoundAsync(context);
            return;
        }

        (context.Response.ContentType, context.Response.Headers.CacheControl) = (contentType, caching);
        await context.Response.Body.WriteAsync(content, context.RequestAborted);
    }

    private static Task NotFoundAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    [GeneratedRegex(@"^(0|[1-9][0-9]?)/(x[0-9]{3}/)*[0-9]{3}(\.p/[1-9][0-9]{0,2})?\z", RegexOptions.CultureInvariant)]
    private static partial Regex HashTile();
}
