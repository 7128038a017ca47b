using System.Net.Sockets;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Console;

/// <summary>
/// Stands before every page: over TCP only, under the page's own address only, with headers that let a browser do no more than a
/// page needs. What goes wrong behind it ends in a sentence, never in a stack.
/// </summary>
internal sealed partial class ConsoleGuard(RequestDelegate next, ConsoleAddress address, ConsoleOptions options, ILogger<ConsoleGuard> logger)
{
    /// <summary>The forms here are small.</summary>
    private const long LargestForm = 64 * 1024;

    public async Task InvokeAsync(HttpContext context)
    {
        if (context.Features.Get<IConnectionSocketFeature>()?.Socket.LocalEndPoint is UnixDomainSocketEndPoint)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        AddHeaders(context.Response.Headers);
        var ours = address.Value;
        if (!string.Equals(context.Request.Host.Host, ours.Host, StringComparison.OrdinalIgnoreCase))
        {
            await SayAsync(context, StatusCodes.Status421MisdirectedRequest, "Another address", $"This page is reached at {ours}console.", link: $"{ours}console");
            return;
        }

        var origins = context.Request.Headers.Origin;
        if (!IsRead(context.Request.Method) && origins.Count > 0 && !(origins.Count == 1 && Uri.TryCreate(origins[0], UriKind.Absolute, out var origin) && IsSame(origin, ours)))
        {
            await SayAsync(context, StatusCodes.Status403Forbidden, "Not from here", "This form was sent by another web page. Nothing was done.");
            return;
        }

        // Behind a proxy that speaks TLS the request looks as if it came over http: redirects and cookies follow the address that people use.
        (context.Request.Scheme, context.Request.Host) = (ours.Scheme, new HostString(ours.Authority));
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = LargestForm;
        await RunAsync(context);
    }

    private async Task RunAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (Exception trouble) when (!context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested)
        {
            var (status, title, sentence) = trouble switch
            {
                AuditUnavailableException => (StatusCodes.Status503ServiceUnavailable, "Nothing was done", $"{trouble.Message} What cannot be recorded does not count."),
                StoreUnavailableException => (StatusCodes.Status503ServiceUnavailable, "Not now", trouble.Message),
                BadHttpRequestException bad => (bad.StatusCode, "Not understood", "The request was not understood. Go back and load the page anew."),
                _ => (StatusCodes.Status500InternalServerError, "Something is wrong in the server", "Its log says more. Load the card again before you decide: it shows what was done and what was not."),
            };
            if (status == StatusCodes.Status500InternalServerError)
                LogBug(logger, trouble, context.Request.Method, context.Request.Path);
            context.Response.Clear();
            AddHeaders(context.Response.Headers);
            await SayAsync(context, status, title, sentence, link: ConsolePaths.Home);
        }
    }

    /// <summary>A page of its own, for when the others cannot be shown.</summary>
    private static Task SayAsync(HttpContext context, int status, string title, string sentence, string? link = null)
    {
        var html = HtmlEncoder.Default;
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/html; charset=utf-8";
        return context.Response.WriteAsync(
            $"""
            <!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{html.Encode(title)} - Siit IAM</title>
            <link rel="stylesheet" href="{ConsoleAssets.PathOf("console.css")}"></head><body><main class="narrow"><h1>{html.Encode(title)}</h1><p>{html.Encode(sentence)}</p>
            {(link is null ? "" : $"""<p><a href="{html.Encode(link)}">{html.Encode(link)}</a></p>""")}</main></body></html>
            """, context.RequestAborted);
    }

    private void AddHeaders(IHeaderDictionary headers)
    {
        // Everything is in this server: no inline style or script, no content of others, no frame around it.
        headers.ContentSecurityPolicy =
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        // Not no-referrer: browsers then send the origin "null" with a form, which the host guard refuses.
        headers["Referrer-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), clipboard-read=(), geolocation=(), microphone=(), payment=(), usb=()";
        // As the framework writes it beside a form, which complains of anything else.
        headers.CacheControl = "no-cache, no-store";
        if (options.Address is { Scheme: "https" })
            headers.StrictTransportSecurity = "max-age=31536000";
    }

    private static bool IsRead(string method) => HttpMethods.IsGet(method) || HttpMethods.IsHead(method);

    private static bool IsSame(Uri one, Uri other) => Uri.Compare(one, other, UriComponents.SchemeAndServer, UriFormat.UriEscaped, StringComparison.OrdinalIgnoreCase) == 0;

    [LoggerMessage(Level = LogLevel.Error, Message = "Console: {Method} {Path} failed")]
    private static partial void LogBug(ILogger logger, Exception bug, string method, PathString path);
}
