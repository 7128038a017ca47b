using System.Text.Json.Nodes;
using Siit.Iam.Emulator.Demo;
using Siit.Iam.Emulator.Entra;
using Siit.Iam.Emulator.Google;
using Siit.Iam.Emulator.JumpCloud;
using Siit.Iam.Emulator.Okta;

namespace Siit.Iam.Emulator;

/// <summary>The emulated IdPs that run, alphabetically.</summary>
internal sealed class EmulatedIdps : IAsyncDisposable
{
    private readonly Stack<IAsyncDisposable> _started = [];

    private EmulatedIdps()
    {
    }

    public required EmulatedEntra Entra { get; init; }

    public required EmulatedGoogle Google { get; init; }

    public required EmulatedJumpCloud JumpCloud { get; init; }

    public required EmulatedOkta Okta { get; init; }

    public IReadOnlyList<(string Name, Uri Address)> Addresses =>
        [("Entra", Entra.BaseAddress), ("Google", Google.BaseAddress), ("JumpCloud", JumpCloud.BaseAddress), ("Okta", Okta.BaseAddress)];

    /// <param name="data">Where they keep their state; null keeps nothing.</param>
    /// <exception cref="IOException">A port is taken.</exception>
    public static async Task<EmulatedIdps> StartAsync(CommandLine command, string? data)
    {
        var started = new Stack<IAsyncDisposable>();
        try
        {
            var idps = new EmulatedIdps
            {
                Entra = Kept(await EmulatedEntra.StartAsync(command.Options(command.EntraPort, proxyPort: 7212, data))),
                Google = Kept(await EmulatedGoogle.StartAsync(command.Options(command.GooglePort, proxyPort: 7213, data))),
                JumpCloud = Kept(await EmulatedJumpCloud.StartAsync(command.Options(command.JumpCloudPort, proxyPort: 7215, data))),
                Okta = Kept(await EmulatedOkta.StartAsync(command.Options(command.OktaPort, proxyPort: 7211, data))),
            };
            foreach (var one in started.Reverse())
                idps._started.Push(one);
            return idps;
        }
        catch
        {
            while (started.TryPop(out var one))
                await one.DisposeAsync();
            throw;
        }

        T Kept<T>(T idp)
            where T : IAsyncDisposable
        {
            started.Push(idp);
            return idp;
        }
    }

    /// <summary>The section <c>connections</c> of the agent in front of them.</summary>
    public JsonObject Connections(DemoFolder folder) => new()
    {
        ["entra"] = new JsonObject
        {
            ["idp"] = "entra",
            ["tenantId"] = EmulatedEntra.TenantId,
            ["clientId"] = EmulatedEntra.ClientId,
            ["clientSecret"] = new JsonObject { ["file"] = KeyFile.Write(folder.Data.Path, "entra-client-secret", EmulatedEntra.ClientSecret) },
            ["url"] = Entra.GraphAddress.ToString(),
            ["tokenUrl"] = Entra.BaseAddress.ToString(),
        },
        ["google"] = new JsonObject
        {
            ["idp"] = "google",
            ["url"] = Google.BaseAddress.ToString(),
            ["tokenUrl"] = Google.TokenAddress.ToString(),
            ["key"] = new JsonObject { ["file"] = KeyFile.Write(folder.Data.Path, "google-key.json", Google.KeyJson) },
            ["subject"] = EmulatedGoogle.Subject,
            ["applications"] = new JsonArray(new JsonObject { ["id"] = "figma", ["name"] = "Figma", ["group"] = Google.Group("Figma Editors").Id }),
        },
        ["jumpcloud"] = new JsonObject
        {
            ["idp"] = "jumpcloud",
            ["url"] = JumpCloud.BaseAddress.ToString(),
            ["clientId"] = EmulatedJumpCloud.ClientId,
            ["clientSecret"] = new JsonObject { ["file"] = KeyFile.Write(folder.Data.Path, "jumpcloud-client-secret", EmulatedJumpCloud.ClientSecret) },
        },
        ["okta"] = new JsonObject
        {
            ["idp"] = "okta",
            ["url"] = Okta.BaseAddress.ToString(),
            ["clientId"] = EmulatedOkta.ClientId,
            ["privateKey"] = new JsonObject { ["file"] = KeyFile.Write(folder.Data.Path, "okta-private-key.pem", Okta.PrivateKeyPem) },
        },
    };

    /// <summary>What somebody needs who points other software at them.</summary>
    public void Show(string? data)
    {
        Terminal.Line($"Entra       {Entra.GraphAddress}");
        Terminal.Line($"  tenant    {EmulatedEntra.TenantId}");
        Terminal.Line($"  client    {EmulatedEntra.ClientId}");
        Terminal.Line($"  secret    {EmulatedEntra.ClientSecret}");
        Terminal.Line($"  control   {Entra.BaseAddress}_emulator/state");
        Terminal.Line($"Google      {Google.BaseAddress}");
        Terminal.Line($"  token     {Google.TokenAddress}");
        Terminal.Line($"  subject   {EmulatedGoogle.Subject}");
        Terminal.Line($"  key file  {KeyFile.Write(data, "google-key.json", Google.KeyJson)}");
        Terminal.Line($"  control   {Google.BaseAddress}_emulator/state");
        Terminal.Line($"JumpCloud   {JumpCloud.BaseAddress}");
        Terminal.Line($"  client    {EmulatedJumpCloud.ClientId}");
        Terminal.Line($"  secret    {EmulatedJumpCloud.ClientSecret}");
        Terminal.Line($"  API key   {EmulatedJumpCloud.ApiKey}");
        Terminal.Line($"  control   {JumpCloud.BaseAddress}_emulator/state");
        Terminal.Line($"Okta        {Okta.BaseAddress}");
        Terminal.Line($"  client    {EmulatedOkta.ClientId}");
        Terminal.Line($"  key file  {KeyFile.Write(data, "okta-private-key.pem", Okta.PrivateKeyPem)}");
        Terminal.Line($"  SSWS      {EmulatedOkta.SswsToken}");
        Terminal.Line($"  control   {Okta.BaseAddress}_emulator/state");
    }

    public async ValueTask DisposeAsync()
    {
        while (_started.TryPop(out var one))
            await one.DisposeAsync();
    }
}
