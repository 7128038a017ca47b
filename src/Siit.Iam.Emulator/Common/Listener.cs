using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Siit.Iam.Emulator.Common;

/// <summary>One Kestrel on loopback for one IdP: its control routes, the faults, then the IdP's own routes.</summary>
internal sealed class Listener : IAsyncDisposable
{
    private readonly WebApplication app;

    private Listener(WebApplication app) => this.app = app;

    public Uri Address { get; private set; } = new("http://127.0.0.1");

    /// <exception cref="IOException">The port is taken.</exception>
    public static Task<Listener> StartAsync(int port, FaultInjection faults, Action<IEndpointRouteBuilder> control, Action<IEndpointRouteBuilder> routes) => StartAsync(port, app =>
    {
        app.UseWhen(c => !c.Request.Path.StartsWithSegments("/_emulator"), own => own.Use(faults.RunAsync));
        app.UseRouting();
        control(app);
        routes(app);
    });

    /// <summary>Without faults.</summary>
    /// <exception cref="IOException">The port is taken.</exception>
    public static Task<Listener> StartAsync(int port, Action<IEndpointRouteBuilder> routes) => StartAsync(port, app =>
    {
        app.UseRouting();
        routes(app);
    });

    private static async Task<Listener> StartAsync(int port, Action<WebApplication> serve)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Loopback, port);
        });
        var app = builder.Build();
        serve(app);
        var listener = new Listener(app);
        await app.StartAsync();
        listener.Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        return listener;
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();
}
