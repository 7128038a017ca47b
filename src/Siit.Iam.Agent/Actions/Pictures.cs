using Siit.Iam.Agent.Idps;

namespace Siit.Iam.Agent.Actions;

/// <summary>What an action does to a copy of a picture, where several actions share it.</summary>
internal static class Pictures
{
    public static AccountPicture As(this AccountPicture picture, AccountStatus status) =>
        picture with { Account = picture.Account with { Status = status } };
}

/// <summary>What joining and leaving a group brings and takes.</summary>
internal static class Memberships
{
    public static AccountPicture Joined(AccountPicture picture, GroupPicture group)
    {
        if (picture.Groups!.Any(held => held.Id == group.Group.Id))
            return picture;
        var gained = group.Applications
            .Where(application => picture.Applications!.All(held => held.Id != application.Id))
            .Select(application => new ApplicationAssignment(application.Id, application.Name, Direct: false, group.Group.Id, group.Group.Name));
        return picture with
        {
            Groups = [.. picture.Groups!, new GroupMembership(group.Group.Id, group.Group.Name)],
            Applications = [.. picture.Applications!, .. gained],
            Roles = picture.Roles is null ? null : [.. picture.Roles, .. group.Roles.Select(role => role with { ViaGroup = group.Group.Id })],
        };
    }

    public static AccountPicture Left(AccountPicture picture, GroupPicture group) => picture with
    {
        Groups = [.. picture.Groups!.Where(held => held.Id != group.Group.Id)],
        Applications = [.. picture.Applications!.Where(held => held.ViaGroup != group.Group.Id)],
        Roles = picture.Roles is null ? null : [.. picture.Roles.Where(role => role.ViaGroup != group.Group.Id)],
    };
}

/// <summary>What assigning and unassigning an application does.</summary>
internal static class Assignments
{
    public static AccountPicture Added(AccountPicture picture, IdpApplication application) =>
        picture.Applications!.Any(held => held.Id == application.Id)
            ? picture
            : picture with { Applications = [.. picture.Applications!, new ApplicationAssignment(application.Id, application.Name, Direct: true)] };

    /// <summary>What a group gives besides the direct assignment stays.</summary>
    public static AccountPicture Removed(AccountPicture picture, IdpApplication application) => picture with
    {
        Applications = [.. picture.Applications!.SelectMany(held => held.Id != application.Id || !held.Direct ? [held] : ThroughGroup(picture, held, application) is { } kept ? [kept] : Array.Empty<ApplicationAssignment>())],
    };

    /// <summary>What is left of a direct assignment that is taken away; null when nothing is, or it stands beside it anyway.</summary>
    private static ApplicationAssignment? ThroughGroup(AccountPicture picture, ApplicationAssignment direct, IdpApplication application)
    {
        if (picture.Applications!.Any(held => held.Id == direct.Id && !held.Direct))
            return null;
        // Where a membership is the assignment, that is what is taken away.
        if (direct.ViaGroup is { } via && via != application.AccessGroup?.Id)
            return direct with { Direct = false };
        return application.AssignedGroups?.Select(id => picture.Groups?.FirstOrDefault(group => group.Id == id)).FirstOrDefault(group => group is not null) is { } group
            ? direct with { Direct = false, ViaGroup = group.Id, ViaGroupName = group.Name }
            : null;
    }
}
