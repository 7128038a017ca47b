using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Idps;

namespace Siit.Iam.Agent.Gate;

/// <summary>Everything the rules look at, gathered before any of them is asked.</summary>
internal sealed record RuleRoom
{
    public required ActionDefinition Action { get; init; }

    public required CallerRecord Caller { get; init; }

    public required Requester Requester { get; init; }

    public required IIdpConnection Connection { get; init; }

    public required Situation Situation { get; init; }

    /// <summary>What the situation would be after the action.</summary>
    public required Situation After { get; init; }

    /// <summary>The accounts behind our own credentials.</summary>
    public required IReadOnlyCollection<string> OwnAccountIds { get; init; }

    /// <summary>Read only when the target is one of them and would stop being one; null otherwise.</summary>
    public required IReadOnlyCollection<string>? SuperAdministrators { get; init; }

    public required DateTimeOffset Now { get; init; }

    /// <summary>Under whatever account.</summary>
    public bool TargetIsApprover { get; init; }

    /// <summary>Departments that other sources say of the person.</summary>
    public IReadOnlyList<string> OtherDepartments { get; init; } = [];

    /// <summary>Different people in the plan that the call is part of.</summary>
    public int People { get; init; } = 1;

    /// <summary>What started the run that makes the call.</summary>
    public string? Trigger { get; init; }

    public bool TargetIsAdministrator => Situation.Picture?.Roles is { Count: > 0 };

    public bool ChangesMembership => Situation.Group is not null;

    /// <summary>Whether a super administrator of the connection would no longer be able to act as one.</summary>
    public bool ReducesSuperAdministrators => Reduces(Situation.Picture, After.Picture);

    public static bool Reduces(AccountPicture? before, AccountPicture? after) =>
        before?.Roles is { } roles && roles.Any(role => role.Super) && CanSignIn(before.Account)
        && (after is null || !CanSignIn(after.Account) || after.Roles?.Any(role => role.Super) != true);

    private static bool CanSignIn(Account account) => account.Status is AccountStatus.Active or AccountStatus.Locked or AccountStatus.Staged;
}

/// <summary>The hard limits of a call: no approval gets past them. Pure; all refusals are told at once.</summary>
internal static class SandboxRules
{
    public static IReadOnlyList<Refusal> Check(RuleRoom room, GateOptions options) =>
    [
        .. Frozen(room.Now, options),
        .. OwnIdentity(room),
        .. ProtectedAccount(room, options),
        .. Administrator(room, options),
        .. ProtectedGroup(room, options),
        .. PrivilegedGroup(room, options),
        .. LastSuperAdministrator(room, options),
        .. Traps(room),
    ];

    /// <summary>What can be told before anything is read: who may ask for what.</summary>
    public static IReadOnlyList<Refusal> CheckCaller(CallerRecord caller, ActionDefinition action, Requester requester) =>
        CheckCaller(caller, action.Name, caller.MayUse(action), requester);

    /// <inheritdoc cref="CheckCaller(CallerRecord, ActionDefinition, Requester)"/>
    /// <param name="what">The name of an action, or of a tool of another server.</param>
    public static IReadOnlyList<Refusal> CheckCaller(CallerRecord caller, string what, bool mayUse, Requester? requester)
    {
        var refusals = new List<Refusal>();
        if (!caller.IsActive)
            refusals.Add(new Refusal("caller_removed", $"Caller '{caller.Id}' was removed. An operator can register a new one: siit-iam callers add."));
        if (!mayUse)
            refusals.Add(new Refusal("action_not_allowed", $"Caller '{caller.Id}' may not use {what}. Its operator ({caller.Operator}) can have that changed."));
        if (requester is { Proved: false, Email: { } email } && !caller.MayActFor(email))
            refusals.Add(new Refusal("requester_not_allowed", $"Caller '{caller.Id}' may not act for {email}. Its operator ({caller.Operator}) can have that changed."));
        return refusals;
    }

    /// <summary>Nothing is changed meanwhile.</summary>
    public static IEnumerable<Refusal> Frozen(DateTimeOffset now, GateOptions options) =>
        from freeze in options.ChangeFreezes
        let end = freeze.EndAt(now)
        where end is not null
        select new Refusal("change_freeze", $"Nothing is changed until {end:yyyy-MM-dd HH:mm}Z ({freeze.Why}). The administrator of this server sets change freezes.");

    private static IEnumerable<Refusal> OwnIdentity(RuleRoom room)
    {
        if (room.Situation.Picture is { } picture && room.OwnAccountIds.Contains(picture.Account.Id))
            yield return new Refusal("own_identity", "This account carries this server's own credential; changing it would lock the server out. Nobody can allow that here.");
    }

    private static IEnumerable<Refusal> ProtectedAccount(RuleRoom room, GateOptions options)
    {
        if (room.Situation.Picture?.Account is { } account && options.ProtectedAccounts.Any(name => Names(name, room.Connection, account)))
            yield return new Refusal("protected_person", "This account is protected (gate:protectedAccounts), such as a break-glass or service account. Only the administrator of this server can change that list.");
    }

    private static IEnumerable<Refusal> Administrator(RuleRoom room, GateOptions options)
    {
        if (room.TargetIsAdministrator && !options.DangerouslyAllowActionsOnAdministrators)
            yield return new Refusal("administrator", "This person is an administrator at the IdP. Changes of administrators are done at the IdP itself, by a super administrator.");
    }

    private static IEnumerable<Refusal> ProtectedGroup(RuleRoom room, GateOptions options)
    {
        if ((room.Situation.Group?.Group ?? room.Situation.Application?.AccessGroup) is not { } group)
            yield break;
        if (options.ApproverGroups.Any(name => Names(name, room.Connection, group)))
            yield return new Refusal("approver_group", "This group makes approvers; whoever can ask must never make one. It is changed at the IdP itself.");
        else if (options.ProtectedGroups.Any(name => Names(name, room.Connection, group)))
            yield return new Refusal("protected_group", "This group is protected (gate:protectedGroups). Only the administrator of this server can change that list.");
    }

    private static IEnumerable<Refusal> PrivilegedGroup(RuleRoom room, GateOptions options)
    {
        if (room.Situation.Group is { Roles.Count: > 0 } group && !options.DangerouslyAllowChangesOfPrivilegedGroups)
            yield return new Refusal("privileged_group", $"Members of this group are administrators ({string.Join(", ", group.Roles.Select(role => role.Name))}). It is changed at the IdP itself, by a super administrator.");
    }

    private static IEnumerable<Refusal> LastSuperAdministrator(RuleRoom room, GateOptions options)
    {
        if (!room.ReducesSuperAdministrators)
            yield break;
        var left = room.SuperAdministrators?.Count(id => id != room.Situation.Account.Id) ?? 0;
        if (left < options.MinimumSuperAdministrators)
            yield return new Refusal("last_super_administrator", $"Only {left} super administrators would remain at {room.Connection.Name}; {options.MinimumSuperAdministrators} must. Make another one first.");
    }

    private static IEnumerable<Refusal> Traps(RuleRoom room) =>
        from trap in room.Connection.TrapsOf(room.Action.Name, room.Situation)
        where trap.Blocks
        select new Refusal(trap.Code, trap.Message);

    private static bool Names(string name, IIdpConnection connection, Account account) =>
        name == $"{connection.Name}:{account.Id}"
        || name.Equals(account.Email, StringComparison.OrdinalIgnoreCase)
        || name.Equals(account.Login, StringComparison.OrdinalIgnoreCase);

    private static bool Names(string name, IIdpConnection connection, IdpGroup group) =>
        name == $"{connection.Name}:{group.Id}" || name == group.Name;
}
