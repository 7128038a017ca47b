using System.Text.Json.Nodes;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Idps.Google;
using Siit.Iam.Agent.Idps.Resilience;
using Siit.Iam.Agent.Secrets;
using Siit.Iam.Emulator.Common;
using Siit.Iam.Emulator.Google;

namespace Siit.Iam.Agent.Tests.Idps.Google;

/// <summary>The connector's real HTTP code in front of an emulated Google, impatient enough for tests.</summary>
internal sealed class GoogleWorld : IAsyncDisposable
{
    public static readonly ResilienceOptions Impatient = new()
    {
        FirstDelay = TimeSpan.FromMilliseconds(1),
        MaxWait = TimeSpan.FromSeconds(2),
        TryTimeout = TimeSpan.FromSeconds(5),
    };

    private readonly string _folder = Directory.CreateTempSubdirectory("siit-google-").FullName;
    private readonly TimeProvider _time;
    private int _secrets;
    private Siit.Iam.Agent.Idps.Google.GoogleServiceAccount? _account;

    private GoogleWorld(EmulatedGoogle google, TimeProvider time, int pageSize)
    {
        (Google, _time) = (google, time);
        Connection = Connect(options => options with { PageSize = pageSize });
    }

    public EmulatedGoogle Google { get; }

    /// <summary>Acts as <c>svc-siit</c>; Figma is mapped to its group.</summary>
    public GoogleConnection Connection { get; }

    public static async Task<GoogleWorld> StartAsync(EmulatorOptions? emulator = null, int pageSize = 200, TimeProvider? time = null) => new(
        await EmulatedGoogle.StartAsync((emulator ?? new()) with { TimeProvider = time ?? emulator?.TimeProvider ?? TimeProvider.System }),
        time ?? TimeProvider.System, pageSize);

    /// <summary>Another connection to the same tenant.</summary>
    public GoogleConnection Connect(Func<GoogleOptions, GoogleOptions>? change = null, ResilienceOptions? resilience = null, TimeProvider? time = null)
    {
        var options = new GoogleOptions
        {
            Url = Google.BaseAddress,
            TokenUrl = Google.TokenAddress,
            Key = Secret(Google.KeyJson),
            Subject = EmulatedGoogle.Subject,
            Applications = [new("figma", "Figma", GroupId("Figma Editors")), new("vpn", "VPN", GroupId("VPN Users"))],
        };
        return GoogleSetup.Create("google", change?.Invoke(options) ?? options, resilience ?? Impatient, time ?? _time);
    }

    /// <summary>A secret in a file of its own.</summary>
    public SecretSource Secret(string text)
    {
        var path = Path.Combine(_folder, $"secret-{Interlocked.Increment(ref _secrets)}");
        File.WriteAllText(path, text);
        return SecretSource.FromFile(path);
    }

    /// <summary>The account as the connector reads it.</summary>
    public async Task<Account> AccountAsync(string login) => (await PictureAsync(login, PictureParts.None)).Account;

    public Task<AccountPicture> PictureAsync(string login, PictureParts parts) => Connection.GetPictureAsync(Id(login), parts, CancellationToken.None);

    public Task<GroupPicture> GroupAsync(string name) => Connection.GetGroupAsync(GroupId(name), CancellationToken.None);

    public Task<IdpApplication> ApplicationAsync(string id) => Connection.GetApplicationAsync(id, CancellationToken.None);

    public string Id(string login) => Google.User(Address(login)).Id;

    public string GroupId(string name) => Google.Group(name).Id;

    public void Arrange(string json) => Assert.Null(Google.Arrange(JsonNode.Parse(json)!.AsObject()));

    public void Fault(FaultKind kind, string? method = null, string? path = null, int? times = 1, int status = 503, int resetSeconds = 30, int milliseconds = 0) =>
        Google.Faults.Add(new Fault { Kind = kind, Method = method, Path = path, Times = times, Status = status, ResetSeconds = resetSeconds, Milliseconds = milliseconds });

    /// <summary>What anybody may ask of the Directory API; the answer.</summary>
    public async Task<JsonNode?> SendAsync(string method, string path, string? body = null)
    {
        _account ??= new Siit.Iam.Agent.Idps.Google.GoogleServiceAccount(
            new GoogleOptions
            {
                Url = Google.BaseAddress,
                TokenUrl = Google.TokenAddress,
                Key = Secret(Google.KeyJson),
                Subject = EmulatedGoogle.Subject,
                Scopes = [.. Google.State.ServiceAccounts[GoogleSeed.ServiceAccount].DelegatedScopes],
            },
            IdpHttp.Create(Google.TokenAddress, GoogleThrottling.Rules, Impatient, _time), _time);
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(Google.BaseAddress, $"/admin/directory/v1{path}"));
        request.Headers.Authorization = await _account.GetAsync(null, CancellationToken.None);
        if (body is not null) request.Content = new StringContent(body);
        using var answer = await http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{method} {path}: {text}");
        return text.Length == 0 ? null : JsonNode.Parse(text);
    }

    /// <summary>Requests that reached the emulator.</summary>
    public IReadOnlyList<SeenRequest> Requests(string method, string pathEnd) =>
        [.. Google.Requests.Requests.Where(request => request.Method == method && request.Target.Split('?')[0].EndsWith(pathEnd, StringComparison.Ordinal))];

    public async ValueTask DisposeAsync()
    {
        _account?.Dispose();
        await Google.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static string Address(string login) => login.Contains('@', StringComparison.Ordinal) ? login : $"{login}@acme.example";
}
