using Siit.Iam.Agent.Secrets;

namespace Siit.Iam.Agent.Idps.JumpCloud;

/// <summary>The settings of one connection to JumpCloud. Either a service account (client id and secret) or an administrator's API key.</summary>
internal sealed record JumpCloudOptions
{
    private static readonly string[] CredentialKeys = ["clientId", "clientSecret", "apiKey", "apiKeyOwner"];
    private static readonly string[] Keys = ["idp", "region", "url", "orgId", .. CredentialKeys, Credentials.Key, "mfaExemptionDays", "pageSize", "maxPages", FieldMap.Key];

    /// <summary>The console, for people.</summary>
    public required Uri Tenant { get; init; }

    /// <summary>The first API, such as <c>https://console.jumpcloud.com/api</c>.</summary>
    public required Uri V1 { get; init; }

    /// <summary>The second API, such as <c>https://console.jumpcloud.com/api/v2</c>.</summary>
    public required Uri V2 { get; init; }

    /// <summary>Directory Insights, such as <c>https://api.jumpcloud.com/insights/directory/v1</c>.</summary>
    public required Uri Insights { get; init; }

    /// <summary>Where a service account signs in, such as <c>https://admin-oauth.id.jumpcloud.com/oauth2/token</c>.</summary>
    public required Uri Token { get; init; }

    /// <summary><c>orgId</c>: the organization, needed by administrators of several (multi-tenant portal).</summary>
    public string? OrganizationId { get; init; }

    /// <summary><c>clientId</c> of the service account.</summary>
    public string? ClientId { get; init; }

    /// <summary><c>clientSecret</c> of the service account: <c>{"env": "NAME"}</c> or <c>{"file": "/path"}</c>.</summary>
    public SecretSource? ClientSecret { get; init; }

    /// <summary><c>apiKey</c> of an administrator instead of a service account: <c>{"env": "NAME"}</c> or <c>{"file": "/path"}</c>.</summary>
    public SecretSource? ApiKey { get; init; }

    /// <summary><c>apiKeyOwner</c>: that administrator's email. JumpCloud has no call that tells whose key it is.</summary>
    public string? ApiKeyOwner { get; init; }

    /// <summary><c>changes</c>: a credential of its own for everything that is not a read. Null: one does both.</summary>
    public JumpCloudOptions? Changes { get; init; }

    /// <summary><c>mfaExemptionDays</c>: days without a second factor in which a person enrols again after a reset. 1 to 30, default 7.</summary>
    public int MfaExemptionDays { get; init; } = 7;

    /// <summary><c>pageSize</c>: items asked for at once. 1 to 100, default 100.</summary>
    public int PageSize { get; init; } = 100;

    /// <summary><c>maxPages</c>: pages followed inside one read; a longer list is an error, never a part. 1 to 1000, default 100.</summary>
    public int MaxPages { get; init; } = 100;

    /// <summary><c>fields</c>: which attribute of JumpCloud's feeds which field of a person.</summary>
    public IReadOnlyDictionary<string, string> Fields { get; init; } = new Dictionary<string, string>();

    /// <summary><c>region</c>: <c>us</c> (default), <c>eu</c> or <c>in</c>. The hosts are written out, because a wrong one would get the credential.</summary>
    public static JumpCloudOptions? Of(string region) => region switch
    {
        "us" => Hosts("https://console.jumpcloud.com", "https://api.jumpcloud.com", "https://admin-oauth.id.jumpcloud.com"),
        "eu" => Hosts("https://console.eu.jumpcloud.com", "https://api.eu.jumpcloud.com", "https://admin-oauth.id.eu.jumpcloud.com"),
        "in" => Hosts("https://console.in.jumpcloud.com", "https://api.in.jumpcloud.com", "https://admin-oauth.id.in.jumpcloud.com"),
        _ => null,
    };

    /// <summary>Everything at one address, as the emulator serves it.</summary>
    public static JumpCloudOptions At(Uri root)
    {
        var origin = root.GetLeftPart(UriPartial.Authority);
        return Hosts(origin, origin, origin);
    }

    /// <summary>Reads and checks all settings; throws <see cref="ConnectionSettingsException"/> with every problem at once.</summary>
    public static JumpCloudOptions From(string connection, IConfigurationSection section)
    {
        var problems = new List<string>();
        foreach (var key in section.GetChildren().Select(child => child.Key).Where(key => !Keys.Contains(key, StringComparer.OrdinalIgnoreCase)))
            problems.Add($"'{key}' is not known. Known: {string.Join(", ", Keys)}.");

        var options = Addresses(section, problems) with
        {
            OrganizationId = section["orgId"],
            MfaExemptionDays = Number(section, "mfaExemptionDays", 1, 30, 7, problems),
            PageSize = Number(section, "pageSize", 1, 100, 100, problems),
            MaxPages = Number(section, "maxPages", 1, 1000, 100, problems),
            Fields = FieldMap.From(section, JumpCloudAttributes.Names, problems),
        };
        if (options.OrganizationId is not null && !JumpCloudIds.Accepts(options.OrganizationId))
            problems.Add("'orgId' must be an organization's id: 24 hexadecimal digits, from the console's settings.");
        options = options.SignedIn(section, problems) with
        {
            Changes = Credentials.FromSettings(section, CredentialKeys, problems, (changes, found) => options.SignedIn(changes, found)),
        };
        return problems.Count == 0 ? options : throw new ConnectionSettingsException(connection, problems);
    }

    private JumpCloudOptions SignedIn(IConfigurationSection section, List<string> problems)
    {
        var options = this with
        {
            ClientId = section["clientId"],
            ClientSecret = SecretSource.FromSettings(section.GetSection("clientSecret"), problems),
            ApiKey = SecretSource.FromSettings(section.GetSection("apiKey"), problems),
            ApiKeyOwner = section["apiKeyOwner"],
        };
        problems.AddRange(options.CredentialProblems(section));
        return options;
    }

    private IEnumerable<string> CredentialProblems(IConfigurationSection section)
    {
        var hasKey = section.GetSection("apiKey").Exists();
        var hasAccount = section.GetSection("clientId").Exists() || section.GetSection("clientSecret").Exists();
        if (hasKey && hasAccount) yield return "'apiKey' and 'clientId'/'clientSecret' exclude each other: keep the service account and remove 'apiKey'.";
        if (!hasKey && !hasAccount) yield return "No credential: set 'clientId' and 'clientSecret' (a service account), or 'apiKey' (an administrator's key).";
        if (hasKey && ApiKeyOwner?.Contains('@', StringComparison.Ordinal) != true)
            yield return "'apiKeyOwner' is missing: the email of the administrator whose key it is, so that nobody locks that account out.";
        if (!hasKey && section.GetSection("apiKeyOwner").Exists()) yield return "'apiKeyOwner' belongs to 'apiKey': remove it.";
        if (hasAccount && !hasKey)
        {
            if (string.IsNullOrWhiteSpace(ClientId) || ClientId.Any(c => c is <= ' ' or > '~' or ':')) yield return "'clientId' must be the service account's client id.";
            if (!section.GetSection("clientSecret").Exists()) yield return "'clientSecret' is missing: {\"env\": \"NAME\"} or {\"file\": \"/path\"}.";
        }
    }

    private static JumpCloudOptions Addresses(IConfigurationSection section, List<string> problems)
    {
        var region = section["region"];
        if (section["url"] is not { } text)
        {
            if (Of(region ?? "us") is { } known) return known;
            problems.Add("'region' must be us, eu or in: where the organization is hosted.");
        }
        else if (region is not null)
        {
            problems.Add("'region' and 'url' exclude each other: 'url' is for an emulator on this machine only.");
        }
        else if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("https" or "http") || !Loopback.Is(url)
            || url.UserInfo.Length > 0 || url.PathAndQuery != "/" || url.Fragment.Length > 0)
        {
            problems.Add($"'url' ({text}) must be a bare loopback address such as http://127.0.0.1:7104; JumpCloud's own hosts are chosen with 'region'.");
        }
        else
        {
            return At(url);
        }
        return Of("us")!;
    }

    private static JumpCloudOptions Hosts(string console, string api, string signIn) => new()
    {
        Tenant = new Uri(console),
        V1 = new Uri(console + "/api"),
        V2 = new Uri(console + "/api/v2"),
        Insights = new Uri(api + "/insights/directory/v1"),
        Token = new Uri(signIn + "/oauth2/token"),
    };

    private static int Number(IConfigurationSection section, string key, int least, int most, int normal, List<string> problems)
    {
        if (section[key] is not { } text) return normal;
        if (int.TryParse(text, out var number) && number >= least && number <= most) return number;
        problems.Add($"'{key}' must be a number from {least} to {most}.");
        return normal;
    }
}
