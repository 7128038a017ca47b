using System.Buffers;
using System.Text;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.People.Copy;

namespace Siit.Iam.Agent.People.Persons;

/// <summary>How accounts are joined to persons and which source wins; section <c>people</c>.</summary>
internal sealed record PersonOptions
{
    /// <summary>
    /// <c>domains</c>: the company's own mail domains; only on these does an address join. Default: every domain that an active account
    /// which is no guest's has as work email, without those where anybody gets an address.
    /// </summary>
    public IReadOnlyList<string> Domains { get; init; } = [];

    /// <summary><c>domainAliases</c>: domain to the domain that it counts as, such as a contractors' one. Default: none, they are separate.</summary>
    public IReadOnlyDictionary<string, string> DomainAliases { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// <c>serviceAccounts</c>: nobody's own accounts, by login, work email or <c>connection:id</c>; a <c>*</c> at the end stands for any rest.
    /// Default: those that their IdP says.
    /// </summary>
    public IReadOnlyList<string> ServiceAccounts { get; init; } = [];

    /// <summary>
    /// <c>joinAliases</c>: an alias that is the work email of exactly one other person joins the two, where no connection has accounts
    /// of both. Default false: it is a conflict.
    /// </summary>
    public bool JoinAliases { get; init; }

    public SourceRules Sources { get; init; } = SourceRules.Default([]);

    /// <summary><c>owners</c>: see <see cref="OwnerRules"/>. Default: those that a vendor has.</summary>
    public OwnerRules Owners { get; init; } = OwnerRules.None;
}

/// <summary>The options as the rules ask them, with the domains that are the company's.</summary>
internal sealed class PersonRules
{
    private static readonly SearchValues<char> NotInAddresses = SearchValues.Create([.. " ,;<>()[]\"\\\u007F", .. Enumerable.Range(0, ' ').Select(c => (char)c)]);
    private static readonly HashSet<string> AnybodyGetsOne = new(StringComparer.Ordinal)
    {
        "aol.com", "fastmail.com", "gmail.com", "gmx.com", "gmx.de", "gmx.net", "googlemail.com", "hotmail.com", "icloud.com", "live.com", "mail.com", "mail.ru",
        "me.com", "msn.com", "outlook.com", "pm.me", "proton.me", "protonmail.com", "qq.com", "web.de", "yahoo.com", "yandex.ru", "zoho.com",
    };

    private readonly HashSet<string> _exactServices;
    private readonly List<string> _servicePrefixes;
    private readonly HashSet<string> _domains;
    private readonly Func<string, bool> _isUsed;
    private readonly Dictionary<string, string> _aliases;

    /// <param name="isUsed">Whether an active account that is no guest's has a work email on the domain.</param>
    public PersonRules(PersonOptions options, Func<string, bool> isUsed)
    {
        _aliases = options.DomainAliases.ToDictionary(alias => DomainKey(alias.Key), alias => DomainKey(alias.Value), StringComparer.Ordinal);
        _domains = options.Domains.Select(DomainKey).Concat(_aliases.Values).ToHashSet(StringComparer.Ordinal);
        _isUsed = options.Domains.Count > 0 ? _ => false : isUsed;
        _exactServices = options.ServiceAccounts.Where(name => !name.EndsWith('*')).ToHashSet(StringComparer.OrdinalIgnoreCase);
        _servicePrefixes = [.. options.ServiceAccounts.Where(name => name.EndsWith('*')).Select(name => name[..^1])];
        JoinAliases = options.JoinAliases;
    }

    public bool JoinAliases { get; }

    /// <summary>The form in which an address joins; null when it is none, or of a domain that is not the company's.</summary>
    public string? JoinKey(string? address)
    {
        if (address is null || !LooksLikeAddress(address))
            return null;
        var key = Canonical(address);
        var domain = key[(key.LastIndexOf('@') + 1)..];
        return _domains.Contains(domain) || (!AnybodyGetsOne.Contains(domain) && _isUsed(domain)) ? key : null;
    }

    /// <summary>All spellings of an address that count as one.</summary>
    public IEnumerable<string> VariantsOf(string address)
    {
        var key = Canonical(address);
        var at = key.LastIndexOf('@');
        return at < 0 ? [key] : _aliases.Where(alias => key.AsSpan(at + 1).SequenceEqual(alias.Value)).Select(alias => $"{key[..(at + 1)]}{alias.Key}").Prepend(key);
    }

    /// <summary>With a domain that counts as another one replaced.</summary>
    public string Canonical(string address) =>
        _aliases.Count > 0 && address.LastIndexOf('@') is >= 0 and var at && _aliases.TryGetValue(address[(at + 1)..], out var domain) ? $"{address[..(at + 1)]}{domain}" : address;

    public bool IsService(AccountKey key, KnownAccount account) => account.Kind == AccountKind.Service
        || ((_exactServices.Count > 0 || _servicePrefixes.Count > 0) && (IsNamed(account.Login) || IsNamed(account.Email) || IsNamed(key.ToString())));

    /// <summary>Good enough to tell a work email from anything else that stands in such a field.</summary>
    public static bool LooksLikeAddress(string text)
    {
        var at = text.IndexOf('@', StringComparison.Ordinal);
        return at > 0 && text.Length is > 4 and <= 320 && text.LastIndexOf('@') == at && text.IndexOf('.', at) > at + 1
            && text.AsSpan().IndexOfAny(NotInAddresses) < 0 && (Ascii.IsValid(text) || HiddenText.First(text) is null);
    }

    private static string DomainKey(string domain) => AddressKey.DomainOf("@" + domain.Trim())!;

    private bool IsNamed(string? name) =>
        name is not null && (_exactServices.Contains(name) || _servicePrefixes.Exists(prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)));
}
