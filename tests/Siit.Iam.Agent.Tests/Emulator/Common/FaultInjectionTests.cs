using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Siit.Iam.Agent.Tests.Support;
using Siit.Iam.Emulator.Common;

namespace Siit.Iam.Agent.Tests.Emulator.Common;

/// <summary>A request stands in the log before its caller can know what became of it: what he does next stands behind it.</summary>
public sealed class FaultInjectionTests
{
    private readonly FaultPlan _faults = new();
    private readonly RequestLog _log = new();

    [Fact]
    public async Task Log_HasARequest_BeforeItsAnswerArrives()
    {
        var end = new TaskCompletionSource();
        await using var listener = await ListenAsync(async context =>
        {
            context.Response.StatusCode = 201;
            await context.Response.Body.FlushAsync();
            await end.Task;
        });
        using var http = new HttpClient { BaseAddress = listener.Address };

        using var answer = await http.GetAsync("/one", HttpCompletionOption.ResponseHeadersRead);

        Assert.Equal([201], _log.Requests.Select(request => request.Status));
        end.SetResult();
    }

    [Theory]
    [InlineData(FaultKind.TimeoutBefore)]
    [InlineData(FaultKind.TimeoutAfterApplying)]
    public async Task Log_HasARequestThatIsHeld_BeforeItIsCut(FaultKind kind)
    {
        _faults.Add(new Fault { Kind = kind, Milliseconds = 60_000 });
        await using var listener = await ListenAsync(context => context.Response.WriteAsync("done"));
        using var http = new HttpClient { BaseAddress = listener.Address };
        using var cancel = new CancellationTokenSource();

        var held = http.GetAsync("/one", cancel.Token);
        await Eventually.Is(() => Task.FromResult(_log.Requests.Count), count => count == 1);

        Assert.False(held.IsCompleted);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => held);
        Assert.Equal([kind.ToString()], _log.Requests.Select(request => request.Fault));
    }

    private Task<Listener> ListenAsync(RequestDelegate answer) =>
        Listener.StartAsync(0, new FaultInjection(new(), _faults, _log, new Vendor()), _ => { }, routes => routes.MapGet("/one", answer));

    private sealed class Vendor : IVendorAnswers
    {
        public string RequestIdHeader => "x-request-id";

        public string NewRequestId() => "1";

        public Task ThrottledAsync(HttpContext context, int resetSeconds) => throw new InvalidOperationException("Nothing is throttled here.");

        public Task FailedAsync(HttpContext context, int status) => throw new InvalidOperationException("Nothing fails here.");
    }
}
