using System.Net.Mail;
using Siit.Iam.Agent.Secrets;

namespace Siit.Iam.Agent.Idps.Google;

/// <summary>An application that people get by being in a group, which Google itself does not know as one.</summary>
/// <param name="Group">The group's id, not its address.</param>
internal sealed record MappedApplication(string Id, string Name, string Group);

/// <summary>The settings of one connection to Google Workspace: a service account, acting as an administrator or with a role of its own.</summary>
internal sealed record GoogleOptions
{
    private static readonly string[] CredentialKeys = ["key", "subject", "scopes"];
    private static readonly string[] Keys =
    [
        "idp", "url", "reportsUrl", "identityUrl", "tokenUrl", .. CredentialKeys, Credentials.Key, "customer", "applications", FieldMap.Key, "pageSize", "maxPages",
    ];

    /// <summary>The longest page that every list allows.</summary>
    public const int MostItems = 200;

    /// <summary>The beginning of every scope.</summary>
    public const string Auth = "https://www.googleapis.com/auth/";

    /// <summary>Tells dynamic and locked groups; when it is left out they are not told beforehand.</summary>
    public const string IdentityScope = Auth + "cloud-identity.groups.readonly";

    /// <summary>Scopes for everything this connector can do; leave out what you do not want it to do.</summary>
    public static readonly IReadOnlyList<string> AllScopes =
    [
        Auth + "admin.directory.group.member", Auth + "admin.directory.group.readonly", Auth + "admin.directory.rolemanagement.readonly",
        Auth + "admin.directory.user", Auth + "admin.directory.user.security", Auth + "admin.reports.audit.readonly", IdentityScope,
    ];

    /// <summary>What is asked for when another credential makes the changes, and by that one. For reading grants Google has no lesser scope.</summary>
    public static readonly IReadOnlyList<string> ReadScopes =
    [
        Auth + "admin.directory.group.member.readonly", Auth + "admin.directory.group.readonly", Auth + "admin.directory.rolemanagement.readonly",
        Auth + "admin.directory.user.readonly", Auth + "admin.directory.user.security", Auth + "admin.reports.audit.readonly", IdentityScope,
    ];

    public static readonly IReadOnlyList<string> ChangeScopes =
        [Auth + "admin.directory.group.member", Auth + "admin.directory.user", Auth + "admin.directory.user.security"];

    /// <summary><c>url</c> of the Directory API. Another one than Google's own on loopback only.</summary>
    public Uri Url { get; init; } = new("https://admin.googleapis.com");

    /// <summary><c>reportsUrl</c>. Default: the same as <see cref="Url"/>. Loopback only.</summary>
    public Uri? ReportsUrl { get; init; }

    /// <summary><c>identityUrl</c> of the Cloud Identity API. Default: Google's, or <see cref="Url"/> when that is on loopback.</summary>
    public Uri? IdentityUrl { get; init; }

    /// <summary><c>tokenUrl</c>. Default: Google's. Loopback only.</summary>
    public Uri TokenUrl { get; init; } = new("https://oauth2.googleapis.com/token");

    /// <summary><c>key</c> of the service account, in JSON as Google hands it out: <c>{"env": "NAME"}</c> or <c>{"file": "/path"}</c>.</summary>
    public required SecretSource Key { get; init; }

    /// <summary><c>subject</c>: address of the administrator to act as (domain-wide delegation); none when the service account has a role of its own.</summary>
    public string? Subject { get; init; }

    /// <summary><c>customer</c>: the tenant's id (<c>C0…</c>). Default <c>my_customer</c>, the one of the account that we act as.</summary>
    public string Customer { get; init; } = "my_customer";

    /// <summary>
    /// <c>scopes</c> to ask for. Default: <see cref="AllScopes"/>; with a second credential <see cref="ReadScopes"/>, and
    /// <see cref="ChangeScopes"/> for that.
    /// </summary>
    public IReadOnlyList<string> Scopes { get; init; } = AllScopes;

    /// <summary><c>changes</c>: a credential of its own for everything that is not a read. Null: one does both.</summary>
    public GoogleOptions? Changes { get; init; }

    /// <summary><c>applications</c>: <c>[{"id", "name", "group"}]</c>, each given by membership of a group. Default: none.</summary>
    public IReadOnlyList<MappedApplication> Applications { get; init; } = [];

    /// <summary><c>fields</c>: person field to attribute, such as <c>{"costCenter": "organizations.costCenter"}</c>. Default: none.</summary>
    public IReadOnlyDictionary<string, string> Fields { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// <c>pageSize</c>: items asked for at once. 1 to 200, default 200, which every list allows; people and log entries then come in
    /// pages as long as Google sends them (500, 1000).
    /// </summary>
    public int PageSize { get; init; } = MostItems;

    /// <summary><c>maxPages</c>: pages followed inside one read; a longer list is an error, never a part. 1 to 1000, default 50.</summary>
    public int MaxPages { get; init; } = 50;

    /// <summary>Reads and checks all settings; throws <see cref="ConnectionSettingsException"/> with every problem at once.</summary>
    public static GoogleOptions From(string connection, IConfigurationSection section)
    {
        var problems = new List<string>();
        foreach (var key in section.GetChildren().Select(child => child.Key).Where(key => !Keys.Contains(key, StringComparer.OrdinalIgnoreCase)))
            problems.Add($"'{key}' is not known. Known: {string.Join(", ", Keys)}.");

        var url = Address(section, "url", "https://admin.googleapis.com", problems);
        var options = new GoogleOptions
        {
            Url = url ?? new Uri("https://admin.googleapis.com"),
            ReportsUrl = Address(section, "reportsUrl", "https://admin.googleapis.com", problems),
            IdentityUrl = Address(section, "identityUrl", "https://cloudidentity.googleapis.com", problems),
            TokenUrl = Address(section, "tokenUrl", "https://oauth2.googleapis.com/token", problems) ?? new Uri("https://oauth2.googleapis.com/token"),
            Key = SecretSource.FromEnvironment(""),
            Customer = section["customer"] ?? "my_customer",
            Applications = [.. section.GetSection("applications").GetChildren().Select(child => Application(child, problems))],
            Fields = FieldMap.From(section, GoogleAttributes.Names, problems),
            PageSize = Number(section, "pageSize", 1, MostItems, MostItems, problems),
            MaxPages = Number(section, "maxPages", 1, 1000, 50, problems),
        };
        var two = section.GetSection(Credentials.Key).Exists();
        options = options.SignedIn(section, two ? ReadScopes : AllScopes, problems) with
        {
            Changes = Credentials.FromSettings(section, CredentialKeys, problems, (changes, found) => options.SignedIn(changes, ChangeScopes, found)),
        };
        problems.AddRange(options.Problems());
        return problems.Count == 0 ? options : throw new ConnectionSettingsException(connection, problems);
    }

    private GoogleOptions SignedIn(IConfigurationSection section, IReadOnlyList<string> scopes, List<string> problems)
    {
        if (!section.GetSection("key").Exists()) problems.Add("'key' is missing: {\"env\": \"NAME\"} or {\"file\": \"/path\"} with the service account's JSON key.");
        var options = this with
        {
            Key = SecretSource.FromSettings(section.GetSection("key"), problems) ?? Key,
            Subject = section["subject"],
            Scopes = section.GetSection("scopes").Exists() ? [.. section.GetSection("scopes").GetChildren().Select(child => child.Value ?? "")] : scopes,
        };
        problems.AddRange(options.CredentialProblems());
        return options;
    }

    private IEnumerable<string> CredentialProblems()
    {
        if (Subject is not null && !(MailAddress.TryCreate(Subject, out var address) && address.Address == Subject))
            yield return "'subject' must be the address of the administrator to act as, such as siit-iam@acme.example.";
        if (Scopes.Count == 0) yield return $"'scopes' is empty: name at least {Auth}admin.directory.user.readonly, or leave the key out for all.";
        foreach (var scope in Scopes.Where(scope => !scope.StartsWith(Auth, StringComparison.Ordinal) || scope.Any(char.IsWhiteSpace)))
            yield return $"'scopes' holds '{scope}', which is no Google scope such as {Auth}admin.directory.user.";
    }

    private IEnumerable<string> Problems()
    {
        if (!GoogleIds.Guard.Accepts(Customer)) yield return "'customer' must be a tenant's id such as C01a2b3c4, or my_customer.";
        foreach (var id in Applications.GroupBy(application => application.Id).Where(same => same.Count() > 1).Select(same => same.Key))
            yield return $"'applications' holds the id '{id}' twice.";
        foreach (var group in Applications.GroupBy(application => application.Group).Where(same => same.Key.Length > 0 && same.Count() > 1).Select(same => same.Key))
            yield return $"'applications' maps the group '{group}' twice: taking one application away would take the other, too.";
    }

    private static MappedApplication Application(IConfigurationSection section, List<string> problems)
    {
        foreach (var key in section.GetChildren().Select(child => child.Key).Where(key => key is not ("id" or "name" or "group")))
            problems.Add($"'applications:{section.Key}:{key}' is not known; use 'id', 'name' and 'group'.");
        var application = new MappedApplication(section["id"] ?? "", section["name"] ?? "", section["group"] ?? "");
        if (!GoogleIds.Guard.Accepts(application.Id)) problems.Add($"'applications:{section.Key}:id' must be letters, digits, '-' and '_', such as figma.");
        if (string.IsNullOrWhiteSpace(application.Name)) problems.Add($"'applications:{section.Key}:name' is missing: the name that people know.");
        if (!GoogleIds.Guard.Accepts(application.Group)) problems.Add($"'applications:{section.Key}:group' must be the group's id, not its address: find_group shows it.");
        return application;
    }

    /// <summary>Google's own address, or any on loopback.</summary>
    private static Uri? Address(IConfigurationSection section, string key, string vendor, List<string> problems)
    {
        if (section[key] is not { } text) return null;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.UserInfo.Length > 0 || url.Query.Length > 0 || url.Fragment.Length > 0)
        {
            problems.Add($"'{key}' ({text}) is no address such as {vendor}.");
            return null;
        }
        var loopback = Loopback.Is(url);
        if (loopback ? url.Scheme is not ("http" or "https") : url != new Uri(vendor))
            problems.Add($"'{key}' must be {vendor}: leave it out. Another address is for loopback only.");
        if (loopback && key != "tokenUrl" && url.AbsolutePath != "/") problems.Add($"'{key}' must be the bare address, without a path.");
        return url;
    }

    private static int Number(IConfigurationSection section, string key, int least, int most, int normal, List<string> problems)
    {
        if (section[key] is not { } text) return normal;
        if (int.TryParse(text, out var number) && number >= least && number <= most) return number;
        problems.Add($"'{key}' must be a number from {least} to {most}.");
        return normal;
    }
}
