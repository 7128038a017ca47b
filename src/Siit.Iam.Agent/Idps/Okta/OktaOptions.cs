using Siit.Iam.Agent.Secrets;

namespace Siit.Iam.Agent.Idps.Okta;

/// <summary>The settings of one connection to Okta. Either a service app (client id, scopes, private key) or an API token.</summary>
internal sealed record OktaOptions
{
    private static readonly string[] VendorDomains = [".okta.com", ".oktapreview.com", ".okta-emea.com", ".okta-gov.com", ".okta.mil"];
    private static readonly string[] CredentialKeys = ["clientId", "scopes", "privateKey", "keyId", "dpop", "token"];
    private static readonly string[] Keys = ["idp", "url", "allowCustomDomain", .. CredentialKeys, Credentials.Key, FieldMap.Key, "pageSize", "maxPages"];

    private const int LargestPageSize = 200;

    /// <summary>Scopes for everything this connector can do; leave out what you do not want it to do.</summary>
    public static readonly IReadOnlyList<string> AllScopes =
    [
        "okta.apps.manage", "okta.apps.read", "okta.groups.manage", "okta.groups.read", "okta.logs.read", "okta.roles.read",
        "okta.users.manage", "okta.users.read",
    ];

    /// <summary>What is asked for when another credential makes the changes, and by that one.</summary>
    public static readonly IReadOnlyList<string> ReadScopes = ["okta.apps.read", "okta.groups.read", "okta.logs.read", "okta.roles.read", "okta.users.read"];
    public static readonly IReadOnlyList<string> ChangeScopes = ["okta.apps.manage", "okta.groups.manage", "okta.users.manage"];

    /// <summary><c>url</c>: the tenant, such as <c>https://acme.okta.com</c> (not the <c>-admin</c> address). http only on loopback.</summary>
    public required Uri Url { get; init; }

    /// <summary><c>allowCustomDomain</c>: says that a URL outside Okta's own domains is meant. Default false.</summary>
    public bool AllowCustomDomain { get; init; }

    /// <summary><c>clientId</c> of the service app (<c>0oa…</c>).</summary>
    public string? ClientId { get; init; }

    /// <summary>
    /// <c>scopes</c> to ask for. Default: <see cref="AllScopes"/>; with a second credential <see cref="ReadScopes"/>, and
    /// <see cref="ChangeScopes"/> for that.
    /// </summary>
    public IReadOnlyList<string> Scopes { get; init; } = AllScopes;

    /// <summary><c>privateKey</c> of the service app: <c>{"env": "NAME"}</c> or <c>{"file": "/path"}</c>, PEM or JWK.</summary>
    public SecretSource? PrivateKey { get; init; }

    /// <summary><c>keyId</c>: the <c>kid</c> that Okta shows beside the public key. A JWK brings its own.</summary>
    public string? KeyId { get; init; }

    /// <summary>
    /// <c>dpop</c>: insists on tokens that are bound to a key of this process. Default false: they are used when the application at Okta
    /// demands them.
    /// </summary>
    public bool Dpop { get; init; }

    /// <summary><c>token</c>: an API token (SSWS) instead of a service app: <c>{"env": "NAME"}</c> or <c>{"file": "/path"}</c>.</summary>
    public SecretSource? Token { get; init; }

    /// <summary><c>changes</c>: a credential of its own for everything that is not a read. Null: one does both.</summary>
    public OktaOptions? Changes { get; init; }

    /// <summary><c>fields</c>: which of Okta's attributes (<c>profile.NAME</c>) feed which fields of a person. Default: only those an account has anyway.</summary>
    public IReadOnlyDictionary<string, string> Fields { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// <c>pageSize</c>: items asked for at once. 1 to 200, default 200; at the default the lists for the copy of the directory are
    /// asked for in larger pages where Okta has them.
    /// </summary>
    public int PageSize { get; init; } = LargestPageSize;

    /// <summary><c>maxPages</c>: pages followed inside one read; a longer list is an error, never a part (the log's end is sought so far). 1 to 1000, default 50.</summary>
    public int MaxPages { get; init; } = 50;

    /// <summary>The page size of a list that may be asked for more at once.</summary>
    public int PageSizeOf(int most) => PageSize == LargestPageSize ? most : Math.Min(PageSize, most);

    /// <summary>Reads and checks all settings; throws <see cref="ConnectionSettingsException"/> with every problem at once.</summary>
    public static OktaOptions From(string connection, IConfigurationSection section)
    {
        var problems = new List<string>();
        foreach (var key in section.GetChildren().Select(child => child.Key).Where(key => !Keys.Contains(key, StringComparer.OrdinalIgnoreCase)))
            problems.Add($"'{key}' is not known. Known: {string.Join(", ", Keys)}.");

        var allowCustomDomain = Flag(section, "allowCustomDomain", problems);
        var options = new OktaOptions
        {
            Url = Tenant(section["url"], allowCustomDomain, problems),
            AllowCustomDomain = allowCustomDomain,
            Fields = FieldMap.From(section, OktaAttributes.Names, problems),
            PageSize = Number(section, "pageSize", 1, LargestPageSize, LargestPageSize, problems),
            MaxPages = Number(section, "maxPages", 1, 1000, 50, problems),
        };
        var two = section.GetSection(Credentials.Key).Exists();
        options = options.SignedIn(section, two ? ReadScopes : AllScopes, problems) with
        {
            Changes = Credentials.FromSettings(section, CredentialKeys, problems, (changes, found) => options.SignedIn(changes, ChangeScopes, found)),
        };
        return problems.Count == 0 ? options : throw new ConnectionSettingsException(connection, problems);
    }

    private OktaOptions SignedIn(IConfigurationSection section, IReadOnlyList<string> scopes, List<string> problems)
    {
        var options = this with
        {
            ClientId = section["clientId"],
            Scopes = section.GetSection("scopes").Exists() ? [.. section.GetSection("scopes").GetChildren().Select(child => child.Value ?? "")] : scopes,
            PrivateKey = SecretSource.FromSettings(section.GetSection("privateKey"), problems),
            KeyId = section["keyId"],
            Dpop = Flag(section, "dpop", problems),
            Token = SecretSource.FromSettings(section.GetSection("token"), problems),
        };
        problems.AddRange(options.CredentialProblems(section));
        return options;
    }

    private IEnumerable<string> CredentialProblems(IConfigurationSection section)
    {
        var hasToken = section.GetSection("token").Exists();
        var hasApp = section.GetSection("clientId").Exists() || section.GetSection("privateKey").Exists();
        if (hasToken && hasApp) yield return "'token' and 'clientId'/'privateKey' exclude each other: keep the service app and remove 'token'.";
        if (!hasToken && !hasApp) yield return "No credential: set 'clientId' and 'privateKey' (a service app), or 'token' (an API token).";
        if (hasApp && !hasToken)
        {
            if (!OktaIds.Guard.Accepts(ClientId)) yield return "'clientId' must be the service app's client id, such as 0oa1b2c3d4e5f6g7h8i9.";
            if (!section.GetSection("privateKey").Exists()) yield return "'privateKey' is missing: {\"env\": \"NAME\"} or {\"file\": \"/path\"}.";
            if (Scopes.Count == 0) yield return "'scopes' is empty: name at least okta.users.read, or leave the key out for all.";
            foreach (var scope in Scopes.Where(scope => !scope.StartsWith("okta.", StringComparison.Ordinal) || scope.Any(char.IsWhiteSpace)))
                yield return $"'scopes' holds '{scope}', which is no Okta scope such as okta.users.read.";
        }
    }

    private static Uri Tenant(string? text, bool allowCustomDomain, List<string> problems)
    {
        var nowhere = new Uri("https://invalid.invalid/");
        if (string.IsNullOrWhiteSpace(text))
        {
            problems.Add("'url' is missing: the tenant's address, such as https://acme.okta.com.");
            return nowhere;
        }
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("https" or "http"))
        {
            problems.Add($"'url' ({text}) is no address such as https://acme.okta.com.");
            return nowhere;
        }
        if (url.UserInfo.Length > 0 || url.PathAndQuery != "/" || url.Fragment.Length > 0)
            problems.Add("'url' must be the bare address, without user, path or query, such as https://acme.okta.com.");
        if (Loopback.Is(url)) return url;
        if (url.Scheme != "https") problems.Add("'url' must begin with https://; http is for loopback only.");
        var vendor = VendorDomains.FirstOrDefault(domain => url.IdnHost.EndsWith(domain, StringComparison.OrdinalIgnoreCase));
        if (vendor is null && !allowCustomDomain)
            problems.Add($"'url' ({url.Host}) is not one of Okta's own hosts. If it is your custom domain, add \"allowCustomDomain\": true.");
        if (vendor is not null && url.IdnHost.EndsWith($"-admin{vendor}", StringComparison.OrdinalIgnoreCase))
            problems.Add("'url' is the admin console's address: use the one without -admin.");
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
