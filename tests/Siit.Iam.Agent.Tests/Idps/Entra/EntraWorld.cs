using System.Text.Json.Nodes;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Idps.Entra;
using Siit.Iam.Agent.Idps.Resilience;
using Siit.Iam.Agent.Secrets;
using Siit.Iam.Emulator.Common;
using Siit.Iam.Emulator.Entra;

namespace Siit.Iam.Agent.Tests.Idps.Entra;

/// <summary>The real connector in front of an emulated Entra.</summary>
internal sealed class EntraWorld : IAsyncDisposable
{
    public const string SecretVariable = "SIIT_TEST_ENTRA_SECRET";

    private EntraWorld(EmulatedEntra entra, EntraOptions options)
    {
        Entra = entra;
        Options = options;
        Connection = Connect(options);
    }

    public EmulatedEntra Entra { get; }

    public EntraOptions Options { get; }

    public EntraConnection Connection { get; }

    public static async Task<EntraWorld> StartAsync(int pageSize = 200, EmulatorOptions? emulator = null)
    {
        Environment.SetEnvironmentVariable(SecretVariable, EmulatedEntra.ClientSecret);
        var entra = await EmulatedEntra.StartAsync(emulator);
        return new EntraWorld(entra, OptionsFor(entra) with { PageSize = pageSize });
    }

    public static EntraOptions OptionsFor(EmulatedEntra entra) => new()
    {
        TenantId = EmulatedEntra.TenantId,
        ClientId = EmulatedEntra.ClientId,
        Credential = EntraCredentialKind.ClientSecret,
        Secret = SecretSource.FromEnvironment(SecretVariable),
        Url = entra.GraphAddress,
        TokenUrl = entra.BaseAddress,
        MaxPages = 1000,
    };

    public static EntraConnection Connect(EntraOptions options, TimeProvider? time = null) =>
        EntraSetup.Create("entra", options, new ResilienceOptions { FirstDelay = TimeSpan.FromMilliseconds(10) }, time ?? TimeProvider.System);

    public string Id(string login) => Entra.User(login.Contains('@') ? login : $"{login}@acme.example").Id;

    public async Task<Account> AccountAsync(string login) => (await Connection.GetPictureAsync(Id(login), PictureParts.None, Token)).Account;

    public Task<AccountPicture> PictureAsync(string login) => Connection.GetPictureAsync(Id(login), PictureParts.All, Token);

    public async Task<IdpGroup> GroupAsync(string name) => (await Connection.GetGroupAsync(Entra.Group(name).Id, Token)).Group;

    public Task<IdpApplication> ApplicationAsync(string name) => Connection.GetApplicationAsync(Entra.App(name).Id, Token);

    public void Arrange(string change) => Assert.Null(Entra.Arrange(JsonNode.Parse(change)!.AsObject()));

    /// <summary>Every trap code for an action, blocking ones with a "!" before them.</summary>
    public async Task<IReadOnlyList<string>> TrapsAsync(string action, string login, string? group = null, string? application = null, string? factor = null)
    {
        var situation = new Situation
        {
            Picture = await PictureAsync(login),
            Group = group is null ? null : await Connection.GetGroupAsync(Entra.Group(group).Id, Token),
            Application = application is null ? null : await ApplicationAsync(application),
            PasswordMode = action == "reset_password" ? PasswordMode.Expire : null,
            FactorId = factor is null ? null : Entra.User(Id(login)).Methods.Find(method => method.Type == factor)?.Id ?? factor,
        };
        return [.. Connection.TrapsOf(action, situation).Select(trap => (trap.Blocks ? "!" : "") + trap.Code)];
    }

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => Entra.DisposeAsync();
}
