namespace Siit.Iam.Agent.Idps.Entra;

/// <summary>Entra's ids. Users, groups and applications have GUIDs: a login would be accepted in the same place of a path and has an <c>@</c>.</summary>
internal static class EntraIds
{
    /// <summary>Global Administrator, the same in every tenant.</summary>
    public const string GlobalAdministrator = "62e90394-69f5-4237-9190-012177145e10";

    /// <summary>The role of an application that defines none.</summary>
    public static readonly Guid DefaultAppRole = Guid.Empty;

    public static readonly IdGuard Objects = new("0123456789abcdefABCDEF-", maxLength: 36);

    /// <summary>Assignments, grants and second factors, whose ids are opaque texts.</summary>
    public static readonly IdGuard Opaque = new(IdGuard.LettersAndDigits + "-_=", maxLength: 512);
}
