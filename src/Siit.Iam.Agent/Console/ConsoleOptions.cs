using Siit.Iam.Agent.Secrets;

namespace Siit.Iam.Agent.Console;

/// <summary>The page for people (section <c>console</c>): where it is reached, and where they sign in.</summary>
internal sealed class ConsoleOptions
{
    /// <summary>
    /// The address that people type and that links name, such as <c>https://iam.acme.example</c>; http on this machine only.
    /// Default: the loopback address that the server listens on.
    /// </summary>
    public Uri? Address { get; init; }

    /// <summary>The OpenID provider people sign in at, such as <c>https://acme.okta.com</c>. Nobody can sign in without it.</summary>
    public Uri? Authority { get; init; }

    /// <summary>This server's client id there.</summary>
    public string? ClientId { get; init; }

    /// <summary>Its secret: <c>{"env": ...}</c> or <c>{"file": ...}</c>. Read anew at each sign-in.</summary>
    public SecretSource? ClientSecret { get; init; }

    /// <summary>
    /// The claim that holds the work email by which approvers are enrolled. Choose one that people cannot change themselves.
    /// Default: <c>email</c>, which counts only while the provider does not say that it is unverified.
    /// </summary>
    public string EmailClaim { get; init; } = "email";

    /// <summary>How long ago, at most, an approver may have signed in who decides on a high-risk call. 1 to 30 minutes. Default: 5 minutes.</summary>
    public TimeSpan SignInAge { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a session lasts, whatever is done in it. 5 minutes to 12 hours. Default: 1 hour.</summary>
    public TimeSpan SessionLifetime { get; init; } = TimeSpan.FromHours(1);

    /// <summary>
    /// Approver groups whose members are the desk: they see every request, the requester's picture, and may start playbooks beside it.
    /// Default: none; then a request is seen by who works on it, who has asked for it, and who is asked to approve something of it.
    /// </summary>
    public IReadOnlyList<string> Desk { get; init; } = [];

    /// <summary>Whether people can sign in at all.</summary>
    public bool CanSignIn => Missing().Count == 0;

    /// <summary>The keys without which nobody can sign in.</summary>
    public IReadOnlyList<string> Missing()
    {
        var missing = new List<string>();
        if (Authority is null)
            missing.Add("console:authority");
        if (string.IsNullOrWhiteSpace(ClientId))
            missing.Add("console:clientId");
        if (ClientSecret is null)
            missing.Add("console:clientSecret");
        return missing;
    }

    /// <summary>Everything that is wrong, each with the key and the fix. A part of the sign-in is as wrong as a wrong one.</summary>
    public IEnumerable<string> Problems()
    {
        if (Address is { Scheme: "http", IsLoopback: false })
            yield return $"console:address is {Address}: over http everybody on the way could read and change the page. Use https, with a proxy that speaks TLS in front of this server.";
        if (Address is { AbsolutePath: not "/" })
            yield return $"console:address must end after the host: the page lies at {ConsolePaths.Home} of it.";
        if (Authority is { Scheme: "http", IsLoopback: false })
            yield return $"console:authority is {Authority}: an OpenID provider is reached over https; http is for this machine only.";
        var missing = Missing();
        if (missing.Count is > 0 and < 3)
            yield return $"People cannot sign in to the page: {string.Join(" and ", missing)} {(missing.Count == 1 ? "is" : "are")} missing.";
        if (string.IsNullOrWhiteSpace(EmailClaim))
            yield return "console:emailClaim is empty: name the claim that holds the work email, or leave it out for 'email'.";
    }
}
