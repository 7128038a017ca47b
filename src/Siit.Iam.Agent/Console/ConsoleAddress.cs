using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Siit.Iam.Agent.Console;

/// <summary>The address that people reach the page at: as configured, else where the server listens, which is known once it does.</summary>
internal sealed class ConsoleAddress(ConsoleOptions options, IServiceProvider services)
{
    private readonly Lazy<Uri> _value = new(() => options.Address ?? new Uri(services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!
        .Addresses.First(address => !address.Contains("unix:", StringComparison.Ordinal))));

    /// <summary>Ends with a slash.</summary>
    public Uri Value => _value.Value;

    /// <summary>The whole address of a page, for messages.</summary>
    public string Of(string path) => new Uri(Value, path).ToString();
}
