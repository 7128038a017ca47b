namespace Siit.Iam.Agent.Idps.Entra;

/// <summary>Which passwords are Entra's own.</summary>
internal sealed partial class EntraConnection
{
    private const string ActiveDirectory = "Active Directory";

    private static readonly EntraRequest ReadDomains = new("read the tenant's domains", "Organization.Read.All");

    /// <summary>A domain turns federated rarely; to ask with each account would be waste.</summary>
    private static readonly TimeSpan DomainsKept = TimeSpan.FromMinutes(10);

    private (IReadOnlySet<string>? Federated, DateTimeOffset Until)? _domains;

    /// <summary>Who holds the password of an account of a federated domain; null when Entra does.</summary>
    private async Task<string?> FederationOfAsync(string login, CancellationToken cancellationToken)
    {
        if (_domains is not { } known || known.Until <= time.GetUtcNow())
            _domains = known = (await FederatedDomainsAsync(cancellationToken), time.GetUtcNow() + DomainsKept);
        if (known.Federated is null) return "an unknown system (this connection may not read the tenant's domains: Organization.Read.All)";
        return known.Federated.Contains(login[(login.LastIndexOf('@') + 1)..]) ? "a federated identity provider" : null;
    }

    private async Task<IReadOnlySet<string>?> FederatedDomainsAsync(CancellationToken cancellationToken)
    {
        try
        {
            var organizations = await ReadAsync(ReadDomains, async api => await api.ReadOrganizationAsync(cancellationToken), cancellationToken);
            return organizations.Items.SelectMany(organization => organization.VerifiedDomains ?? [])
                .Where(domain => domain is { Type: "Federated", Name: not null })
                .Select(domain => domain.Name!)
                .ToHashSet(StringComparer.OrdinalIgnoreCase);
        }
        catch (IdpException e) when (e.Trouble == IdpTrouble.NotAllowed)
        {
            return null;
        }
    }
}
