using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Idps.Entra;
using Siit.Iam.Agent.Idps.Google;
using Siit.Iam.Agent.Idps.JumpCloud;
using Siit.Iam.Agent.Idps.Okta;

namespace Siit.Iam.Agent.Gate.Rehearsals;

/// <summary>Each IdP as a rehearsal has it: what it can is what the connection can that it stands for. A test compares the two.</summary>
internal static class RehearsedIdps
{
    public static RehearsedConnection Of(IIdpConnection manners, IIdpConnection reads, RehearsalFaults faults, RehearsalClock clock) => manners.Idp switch
    {
        IdpKind.Entra => new RehearsedEntra(manners, reads, faults, clock),
        IdpKind.Google => new RehearsedGoogle(manners, reads, faults, clock),
        IdpKind.JumpCloud => new RehearsedJumpCloud(manners, reads, faults, clock),
        IdpKind.Okta => new RehearsedOkta(manners, reads, faults, clock),
        _ => throw new InvalidOperationException($"There is no rehearsal of {manners.Idp}."),
    };

    /// <summary>The vendor's word for a status.</summary>
    public static string Word(IdpKind idp, AccountStatus status) => (idp, status) switch
    {
        (IdpKind.Entra, AccountStatus.Staged) => EntraStatus.Invited,
        (IdpKind.Entra, AccountStatus.Suspended) => EntraStatus.Disabled,
        (IdpKind.Entra, AccountStatus.Deprovisioned) => EntraStatus.Deleted,
        (IdpKind.Entra, _) => EntraStatus.Enabled,
        (IdpKind.Google, AccountStatus.Staged) => GoogleStatus.BeingCreated,
        (IdpKind.Google, AccountStatus.Suspended) => GoogleStatus.Suspended,
        (IdpKind.Google, AccountStatus.Deprovisioned) => GoogleStatus.Archived,
        (IdpKind.Google, _) => GoogleStatus.Active,
        (IdpKind.JumpCloud, AccountStatus.Locked) => $"{JumpCloudStatus.Activated}, {JumpCloudStatus.Locked}",
        (IdpKind.JumpCloud, AccountStatus.Staged) => JumpCloudStatus.Staged,
        (IdpKind.JumpCloud, AccountStatus.Suspended) => JumpCloudStatus.Suspended,
        (IdpKind.JumpCloud, _) => JumpCloudStatus.Activated,
        (_, AccountStatus.Locked) => OktaStatus.LockedOut,
        (_, AccountStatus.Staged) => OktaStatus.Provisioned,
        (_, AccountStatus.Suspended) => OktaStatus.Suspended,
        (_, AccountStatus.Deprovisioned) => OktaStatus.Deprovisioned,
        _ => OktaStatus.Active,
    };

    /// <summary>How an account is that was just created. At Okta nobody is active before having followed the mail.</summary>
    public static AccountStatus Fresh(IdpKind idp) => idp == IdpKind.Okta ? AccountStatus.Staged : AccountStatus.Active;

    /// <summary>A connection without any way to its IdP, for the IdP's own words alone.</summary>
    public static IIdpConnection Mute(string name, string idp, IReadOnlyList<PicturedApplication> applications) => idp switch
    {
        "entra" => new EntraConnection(
            name, new EntraOptions { TenantId = "pictured", Credential = default }, new Lazy<EntraApi>(() => throw new InvalidOperationException("A picture has no IdP.")), TimeProvider.System),
        "google" => new GoogleConnection(
            name, new GoogleOptions { Key = null!, Applications = [.. applications.Where(one => one.Group is not null).Select(one => new MappedApplication(one.Id, one.Name, one.Group!))] },
            new GoogleApis(null!, null!, null!), null!, TimeProvider.System),
        "jumpcloud" => new JumpCloudConnection(
            name, new JumpCloudOptions { Tenant = Nowhere, V1 = Nowhere, V2 = Nowhere, Insights = Nowhere, Token = Nowhere }, null!, null!, null!, TimeProvider.System),
        _ => new OktaConnection(name, new OktaOptions { Url = Nowhere }, null!, null!, null!, TimeProvider.System),
    };

    private static Uri Nowhere { get; } = new("https://pictured.invalid");
}

// The classes differ in their interfaces alone: that is how an IdP says what it can.

internal sealed class RehearsedEntra(IIdpConnection manners, IIdpConnection reads, RehearsalFaults faults, RehearsalClock clock)
    : RehearsedConnection(manners, reads, faults, clock), IAddApplication, IAddToGroup, IClearSessions, ICreateUser, IDeactivateUser, IKnowsContacts, IRemoveApplication,
        IRemoveFromGroup, IResetMfa, IResetPassword, IRevokeGrants, ISuspendUser, IUnsuspendUser, IUpdateUser;

internal sealed class RehearsedGoogle(IIdpConnection manners, IIdpConnection reads, RehearsalFaults faults, RehearsalClock clock)
    : RehearsedConnection(manners, reads, faults, clock), IAddApplication, IAddToGroup, IClearSessions, ICreateUser, IDeactivateUser, IKnowsContacts, IRemoveApplication,
        IRemoveFromGroup, IResetMfa, IResetPassword, IRevokeGrants, ISuspendUser, IUnsuspendUser, IUpdateUser;

internal sealed class RehearsedJumpCloud(IIdpConnection manners, IIdpConnection reads, RehearsalFaults faults, RehearsalClock clock)
    : RehearsedConnection(manners, reads, faults, clock), IAddApplication, IAddToGroup, ICreateUser, IKnowsContacts, IRemoveApplication, IRemoveFromGroup, IResetMfa,
        IResetPassword, ISuspendUser, IUnlockUser, IUnsuspendUser, IUpdateUser;

internal sealed class RehearsedOkta(IIdpConnection manners, IIdpConnection reads, RehearsalFaults faults, RehearsalClock clock)
    : RehearsedConnection(manners, reads, faults, clock), IAddApplication, IAddToGroup, IClearSessions, ICreateUser, IDeactivateUser, IKnowsContacts, IRemoveApplication,
        IRemoveFromGroup, IResetMfa, IResetPassword, IRevokeGrants, ISuspendUser, IUnlockUser, IUnsuspendUser, IUpdateUser;
