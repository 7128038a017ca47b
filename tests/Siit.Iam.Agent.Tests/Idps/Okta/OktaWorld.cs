using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Idps.Okta;
using Siit.Iam.Agent.Idps.Resilience;
using Siit.Iam.Agent.Secrets;
using Siit.Iam.Emulator.Common;
using Siit.Iam.Emulator.Okta;

namespace Siit.Iam.Agent.Tests.Idps.Okta;

/// <summary>The connector's real HTTP code in front of an emulated Okta, impatient enough for tests.</summary>
internal sealed class OktaWorld : IAsyncDisposable
{
    public static readonly ResilienceOptions Impatient = new()
    {
        FirstDelay = TimeSpan.FromMilliseconds(1),
        MaxWait = TimeSpan.FromSeconds(2),
        TryTimeout = TimeSpan.FromSeconds(5),
    };

    private readonly string _folder = Directory.CreateTempSubdirectory("siit-okta-").FullName;
    private readonly TimeProvider _time;
    private int _secrets;

    private OktaWorld(EmulatedOkta okta, TimeProvider time, int pageSize)
    {
        (Okta, _time) = (okta, time);
        Connection = Connect(options => options with { PageSize = pageSize });
    }

    public EmulatedOkta Okta { get; }

    /// <summary>Signed in as the service app.</summary>
    public OktaConnection Connection { get; }

    public static async Task<OktaWorld> StartAsync(EmulatorOptions? emulator = null, int pageSize = 200, TimeProvider? time = null) =>
        new(await EmulatedOkta.StartAsync(emulator), time ?? TimeProvider.System, pageSize);

    /// <summary>Another connection to the same tenant, of the service app unless changed.</summary>
    public OktaConnection Connect(Func<OktaOptions, OktaOptions>? change = null, ResilienceOptions? resilience = null, TimeProvider? time = null)
    {
        var options = new OktaOptions { Url = Okta.BaseAddress, ClientId = EmulatedOkta.ClientId, PrivateKey = Secret(Okta.PrivateKeyPem) };
        return OktaSetup.Create("okta", change?.Invoke(options) ?? options, resilience ?? Impatient, time ?? _time);
    }

    public OktaConnection ConnectWithToken(string? token = null) => Connect(options => WithToken(options, Secret(token ?? EmulatedOkta.SswsToken)));

    public static OktaOptions WithToken(OktaOptions options, SecretSource token) => options with { ClientId = null, PrivateKey = null, Token = token };

    /// <summary>A secret in a file of its own.</summary>
    public SecretSource Secret(string text)
    {
        var path = Path.Combine(_folder, $"secret-{Interlocked.Increment(ref _secrets)}");
        File.WriteAllText(path, text);
        return SecretSource.FromFile(path);
    }

    /// <summary>The account as the connector reads it.</summary>
    public async Task<Account> AccountAsync(string login) => (await PictureAsync(login, PictureParts.None)).Account;

    public Task<AccountPicture> PictureAsync(string login, PictureParts parts) =>
        Connection.GetPictureAsync(Okta.User(Address(login)).Id, parts, CancellationToken.None);

    public async Task<IdpGroup> GroupAsync(string name) => (await Connection.GetGroupAsync(Okta.Group(name).Id, CancellationToken.None)).Group;

    public Task<IdpApplication> ApplicationAsync(string label) => Connection.GetApplicationAsync(Okta.App(label).Id, CancellationToken.None);

    public string Id(string login) => Okta.User(Address(login)).Id;

    public string Status(string login) => Okta.User(Address(login)).Status;

    public void Fault(FaultKind kind, string? method = null, string? path = null, int? times = 1, int status = 503, int resetSeconds = 30, int milliseconds = 0) =>
        Okta.Faults.Add(new Fault { Kind = kind, Method = method, Path = path, Times = times, Status = status, ResetSeconds = resetSeconds, Milliseconds = milliseconds });

    /// <summary>Requests that reached the emulator, but for sign-ins.</summary>
    public IReadOnlyList<SeenRequest> Requests(string method, string pathEnd) =>
        [.. Okta.Requests.Requests.Where(request => request.Method == method && request.Target.Split('?')[0].EndsWith(pathEnd, StringComparison.Ordinal))];

    public async ValueTask DisposeAsync()
    {
        await Okta.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static string Address(string login) => login.Contains('@', StringComparison.Ordinal) ? login : $"{login}@acme.example";
}
