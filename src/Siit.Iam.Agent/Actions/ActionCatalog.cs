namespace Siit.Iam.Agent.Actions;

/// <summary>Every action there is, by hand, in the order in which tools and tables show them.</summary>
internal static class ActionCatalog
{
    public static IReadOnlyList<ActionDefinition> All { get; } =
    [
        FindPerson.Definition,
        FindGroup.Definition,
        FindApplication.Definition,
        ListMembers.Definition,
        ListEvents.Definition,
        AddApplication.Definition,
        AddToGroup.Definition,
        ClearSessions.Definition,
        CreateUser.Definition,
        DeactivateUser.Definition,
        RemoveApplication.Definition,
        RemoveFromGroup.Definition,
        ResetMfa.Definition,
        ResetPassword.Definition,
        RevokeGrants.Definition,
        SuspendUser.Definition,
        UnlockUser.Definition,
        UnsuspendUser.Definition,
        UpdateUser.Definition,
    ];

    /// <summary>The action of that name, or null.</summary>
    public static ActionDefinition? Find(string name) => All.FirstOrDefault(action => action.Name == name);
}
