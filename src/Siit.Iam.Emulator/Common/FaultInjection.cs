using System.Text;

namespace Siit.Iam.Emulator.Common;

/// <summary>Stands in front of an IdP's routes: request ids, the request log, delays and faults.</summary>
internal sealed class FaultInjection(EmulatorOptions options, FaultPlan plan, RequestLog log, IVendorAnswers vendor)
{
    public async Task RunAsync(HttpContext context, RequestDelegate next)
    {
        var path = context.Request.Path.Value ?? "/";
        var exchange = new Exchange(vendor.NewRequestId(), plan.Take(context.Request.Method, path));
        context.Features.Set(exchange);
        context.Response.Headers[vendor.RequestIdHeader] = exchange.RequestId;
        var at = options.TimeProvider.GetUtcNow();
        var logged = false;
        // Before the caller can know of the answer: what he does next, such as trying again or looking here, comes after it.
        context.Response.OnStarting(() =>
        {
            Log();
            return Task.CompletedTask;
        });
        try
        {
            if (options.Latency > TimeSpan.Zero) await Task.Delay(options.Latency, options.TimeProvider, context.RequestAborted);
            await AnswerAsync(context, exchange, next, Log);
        }
        finally
        {
            Log();
        }

        void Log()
        {
            if (logged) return;
            logged = true;
            var target = path + context.Request.QueryString;
            log.Add(at, context.Request.Method, target, context.Response.StatusCode, exchange.RequestId, exchange.Fault?.Kind.ToString(), exchange.Changed, exchange.By);
        }
    }

    private async Task AnswerAsync(HttpContext context, Exchange exchange, RequestDelegate next, Action logNow)
    {
        var fault = exchange.Fault;
        switch (fault?.Kind)
        {
            case null or FaultKind.StaleReads:
                await next(context);
                return;
            case FaultKind.Throttle:
                await vendor.ThrottledAsync(context, fault.ResetSeconds);
                return;
            case FaultKind.Status:
                await vendor.FailedAsync(context, fault.Status);
                return;
            case FaultKind.TimeoutBefore:
                await HoldAndCutAsync(context, fault, logNow);
                return;
            case FaultKind.Slow:
                await Task.Delay(TimeSpan.FromMilliseconds(fault.Milliseconds), options.TimeProvider, context.RequestAborted);
                await next(context);
                return;
        }

        var body = await BufferedAsync(context, next);
        switch (fault.Kind)
        {
            case FaultKind.AppliedThen500:
                context.Response.Headers.Remove("Link");
                await vendor.FailedAsync(context, 500);
                break;
            case FaultKind.TimeoutAfterApplying:
                await HoldAndCutAsync(context, fault, logNow);
                break;
            case FaultKind.TornPage:
                context.Response.ContentLength = Math.Max(body.Length, 1);
                await context.Response.Body.WriteAsync(body.AsMemory(0, body.Length / 2));
                await context.Response.Body.FlushAsync();
                context.Abort();
                break;
            case FaultKind.BadJson:
                await context.Response.WriteAsync("<html>" + Encoding.UTF8.GetString(body));
                break;
            case FaultKind.HostileLink:
                await WriteWithHostileLinksAsync(context, fault, body);
                break;
        }
    }

    private static async Task<byte[]> BufferedAsync(HttpContext context, RequestDelegate next)
    {
        var real = context.Response.Body;
        using var buffer = new MemoryStream();
        context.Response.Body = buffer;
        try
        {
            await next(context);
        }
        finally
        {
            context.Response.Body = real;
        }

        context.Response.ContentLength = null;
        return buffer.ToArray();
    }

    // Real time, not the injected one: the caller's own time-out is what ends the wait.
    private static async Task HoldAndCutAsync(HttpContext context, Fault fault, Action logNow)
    {
        logNow();
        try
        {
            await Task.Delay(TimeSpan.FromMilliseconds(fault.Milliseconds), context.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            // The caller gave up first.
        }

        context.Abort();
    }

    private static async Task WriteWithHostileLinksAsync(HttpContext context, Fault fault, byte[] body)
    {
        var own = $"{context.Request.Scheme}://{context.Request.Host}";
        var links = context.Response.Headers.Link;
        context.Response.Headers.Link = links
            .Select(l => l?.Contains("rel=\"next\"", StringComparison.Ordinal) is true ? "<" + fault.Origin + new Uri(l[1..l.IndexOf('>', StringComparison.Ordinal)]).PathAndQuery + ">; rel=\"next\"" : l)
            .ToArray();
        await context.Response.WriteAsync(Encoding.UTF8.GetString(body).Replace(own, fault.Origin, StringComparison.Ordinal));
    }
}
