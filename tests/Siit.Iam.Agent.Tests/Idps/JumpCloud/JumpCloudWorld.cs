using System.Text.Json.Nodes;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Idps.JumpCloud;
using Siit.Iam.Agent.Idps.Resilience;
using Siit.Iam.Agent.Secrets;
using Siit.Iam.Emulator.Common;
using Siit.Iam.Emulator.JumpCloud;

namespace Siit.Iam.Agent.Tests.Idps.JumpCloud;

/// <summary>The real connector in front of an emulated JumpCloud.</summary>
internal sealed class JumpCloudWorld : IAsyncDisposable
{
    private const string SecretVariable = "SIIT_TEST_JUMPCLOUD_SECRET";
    private const string KeyVariable = "SIIT_TEST_JUMPCLOUD_KEY";

    /// <summary>Retries without the waiting.</summary>
    public static readonly ResilienceOptions Quick = new()
    {
        FirstDelay = TimeSpan.FromMilliseconds(1),
        MaxWait = TimeSpan.FromSeconds(2),
        TryTimeout = TimeSpan.FromSeconds(20),
    };

    private JumpCloudWorld(EmulatedJumpCloud jumpCloud) => JumpCloud = jumpCloud;

    public EmulatedJumpCloud JumpCloud { get; }

    public static async Task<JumpCloudWorld> StartAsync(EmulatorOptions? emulator = null)
    {
        Environment.SetEnvironmentVariable(SecretVariable, EmulatedJumpCloud.ClientSecret);
        Environment.SetEnvironmentVariable(KeyVariable, EmulatedJumpCloud.ApiKey);
        return new JumpCloudWorld(await EmulatedJumpCloud.StartAsync(emulator));
    }

    public JumpCloudConnection Connect(int pageSize = 100, Func<JumpCloudOptions, JumpCloudOptions>? with = null, ResilienceOptions? resilience = null, TimeProvider? time = null)
    {
        var options = JumpCloudOptions.At(JumpCloud.BaseAddress) with
        {
            ClientId = EmulatedJumpCloud.ClientId,
            ClientSecret = SecretSource.FromEnvironment(SecretVariable),
            PageSize = pageSize,
            MaxPages = 1000,
        };
        return JumpCloudSetup.Create("jumpcloud", with?.Invoke(options) ?? options, resilience ?? Quick, time ?? TimeProvider.System);
    }

    public JumpCloudConnection ConnectByKey(string owner = EmulatedJumpCloud.ApiKeyOwner) =>
        Connect(with: options => options with { ClientId = null, ClientSecret = null, ApiKey = SecretSource.FromEnvironment(KeyVariable), ApiKeyOwner = owner });

    public Task<AccountPicture> PictureAsync(string login, PictureParts parts = PictureParts.All) =>
        Connect().GetPictureAsync(JumpCloud.User(login).Id, parts, CancellationToken.None);

    public async Task<Account> AccountAsync(string login) => (await PictureAsync(login, PictureParts.None)).Account;

    public Task<GroupPicture> GroupAsync(string name) => Connect().GetGroupAsync(JumpCloud.Group(name).Id, CancellationToken.None);

    public Task<IdpApplication> ApplicationAsync(string label) => Connect().GetApplicationAsync(JumpCloud.App(label).Id, CancellationToken.None);

    public void Arrange(string change) => Assert.Null(JumpCloud.Arrange(JsonNode.Parse(change)!.AsObject()));

    public ValueTask DisposeAsync() => JumpCloud.DisposeAsync();
}
