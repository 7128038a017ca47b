namespace Siit.Iam.Agent.Idps;

/// <summary>The identity providers this product speaks to.</summary>
internal enum IdpKind
{
    Okta,
    Entra,
    Google,
    JumpCloud,
}

internal static class IdpKinds
{
    /// <summary>The word used in settings, tool arguments and answers: <c>okta</c>, <c>entra</c>, <c>google</c>, <c>jumpcloud</c>.</summary>
    public static string Id(this IdpKind kind) => kind switch
    {
        IdpKind.Okta => "okta",
        IdpKind.Entra => "entra",
        IdpKind.Google => "google",
        IdpKind.JumpCloud => "jumpcloud",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };

    public static string Title(this IdpKind kind) => kind switch
    {
        IdpKind.Okta => "Okta",
        IdpKind.Entra => "Microsoft Entra ID",
        IdpKind.Google => "Google Workspace",
        IdpKind.JumpCloud => "JumpCloud",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };
}
