using System.Net;
using System.Net.Sockets;
using System.Reflection;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Cli;
using Siit.Iam.Agent.Cli.Door;
using Siit.Iam.Agent.Console;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Idps.Entra;
using Siit.Iam.Agent.Idps.Google;
using Siit.Iam.Agent.Idps.JumpCloud;
using Siit.Iam.Agent.Idps.Okta;
using Siit.Iam.Agent.Mcp;
using Siit.Iam.Agent.Notices;
using Siit.Iam.Agent.People;
using Siit.Iam.Agent.People.Hris;
using Siit.Iam.Agent.Playbooks;
using Siit.Iam.Agent.Requests;
using Siit.Iam.Agent.Secrets;
using Siit.Iam.Agent.Store;
using Siit.Iam.Agent.ToolServers;

namespace Siit.Iam.Agent;

/// <summary>The whole server, composed in one place: for <c>siit-iam serve</c>, for the demo and for tests.</summary>
internal static class Server
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Callers prove themselves with tokens; who reaches the socket is decided by the folder's mode and group.</summary>
    private const UnixFileMode OwnerAndGroup = OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.GroupWrite;

    public static string Version { get; } =
        typeof(Server).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";

    /// <summary>
    /// Composes everything, opens nothing: starting it takes the data folder's lock, checks the audit log, brings both together,
    /// and only then listens.
    /// </summary>
    /// <param name="more">Registered last, so that it wins: a clock, other patience.</param>
    /// <exception cref="SettingsException">Every problem of every section.</exception>
    public static WebApplication Build(ServerSettings settings, Action<IServiceCollection>? more = null)
    {
        // Empty: no appsettings.json of whatever folder it is started in, no ASPNETCORE_ variables.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "siit-iam", ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.AddOperationsLog(settings.Data, settings.LogToStandardError);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Listen(kestrel, settings));
        builder.WebHost.UseSockets(sockets => sockets.CreateBoundListenSocket = BindPrivately);

        var services = builder.Services;
        services.AddRoutingCore();
        services.AddSingleton(settings);
        services.AddSingleton(TimeProvider.System);
        services.AddStore(settings.Data);
        services.AddAudit(audit => Copy(settings.Audit, audit));
        services.AddSingleton(settings.Audit);
        services.AddIdps();
        services.AddSingleton(provider => ConnectionSettings.Create(settings, provider));
        services.AddPeople(settings.Sync, settings.People);
        services.AddHris(settings.Hris);
        services.AddSecrets(settings.Secrets);
        services.AddToolServers(settings.ToolServers, settings.Playbooks);
        services.AddGate(settings.Gate);
        // After the gate: it looks first what the audit log knows as sent.
        services.AddNotices(settings.Notices);
        services.AddRequests();
        services.AddPlaybooks(new PlaybookOptions { Folder = settings.Playbooks, RequirePublished = settings.RequirePublished }, settings.Model);
        services.AddMcpDoor(settings.Mcp);
        services.AddOperatorsDoor();
        services.AddConsole(settings.Console);
        services.AddHostedService<ServerStart>();
        more?.Invoke(services);

        var app = builder.Build();
        Check(settings, app.Services);
        // Before the first line is logged into it: it is its owner's only.
        settings.Data.Create();
        app.UseAskers();
        app.Use(next => context => app.Services.GetRequiredService<OperatorsDoor>().HandleAsync(context, next));
        app.UseHostGuard();
        app.UseConsole();
        app.MapProbes();
        app.MapAuditTiles();
        app.MapMcpDoor();
        app.MapScim();
        app.MapConsole();
        return app;
    }

    /// <summary>The IdPs, alphabetically.</summary>
    public static IServiceCollection AddIdps(this IServiceCollection services)
    {
        services.AddEntra();
        services.AddGoogle();
        services.AddJumpCloud();
        services.AddOkta();
        return services;
    }

    /// <summary>What each IdP can do, for tables; nothing is connected.</summary>
    public static IReadOnlyList<IdpColumn> Idps() =>
    [
        .. new ServiceCollection().AddIdps().Select(service => service.ImplementationInstance).OfType<ConnectionFactory>()
            .Select(factory => new IdpColumn(factory.Idp.Id(), factory.Idp.Title(), action => action.IsSupportedBy(factory.ConnectionType))),
    ];

    /// <summary>Where the agents' door of a started server is.</summary>
    public static Uri AddressOf(WebApplication app) => new(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!
        .Addresses.First(address => !address.Contains("unix:", StringComparison.Ordinal)));

    private static void Listen(KestrelServerOptions kestrel, ServerSettings settings)
    {
        kestrel.AddServerHeader = false;
        kestrel.Listen(settings.Listen);
        kestrel.ListenUnixSocket(settings.Data.CallersSocket);
        kestrel.ListenUnixSocket(settings.Data.OperatorsSocket, OperatorsDoor.GuardConnections);
    }

    /// <summary>A socket's file gets its mode before anybody can connect to it.</summary>
    private static Socket BindPrivately(EndPoint endPoint)
    {
        var socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endPoint);
        if (endPoint is UnixDomainSocketEndPoint && !OperatingSystem.IsWindows())
            File.SetUnixFileMode(endPoint.ToString()!, Path.GetFileName(endPoint.ToString()) == "callers.sock" ? OwnerAndGroup : OwnerOnly);
        return socket;
    }

    private static void Check(ServerSettings settings, IServiceProvider services)
    {
        var problems = settings.Problems.ToList();
        try
        {
            _ = services.GetRequiredService<IdpConnections>();
        }
        catch (SettingsException wrong)
        {
            problems.AddRange(wrong.Problems);
        }

        if (problems.Count > 0)
            throw new SettingsException(problems);
    }

    private static void Copy(AuditOptions from, AuditOptions to) =>
        (to.Folder, to.QueueLength, to.ReserveBytes, to.WriteTimeout, to.Origin, to.CheckpointEvery, to.Keep, to.Witnesses) =
        (from.Folder, from.QueueLength, from.ReserveBytes, from.WriteTimeout, from.Origin, from.CheckpointEvery, from.Keep, from.Witnesses);
}
