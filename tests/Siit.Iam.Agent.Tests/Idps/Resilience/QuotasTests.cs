using System.Net;
using Siit.Iam.Agent.Idps.Okta;
using Siit.Iam.Agent.Idps.Resilience;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.Idps.Resilience;

public sealed class QuotasTests : IDisposable
{
    private readonly SteppedTime _time = new();
    private readonly ResilienceOptions _options = new();
    private readonly HttpRequestMessage _request = new(HttpMethod.Get, "http://127.0.0.1:9/api/v1/users/00u1");

    public void Dispose() => _request.Dispose();

    [Theory]
    [InlineData(600, 61, false)]
    [InlineData(600, 60, true)]
    [InlineData(10, 0, true)]
    // Said by an answer about something else than a quota.
    [InlineData(0, 0, false)]
    public async Task Bulk_WhereLittleIsLeft_WaitsForTheReset_AndInteractiveDoesNot(int limit, int left, bool kept)
    {
        var quotas = Told(limit, left, resetIn: 20);
        var waits = new List<Wait>();

        await quotas.WaitAsync(_request, CancellationToken.None);
        using var bulk = AmbientUrgency.Of(Urgency.Bulk);
        using var heard = WaitReports.Listen(waits.Add);
        var waiting = quotas.WaitAsync(_request, CancellationToken.None);

        Assert.Equal(!kept, waiting.IsCompleted);
        Assert.Equal(kept ? [20.0] : [], waits.Select(wait => Math.Round(wait.ToGo!.Value.TotalSeconds)));
        _time.Advance(TimeSpan.FromSeconds(21));
        await waiting.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Bulk_WhereTheResetIsFarAway_WaitsOnlyAsLongAsACallWaits()
    {
        var quotas = Told(600, 1, resetIn: 3000);
        using var bulk = AmbientUrgency.Of(Urgency.Bulk);
        var waiting = quotas.WaitAsync(_request, CancellationToken.None);

        _time.Advance(_options.MaxWait - TimeSpan.FromSeconds(1));
        Assert.False(waiting.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));

        await waiting.WaitAsync(TimeSpan.FromSeconds(10));
    }

    private Quotas Told(int limit, int left, int resetIn)
    {
        var quotas = new Quotas(OktaThrottling.Rules, _options, _time);
        quotas.Note(_request, Answer(limit, left, resetIn));
        // Another quota of the vendor's that falls into the same bucket here takes nothing back.
        quotas.Note(_request, Answer(600, 599, resetIn));
        return quotas;
    }

    private HttpResponseMessage Answer(int limit, int left, int resetIn)
    {
        var answer = new HttpResponseMessage(HttpStatusCode.OK);
        answer.Headers.Add("X-Rate-Limit-Limit", $"{limit}");
        answer.Headers.Add("X-Rate-Limit-Remaining", $"{left}");
        answer.Headers.Add("X-Rate-Limit-Reset", $"{_time.GetUtcNow().ToUnixTimeSeconds() + resetIn}");
        return answer;
    }
}
