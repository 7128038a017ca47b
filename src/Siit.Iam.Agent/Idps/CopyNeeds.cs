namespace Siit.Iam.Agent.Idps;

/// <summary>What it takes to read one part of the copy of the directory. The README's chapter on the copy says the same.</summary>
/// <param name="Part">What is read, such as <c>groups and members</c>.</param>
/// <param name="Permissions">All of them, the least ones, in the vendor's words.</param>
/// <param name="Without">What is so when they are missing, as a clause; null where imports stop then.</param>
internal sealed record CopyNeeds(string Part, IReadOnlyList<string> Permissions, string? Without = null)
{
    /// <summary>Where changes cannot be read.</summary>
    public const string OnlySweeps = "only full sweeps find what changed";

    /// <param name="holds">Whether the credential has a permission, as far as is known.</param>
    /// <param name="look">Has tried a read of each.</param>
    public CopyAccess AccessWith(Func<string, bool> holds, ConnectionLook look)
    {
        var missing = Permissions.Where(permission => !holds(permission) || look.IsRefused(permission)).ToList();
        return new CopyAccess(Part, missing.Count > 0 ? Access.No : Permissions.Any(look.Trouble.ContainsKey) ? Access.Unclear : Access.Yes, missing, Without);
    }
}

/// <summary>Whether one part of the copy can be read.</summary>
/// <param name="Missing">Scopes, permissions or roles to grant for it, in the vendor's words.</param>
/// <param name="Without">As <see cref="CopyNeeds.Without"/>.</param>
internal sealed record CopyAccess(string Part, Access Access, IReadOnlyList<string> Missing, string? Without);
