using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Siit.Iam.Agent.Notices;
using Siit.Iam.Agent.Secrets;

namespace Siit.Iam.Agent.Tests.Notices;

public sealed class WebhookCarrierTests
{
    private const string Secret = "0123456789-a-secret-of-some-length";

    private static readonly Notice Told = NoticeWorld.To("+49 151 1234567") with { Channel = NoticeChannel.Webhook };

    /// <summary>The known answer of the Standard Webhooks libraries.</summary>
    [Fact]
    public void Signature_IsThatOfStandardWebhooks() => Assert.Equal(
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        WebhookCarriage.Signature(Convert.FromBase64String("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", Encoding.UTF8.GetBytes("{\"test\": 2432232314}")));

    [Fact]
    public async Task Message_ArrivesSignedUnderItsKey()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var world = await StartAsync(receiver.Address);
        await world.PostAsync(Told with { Text = "Größe: \u202E", Request = "REQ-1" });
        await world.SendAsync();

        var got = Assert.Single(receiver.Got);
        var id = NoticeRecord.IdOf("key");
        Assert.Equal((id, id), (got.Headers["webhook-id"], got.Headers["Idempotency-Key"]));
        Assert.True(IsSigned(got, Encoding.UTF8.GetBytes(Secret)));
        var body = JsonNode.Parse(got.Body)!;
        Assert.Equal(("approval_asked", "+49 151 1234567", "A call waits", "call_1", "REQ-1"), (
            body["kind"]!.GetValue<string>(), body["to"]!.GetValue<string>(), body["subject"]!.GetValue<string>(), body["call"]!.GetValue<string>(), body["request"]!.GetValue<string>()));
        Assert.Equal(NoticeState.Sent, (await world.FindAsync(Told)).State);

        // Whoever changes a byte, or the time, is noticed.
        Assert.False(IsSigned(got with { Body = [.. got.Body, (byte)' '] }, Encoding.UTF8.GetBytes(Secret)));
        Assert.False(IsSigned(got, Encoding.UTF8.GetBytes(Secret + "x")));
    }

    [Theory]
    [InlineData(200, nameof(NoticeState.Sent), null)]
    [InlineData(204, nameof(NoticeState.Sent), null)]
    [InlineData(302, nameof(NoticeState.Failed), "does not let us in (302)")]
    [InlineData(400, nameof(NoticeState.GivenUp), "refused this message (400)")]
    [InlineData(401, nameof(NoticeState.Failed), "does not let us in (401)")]
    [InlineData(404, nameof(NoticeState.Failed), "does not let us in (404)")]
    [InlineData(408, nameof(NoticeState.Failed), "did not take it now (408)")]
    [InlineData(413, nameof(NoticeState.GivenUp), "refused this message (413)")]
    [InlineData(422, nameof(NoticeState.GivenUp), "refused this message (422)")]
    [InlineData(429, nameof(NoticeState.Failed), "asked too often (429)")]
    [InlineData(500, nameof(NoticeState.Failed), "trouble of its own (500)")]
    [InlineData(503, nameof(NoticeState.Failed), "trouble of its own (503)")]
    public async Task Answer_DecidesWhetherItIsTriedAgain(int status, string after, string? sentence)
    {
        await using var receiver = await Receiver.StartAsync();
        receiver.Status = status;
        await using var world = await StartAsync(receiver.Address);
        await world.PostAsync(Told);
        await world.SendAsync();

        var notice = await world.FindAsync(Told);
        Assert.Equal(after, notice.State.ToString());
        Assert.Contains(sentence ?? "", notice.Trouble ?? "", StringComparison.Ordinal);

        receiver.Status = 200;
        world.Time.Advance(TimeSpan.FromMinutes(10));
        await world.SendAsync();
        Assert.Equal(after == nameof(NoticeState.Failed) ? 2 : 1, receiver.Got.Count);
        Assert.Single(receiver.Got.Select(got => got.Headers["webhook-id"]).Distinct());
    }

    [Fact]
    public async Task Secret_MissingOrShort_NothingIsSent()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var world = await StartAsync(receiver.Address, secret: "short");
        await world.PostAsync(Told);
        await world.SendAsync();

        Assert.Empty(receiver.Got);
        Assert.Contains("shorter than 16", world.Get<NoticeSending>().TroubleOf(NoticeChannel.Webhook)?.Trouble, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Receiver_Away_KeepsNoMailBack()
    {
        await using var world = await StartAsync(new Uri("http://127.0.0.1:1/hook"));
        await world.PostAsync(Told);
        await world.PostAsync(NoticeWorld.To("nina@acme.example", "mail"));
        await world.SendAsync();

        Assert.Single(world.Mailbox.Mails);
        Assert.Equal("127.0.0.1:1 cannot be reached.", world.Get<NoticeSending>().TroubleOf(NoticeChannel.Webhook)?.Trouble);
    }

    private static Task<NoticeWorld> StartAsync(Uri address, string secret = Secret)
    {
        var variable = $"SIIT_TEST_HOOK_{Guid.NewGuid():N}";
        Environment.SetEnvironmentVariable(variable, secret);
        return NoticeWorld.StartAsync(mailbox => NoticeWorld.Plain(mailbox) with { Webhook = new WebhookOptions { Url = address, Secret = SecretSource.FromEnvironment(variable) } });
    }

    /// <summary>RFC 2104 written out, so that nothing of the product checks itself.</summary>
    private static bool IsSigned(Got got, byte[] key)
    {
        var padded = new byte[64];
        (key.Length > 64 ? SHA256.HashData(key) : key).CopyTo(padded, 0);
        byte[] message = [.. Encoding.UTF8.GetBytes($"{got.Headers["webhook-id"]}.{got.Headers["webhook-timestamp"]}."), .. got.Body];
        var inner = SHA256.HashData([.. padded.Select(b => (byte)(b ^ 0x36)), .. message]);
        return got.Headers["webhook-signature"] == "v1," + Convert.ToBase64String(SHA256.HashData([.. padded.Select(b => (byte)(b ^ 0x5c)), .. inner]));
    }

    private sealed record Got(IReadOnlyDictionary<string, string> Headers, byte[] Body);

    private sealed class Receiver : IAsyncDisposable
    {
        private readonly WebApplication _app;
        private readonly List<Got> _got = [];

        private Receiver(WebApplication app) => _app = app;

        public int Status { get; set; } = 200;

        public Uri Address => new(new Uri(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()), "/hook");

        public IReadOnlyList<Got> Got
        {
            get
            {
                lock (_got)
                    return [.. _got];
            }
        }

        public static async Task<Receiver> StartAsync()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
            var receiver = new Receiver(builder.Build());
            receiver._app.Run(receiver.TakeAsync);
            await receiver._app.StartAsync();
            return receiver;
        }

        public ValueTask DisposeAsync() => _app.DisposeAsync();

        private async Task TakeAsync(HttpContext context)
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            lock (_got)
                _got.Add(new Got(context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase), body.ToArray()));
            context.Response.StatusCode = Status;
            if (Status == 302)
                context.Response.Headers.Location = "https://evil.example/";
        }
    }
}
