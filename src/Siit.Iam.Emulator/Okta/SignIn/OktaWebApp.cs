namespace Siit.Iam.Emulator.Okta;

/// <summary>The web application that people sign in to. Constants, because they open nothing but an emulator.</summary>
internal static class OktaWebApp
{
    public const string ClientId = "0oaSiitConsole000001";

    public const string ClientSecret = "emulated-okta-secret-of-the-siit-console-for-local-use";

    /// <summary>As registered; on loopback any port will do.</summary>
    private const string RedirectPath = "/console/signed-in";

    public static bool Allows(string? redirect) =>
        Uri.TryCreate(redirect, UriKind.Absolute, out var address) && address is { IsLoopback: true, Scheme: "http" or "https", AbsolutePath: RedirectPath, Query: "", Fragment: "" };
}

/// <summary>What the org gets wrong about a sign-in, when a test asks for it.</summary>
internal sealed record OktaSignInTrouble
{
    /// <summary>What it says of every email.</summary>
    public bool EmailVerified { get; init; } = true;

    /// <summary>Leaves the claim out.</summary>
    public bool NoEmail { get; init; }

    /// <summary>Leaves the claim out.</summary>
    public bool NoAuthTime { get; init; }

    /// <summary>Lets people in with an earlier sign-in although it was asked for a new one.</summary>
    public bool IgnoresPrompt { get; init; }

    /// <summary>Puts another nonce into the token.</summary>
    public bool ForeignNonce { get; init; }

    /// <summary>Names another audience in the token.</summary>
    public bool ForeignAudience { get; init; }

    /// <summary>Signs with a key that it does not publish.</summary>
    public bool ForeignKey { get; init; }
}
