using Microsoft.Graph.Models;

namespace Siit.Iam.Agent.Idps.Entra;

/// <summary>What everybody has: applications and administrator roles, as the copy of the directory reads them.</summary>
internal sealed partial class EntraConnection
{
    /// <summary>Graph's word for a tenant without the licence that roles to be activated need. There are none then.</summary>
    private const string NoLicence = "AadPremiumLicenseRequired";

    private const string HeldCursor = "held ";
    private const string EligibleCursor = "eligible ";

    private async Task<DirectoryPage> ApplicationsPageAsync(DirectoryRead read, CancellationToken cancellationToken)
    {
        var page = await PageAsync(ReadApplications, (api, token) => api.ListApplicationsAsync(Integrated, options.PageSize, token, cancellationToken), read.Cursor, cancellationToken);
        return new DirectoryPage
        {
            Applications = [.. page.Items.Select(found => new DirectoryApplication(ToApplication(found)))],
            Ties = await ApplicationOwnersAsync(page.Items, cancellationToken),
            Covers = read.Cursor is null ? [new TieList(TieKind.ApplicationOwner, null)] : [],
            Details = read.What == ApplicationsAlone ? [] : [.. page.Items.Select(found => new DetailRead(new DirectoryRead(DirectoryList.Part, Assigned, found.Id), null))],
            Next = Further(read, page.Next),
        };
    }

    private async Task<DirectoryPage> OneApplicationAsync(DirectoryRead read, CancellationToken cancellationToken)
    {
        var id = Id(read.Of, "an application");
        var found = await AllAsync(ReadApplications,
            (api, token) => api.ListApplicationsAsync($"{EntraFilter.Equal("id", id)} and {Integrated}", options.PageSize, token, cancellationToken), cancellationToken);
        if (found is not [var application, ..]) return new DirectoryPage();
        return new DirectoryPage
        {
            Applications = [new DirectoryApplication(ToApplication(application))],
            Ties = await ApplicationOwnersAsync(found, cancellationToken),
            Covers = [new TieList(TieKind.ApplicationOwner, id)],
        };
    }

    private Task<IReadOnlyList<Ties>> ApplicationOwnersAsync(IReadOnlyList<ServicePrincipal> applications, CancellationToken cancellationToken) =>
        OwnersAsync(applications.Select(found => (found.Id, found.Owners)), "an application", TieKind.ApplicationOwner,
            (api, id, token) => api.ListApplicationOwnersAsync(id, options.PageSize, token, cancellationToken), cancellationToken);

    private async Task<DirectoryPage> AssignedPageAsync(DirectoryRead read, CancellationToken cancellationToken)
    {
        var id = Id(read.Of, "an application");
        EntraPage<AppRoleAssignment> page;
        try
        {
            page = await PageAsync(ReadAssignedTo, (api, token) => api.ListAssignedToAsync(id, options.PageSize, token, cancellationToken), read.Cursor, cancellationToken);
        }
        catch (IdpException e) when (e.Trouble == IdpTrouble.NotFound)
        {
            page = new EntraPage<AppRoleAssignment>([], null);
        }
        return new DirectoryPage
        {
            Ties = [.. Of(TieKind.Assignment, "User"), .. Of(TieKind.GroupAssignment, "Group")],
            Covers = read.Cursor is null ? [new TieList(TieKind.Assignment, id), new TieList(TieKind.GroupAssignment, id)] : [],
            Next = Further(read, page.Next),
        };

        // Somebody with several of its roles is there several times.
        IEnumerable<Ties> Of(TieKind kind, string type) =>
            page.Items.Where(assignment => assignment.PrincipalType == type).Select(assignment => assignment.PrincipalId?.ToString()).OfType<string>()
                .Distinct(StringComparer.Ordinal).ToList() is { Count: > 0 } principals ? [new Ties(kind, id, principals)] : [];
    }

    /// <summary>
    /// One list: the roles, behind them those who hold one now, and then those who can activate one (PIM): who could become an
    /// administrator counts as one. The roles come first, as they are what the holders are complete of.
    /// </summary>
    private async Task<DirectoryPage> RolesPageAsync(DirectoryRead read, CancellationToken cancellationToken)
    {
        if (Behind(read, HeldCursor, out var held)) return await HeldPageAsync(read, held, cancellationToken);
        if (Behind(read, EligibleCursor, out var eligible)) return await EligiblePageAsync(read, eligible, cancellationToken);
        var page = await PageAsync(ReadRoles, (api, token) => api.ListRoleDefinitionsAsync(options.PageSize, token, cancellationToken), read.Cursor, cancellationToken);
        var roles = page.Items.Where(role => role.Id is not null).Select(role => new TenantRole(role.Id!, NameOf(role, role.Id), role.Id == EntraIds.GlobalAdministrator)).ToList();
        return new DirectoryPage
        {
            Roles = roles,
            Covers = [.. roles.SelectMany(role => new[] { new TieList(TieKind.RoleHolder, role.Id), new TieList(TieKind.RoleGroup, role.Id) })],
            Next = Further(read, page.Next ?? HeldCursor),
        };
    }

    private async Task<DirectoryPage> HeldPageAsync(DirectoryRead read, string? position, CancellationToken cancellationToken)
    {
        var page = await PageAsync(ReadRoles, (api, token) => api.ListAllHoldersAsync(options.PageSize, token, cancellationToken), position, cancellationToken);
        return new DirectoryPage
        {
            Ties = HolderTies(page.Items.Select(held => (held.RoleDefinitionId, held.PrincipalId, held.Principal))),
            Next = Further(read, page.Next is null ? EligibleCursor : HeldCursor + page.Next),
        };
    }

    private async Task<DirectoryPage> EligiblePageAsync(DirectoryRead read, string? position, CancellationToken cancellationToken)
    {
        try
        {
            var page = await PageAsync(ReadEligible, (api, token) => api.ListAllEligibleAsync(options.PageSize, token, cancellationToken), position, cancellationToken);
            return new DirectoryPage
            {
                Ties = HolderTies(page.Items.Select(held => (held.RoleDefinitionId, held.PrincipalId, held.Principal))),
                Next = Further(read, page.Next is null ? null : EligibleCursor + page.Next),
            };
        }
        catch (IdpException e) when (e.VendorCode == NoLicence)
        {
            return new DirectoryPage();
        }
    }

    /// <summary>Whether the page is of this part of the list, and Graph's token in it; null at the part's beginning.</summary>
    private static bool Behind(DirectoryRead read, string part, out string? position)
    {
        position = read.Cursor?.Length > part.Length ? read.Cursor[part.Length..] : null;
        return read.Cursor?.StartsWith(part, StringComparison.Ordinal) == true;
    }

    private static IReadOnlyList<Ties> HolderTies(IEnumerable<(string? Role, string? Id, DirectoryObject? Principal)> held) =>
    [
        .. held.Where(one => one is { Role: not null, Id: not null } && one.Principal is not ServicePrincipal)
            .GroupBy(one => (Kind: one.Principal is Group ? TieKind.RoleGroup : TieKind.RoleHolder, one.Role))
            .Select(role => new Ties(role.Key.Kind, role.Key.Role!, [.. role.Select(one => one.Id!).Distinct(StringComparer.Ordinal)])),
    ];
}
