using Microsoft.Graph.Models;

namespace Siit.Iam.Agent.Idps.Entra;

/// <summary>What everybody has: applications and administrator roles, as the copy of the directory reads them.</summary>
internal sealed partial class EntraConnection
{
    /// <summary>Graph's word for a tenant without the licence that roles to be activated need. There are none then.</summary>
    private const string NoLicence = "AadPremiumLicenseRequired";

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

    /// <summary>One that changed. It may be new, so who has it is read as well.</summary>
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
            Details = [new DetailRead(new DirectoryRead(DirectoryList.Part, Assigned, id), null)],
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

    private async Task<DirectoryPage> RolesPageAsync(DirectoryRead read, CancellationToken cancellationToken)
    {
        var page = await PageAsync(ReadRoles, (api, token) => api.ListRoleDefinitionsAsync(options.PageSize, token, cancellationToken), read.Cursor, cancellationToken);
        return new DirectoryPage
        {
            Roles = [.. page.Items.Where(role => role.Id is not null).Select(role => new TenantRole(role.Id!, NameOf(role, role.Id), role.Id == EntraIds.GlobalAdministrator))],
            Next = Further(read, page.Next),
        };
    }

    /// <summary>One list: those who hold roles now, behind them those who can activate one (PIM). Who could become an administrator counts as one.</summary>
    private async Task<DirectoryPage> HoldersPageAsync(DirectoryRead read, CancellationToken cancellationToken)
    {
        if (read.Cursor?.StartsWith(EligibleCursor, StringComparison.Ordinal) == true) return await EligiblePageAsync(read, cancellationToken);
        var page = await PageAsync(ReadRoles, (api, token) => api.ListAllHoldersAsync(options.PageSize, token, cancellationToken), read.Cursor, cancellationToken);
        return new DirectoryPage
        {
            Ties = HolderTies(page.Items.Select(held => (held.RoleDefinitionId, held.PrincipalId, held.Principal))),
            Covers = read.Cursor is null ? [new TieList(TieKind.RoleHolder, null), new TieList(TieKind.RoleGroup, null)] : [],
            Next = Further(read, page.Next ?? EligibleCursor),
        };
    }

    private async Task<DirectoryPage> EligiblePageAsync(DirectoryRead read, CancellationToken cancellationToken)
    {
        var position = read.Cursor!.Length > EligibleCursor.Length ? read.Cursor[EligibleCursor.Length..] : null;
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

    private static IReadOnlyList<Ties> HolderTies(IEnumerable<(string? Role, string? Id, DirectoryObject? Principal)> held) =>
    [
        .. held.Where(one => one is { Role: not null, Id: not null } && one.Principal is not ServicePrincipal)
            .GroupBy(one => (Kind: one.Principal is Group ? TieKind.RoleGroup : TieKind.RoleHolder, one.Role))
            .Select(role => new Ties(role.Key.Kind, role.Key.Role!, [.. role.Select(one => one.Id!).Distinct(StringComparer.Ordinal)])),
    ];
}
