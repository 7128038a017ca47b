using Siit.Iam.Agent.Secrets;

namespace Siit.Iam.Agent.Idps.Entra;

/// <summary>How the connection proves who it is.</summary>
internal enum EntraCredentialKind
{
    ClientSecret,
    Certificate,
    FederatedToken,
    ManagedIdentity,
}

/// <summary>The settings of one connection to Entra ID: an application of the tenant with exactly one kind of credential.</summary>
internal sealed record EntraOptions
{
    private static readonly string[] CredentialKeys = ["clientId", "clientSecret", "certificate", "federatedToken", "managedIdentity"];
    private static readonly string[] Keys = ["idp", "tenantId", .. CredentialKeys, Credentials.Key, "cloud", "url", "tokenUrl", "pageSize", "maxPages", FieldMap.Key];

    private static readonly Dictionary<string, (string Graph, string Login)> Clouds = new(StringComparer.OrdinalIgnoreCase)
    {
        ["global"] = ("https://graph.microsoft.com", "https://login.microsoftonline.com"),
        ["usgov"] = ("https://graph.microsoft.us", "https://login.microsoftonline.us"),
        ["usgovdod"] = ("https://dod-graph.microsoft.us", "https://login.microsoftonline.us"),
        ["china"] = ("https://microsoftgraph.chinacloudapi.cn", "https://login.partner.microsoftonline.cn"),
    };

    /// <summary><c>tenantId</c>: the directory (tenant) id, a GUID.</summary>
    public required string TenantId { get; init; }

    /// <summary><c>clientId</c>: the application (client) id, a GUID; with a managed identity that of a user-assigned one, or left out.</summary>
    public string? ClientId { get; init; }

    public required EntraCredentialKind Credential { get; init; }

    /// <summary>
    /// <c>clientSecret</c>, <c>certificate</c> (PEM, certificate and private key) or <c>federatedToken</c>:
    /// <c>{"env": "NAME"}</c> or <c>{"file": "/path"}</c>. Null with <c>managedIdentity: true</c>.
    /// </summary>
    public SecretSource? Secret { get; init; }

    /// <summary><c>changes</c>: an application of its own for everything that is not a read. Null: one does both.</summary>
    public EntraOptions? Changes { get; init; }

    /// <summary>Graph with its version, from <c>cloud</c> (global, usgov, usgovdod, china; default global), or <c>url</c> on loopback.</summary>
    public Uri Url { get; init; } = new("https://graph.microsoft.com/v1.0");

    /// <summary>Where an object is referred to in a body: Graph's own address also when it is emulated.</summary>
    public string ReferenceUrl { get; init; } = "https://graph.microsoft.com/v1.0";

    /// <summary>The sign-in host of the cloud.</summary>
    public Uri Authority { get; init; } = new("https://login.microsoftonline.com");

    /// <summary><c>tokenUrl</c>: takes the place of <see cref="Authority"/>, on loopback only.</summary>
    public Uri? TokenUrl { get; init; }

    /// <summary><c>pageSize</c>: items asked for at once. 1 to 999, default 999.</summary>
    public int PageSize { get; init; } = 999;

    /// <summary><c>maxPages</c>: pages followed inside one read; a longer list is an error, never a part. 1 to 1000, default 50.</summary>
    public int MaxPages { get; init; } = 50;

    /// <summary><c>fields</c>: person field to attribute of a user, see <see cref="EntraAttributes"/>.</summary>
    public IReadOnlyDictionary<string, string> Fields { get; init; } = new Dictionary<string, string>();

    /// <summary>Reads and checks all settings; throws <see cref="ConnectionSettingsException"/> with every problem at once.</summary>
    public static EntraOptions From(string connection, IConfigurationSection section)
    {
        var problems = new List<string>();
        foreach (var key in section.GetChildren().Select(child => child.Key).Where(key => !Keys.Contains(key, StringComparer.OrdinalIgnoreCase)))
            problems.Add($"'{key}' is not known. Known: {string.Join(", ", Keys)}.");

        if (section["tenantId"] is not { } tenant || !Guid.TryParseExact(tenant, "D", out _))
            problems.Add("'tenantId' must be the directory's id, such as 0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0; a domain name can change hands.");
        if (!Clouds.TryGetValue(section["cloud"] ?? "global", out var cloud))
            problems.Add($"'cloud' must be one of {string.Join(", ", Clouds.Keys)}.");
        var (url, tokenUrl) = (Loopback(section, "url", problems), Loopback(section, "tokenUrl", problems));
        var options = new EntraOptions
        {
            TenantId = section["tenantId"] ?? "",
            Credential = default,
            Url = url ?? new Uri($"{cloud.Graph ?? "https://invalid.invalid"}/v1.0"),
            ReferenceUrl = $"{cloud.Graph}/v1.0",
            Authority = new Uri(cloud.Login ?? "https://invalid.invalid"),
            TokenUrl = tokenUrl,
            PageSize = Number(section, "pageSize", 1, 999, 999, problems),
            MaxPages = Number(section, "maxPages", 1, 1000, 50, problems),
            Fields = FieldMap.From(section, EntraAttributes.Names, problems),
        };
        options = options.SignedIn(section, problems) with
        {
            Changes = Credentials.FromSettings(section, CredentialKeys, problems, (changes, found) => options.SignedIn(changes, found)),
        };
        if (url is not null && tokenUrl is null && new[] { options, options.Changes }.Any(one => one is { Credential: not EntraCredentialKind.ManagedIdentity }))
            problems.Add("'url' without 'tokenUrl' would send the real credential's token to an emulator: set both.");
        return problems.Count == 0 ? options : throw new ConnectionSettingsException(connection, problems);
    }

    private EntraOptions SignedIn(IConfigurationSection section, List<string> problems)
    {
        var (kind, secret) = CredentialOf(section, problems);
        if (section["clientId"] is { } client ? !Guid.TryParseExact(client, "D", out _) : kind != EntraCredentialKind.ManagedIdentity)
            problems.Add("'clientId' must be the application's (client) id, a GUID.");
        return this with { ClientId = section["clientId"], Credential = kind, Secret = secret };
    }

    private static (EntraCredentialKind Kind, SecretSource? Secret) CredentialOf(IConfigurationSection section, List<string> problems)
    {
        (string Key, EntraCredentialKind Kind)[] secrets =
        [
            ("clientSecret", EntraCredentialKind.ClientSecret), ("certificate", EntraCredentialKind.Certificate), ("federatedToken", EntraCredentialKind.FederatedToken),
        ];
        var given = secrets.Where(secret => section.GetSection(secret.Key).Exists()).ToList();
        var managed = Flag(section, "managedIdentity", problems);
        if (given.Count + (managed ? 1 : 0) != 1)
            problems.Add("Exactly one of 'clientSecret', 'certificate', 'federatedToken' and 'managedIdentity' must say how to sign in.");
        if (given is not [var one, ..]) return (EntraCredentialKind.ManagedIdentity, null);
        return (one.Kind, SecretSource.FromSettings(section.GetSection(one.Key), problems));
    }

    private static Uri? Loopback(IConfigurationSection section, string key, List<string> problems)
    {
        if (section[key] is not { } text) return null;
        if (!Uri.TryCreate(text.TrimEnd('/'), UriKind.Absolute, out var url) || url.Scheme is not ("https" or "http")
            || url.UserInfo.Length > 0 || url.Query.Length > 0 || url.Fragment.Length > 0)
        {
            problems.Add($"'{key}' is no address such as http://127.0.0.1:7102/v1.0.");
            return null;
        }
        if (!Secrets.Loopback.Is(url))
            problems.Add($"'{key}' is for an emulator on loopback only; Microsoft's own addresses follow from 'cloud'.");
        return url;
    }

    private static bool Flag(IConfigurationSection section, string key, List<string> problems)
    {
        if (section[key] is not { } text) return false;
        if (bool.TryParse(text, out var flag)) return flag;
        problems.Add($"'{key}' must be true or false.");
        return false;
    }

    private static int Number(IConfigurationSection section, string key, int least, int most, int normal, List<string> problems)
    {
        if (section[key] is not { } text) return normal;
        if (int.TryParse(text, out var number) && number >= least && number <= most) return number;
        problems.Add($"'{key}' must be a number from {least} to {most}.");
        return normal;
    }
}
