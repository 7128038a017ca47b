using Microsoft.Graph.Models;

namespace Siit.Iam.Agent.Idps.Entra;

/// <summary>A second factor as Graph has it.</summary>
/// <param name="Type">The last part of its <c>@odata.type</c>, such as <c>phoneAuthenticationMethod</c>.</param>
internal sealed record EntraMethod(string Id, string Type, DateTimeOffset? Created);

internal static class EntraMethods
{
    public const string Authenticator = "microsoftAuthenticatorAuthenticationMethod";
    public const string Email = "emailAuthenticationMethod";
    public const string External = "externalAuthenticationMethod";
    public const string Fido2 = "fido2AuthenticationMethod";
    public const string Password = "passwordAuthenticationMethod";
    public const string Phone = "phoneAuthenticationMethod";
    public const string PlatformCredential = "platformCredentialAuthenticationMethod";
    public const string SoftwareOath = "softwareOathAuthenticationMethod";
    public const string TemporaryAccessPass = "temporaryAccessPassAuthenticationMethod";
    public const string WindowsHello = "windowsHelloForBusinessAuthenticationMethod";

    public const string MobilePhone = "3179e48a-750b-4051-897c-87b9720928f7";
    public const string AlternatePhone = "b6332ec1-7057-4abe-9331-3d72feddfe41";
    public const string OfficePhone = "e37fc753-ff3b-4958-9484-eaa9425c82bc";

    /// <summary>Written as the vendor status of the factor that the account signs in with by default.</summary>
    public const string Default = "default";

    public static string KindOf(string type) => type switch
    {
        Authenticator => "push",
        SoftwareOath => "totp",
        Phone => "sms",
        Email => "email",
        Fido2 or WindowsHello or PlatformCredential => "webauthn",
        _ => "other",
    };

    public static bool IsRemovable(string type) => type is Authenticator or Email or External or Fido2 or Phone or PlatformCredential or SoftwareOath or TemporaryAccessPass or WindowsHello;

    /// <summary>Whether a factor is the one that the tenant's report calls preferred.</summary>
    public static bool IsPreferred(EntraMethod method, UserDefaultAuthenticationMethod? preferred) => preferred switch
    {
        UserDefaultAuthenticationMethod.Push => method.Type == Authenticator,
        UserDefaultAuthenticationMethod.Oath => method.Type == SoftwareOath,
        UserDefaultAuthenticationMethod.Sms or UserDefaultAuthenticationMethod.VoiceMobile => method.Id == MobilePhone,
        UserDefaultAuthenticationMethod.VoiceAlternateMobile => method.Id == AlternatePhone,
        UserDefaultAuthenticationMethod.VoiceOffice => method.Id == OfficePhone,
        _ => false,
    };

    /// <summary>Graph wants the alternate phone gone before the first one.</summary>
    public static int Order(EntraMethod method) => method.Id == AlternatePhone ? 0 : method.Id == MobilePhone ? 2 : 1;
}
