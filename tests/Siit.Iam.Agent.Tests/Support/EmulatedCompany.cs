using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Idps.Entra;
using Siit.Iam.Agent.Idps.Google;
using Siit.Iam.Agent.Idps.JumpCloud;
using Siit.Iam.Agent.Idps.Okta;
using Siit.Iam.Agent.Idps.Resilience;
using Siit.Iam.Agent.Secrets;
using Siit.Iam.Emulator.Common;
using Siit.Iam.Emulator.Entra;
using Siit.Iam.Emulator.Google;
using Siit.Iam.Emulator.JumpCloud;
using Siit.Iam.Emulator.Okta;

namespace Siit.Iam.Agent.Tests.Support;

/// <summary>Emulated IdPs of one company, and how the real connectors reach each: connections are named like their IdP.</summary>
internal sealed class EmulatedCompany : IAsyncDisposable
{
    private static int _started;

    // Tests run side by side, and a secret is read anew each time.
    private readonly string _variables = $"SIIT_TEST_{Interlocked.Increment(ref _started)}_";

    private EmulatedCompany(ManualTime time, bool isOnOneClock = true) => (Time, IsOnOneClock) = (time, isOnOneClock);

    /// <summary>The clock of the gate before the IdPs, and of the IdPs when <see cref="IsOnOneClock"/>.</summary>
    public ManualTime Time { get; }

    /// <summary>When not, IdPs and connectors stay at the real time while a test puts the gate's forward by hours.</summary>
    public bool IsOnOneClock { get; }

    public EmulatedOkta? Okta { get; private init; }

    public EmulatedEntra? Entra { get; private init; }

    public EmulatedGoogle? Google { get; private init; }

    public EmulatedJumpCloud? JumpCloud { get; private init; }

    public static async Task<EmulatedCompany> OnlyOktaAsync(EmulatorOptions? emulator = null) =>
        new(new ManualTime(), isOnOneClock: false) { Okta = await EmulatedOkta.StartAsync(emulator) };

    /// <summary>On one clock: these IdPs, or all four when none is named.</summary>
    public static async Task<EmulatedCompany> StartAsync(EmulatorOptions? emulator = null, params string[] idps)
    {
        var time = new ManualTime();
        var options = (emulator ?? new EmulatorOptions()) with { TimeProvider = time };
        return new EmulatedCompany(time)
        {
            Okta = Has("okta") ? await EmulatedOkta.StartAsync(options) : null,
            Entra = Has("entra") ? await EmulatedEntra.StartAsync(options) : null,
            Google = Has("google") ? await EmulatedGoogle.StartAsync(options) : null,
            JumpCloud = Has("jumpcloud") ? await EmulatedJumpCloud.StartAsync(options) : null,
        };

        bool Has(string idp) => idps.Length == 0 || idps.Contains(idp);
    }

    public IEmulated Idp(string connection) => connection switch
    {
        "okta" => Okta!,
        "entra" => Entra!,
        "google" => Google!,
        "jumpcloud" => JumpCloud!,
        _ => throw new ArgumentOutOfRangeException(nameof(connection), connection, null),
    };

    /// <summary>A connection to each IdP that was started.</summary>
    public IReadOnlyList<IIdpConnection> Connect(ResilienceOptions resilience)
    {
        var time = IsOnOneClock ? Time : TimeProvider.System;
        var connections = new List<IIdpConnection>();
        if (Okta is not null)
            connections.Add(OktaSetup.Create("okta", new OktaOptions { Url = Okta.BaseAddress, Token = Secret("OKTA", EmulatedOkta.SswsToken) }, resilience, time));
        if (Entra is not null)
            connections.Add(EntraSetup.Create("entra", EntraOptions(Entra), resilience, time));
        if (Google is not null)
            connections.Add(GoogleSetup.Create("google", GoogleOptions(Google), resilience, time));
        if (JumpCloud is not null)
        {
            var options = JumpCloudOptions.At(JumpCloud.BaseAddress) with { ClientId = EmulatedJumpCloud.ClientId, ClientSecret = Secret("JUMPCLOUD", EmulatedJumpCloud.ClientSecret) };
            connections.Add(JumpCloudSetup.Create("jumpcloud", options, resilience, time));
        }

        return connections;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var idp in new IAsyncDisposable?[] { Okta, Entra, Google, JumpCloud })
            if (idp is not null) await idp.DisposeAsync();
    }

    private EntraOptions EntraOptions(EmulatedEntra entra) => new()
    {
        TenantId = EmulatedEntra.TenantId,
        ClientId = EmulatedEntra.ClientId,
        Credential = EntraCredentialKind.ClientSecret,
        Secret = Secret("ENTRA", EmulatedEntra.ClientSecret),
        Url = entra.GraphAddress,
        TokenUrl = entra.BaseAddress,
    };

    /// <summary>Figma is mapped to its group.</summary>
    private GoogleOptions GoogleOptions(EmulatedGoogle google) => new()
    {
        Url = google.BaseAddress,
        ReportsUrl = google.BaseAddress,
        IdentityUrl = google.BaseAddress,
        TokenUrl = google.TokenAddress,
        Key = Secret("GOOGLE", google.KeyJson),
        Subject = EmulatedGoogle.Subject,
        Applications = [new("figma", "Figma", google.Group("Figma Editors").Id)],
    };

    private SecretSource Secret(string name, string text)
    {
        Environment.SetEnvironmentVariable(_variables + name, text);
        return SecretSource.FromEnvironment(_variables + name);
    }
}
