using Siit.Iam.Agent.Secrets;

namespace Siit.Iam.Agent.Notices;

/// <summary>How the connection to the mail server is protected.</summary>
internal enum MailTls
{
    /// <summary>Plain at first, then STARTTLS, which the server must offer.</summary>
    StartTls,

    /// <summary>TLS from the first byte.</summary>
    Tls,

    /// <summary>None: on loopback only.</summary>
    None,
}

/// <summary>Messages to people (section <c>notices</c>). Without <c>mail</c> and <c>webhook</c> nobody is told anything.</summary>
internal sealed record NoticesOptions
{
    /// <summary><c>page</c>: where people reach the approval page, such as <c>https://iam.acme.example</c>. Default: <c>console:address</c>; without both mails name the verbs.</summary>
    public Uri? Page { get; init; }

    /// <summary><c>mail</c>.</summary>
    public MailOptions? Mail { get; init; }

    /// <summary><c>webhook</c>.</summary>
    public WebhookOptions? Webhook { get; init; }

    /// <summary><c>quiet</c>: kinds that are not sent by mail, such as <c>call_decided</c>.</summary>
    public IReadOnlyList<string> Quiet { get; init; } = [];

    /// <summary><c>perHour</c>: mails one person gets by themselves within an hour; what is more comes summed up, one every ten minutes. 1 to 1000. Default: 20.</summary>
    public int PerHour { get; init; } = 20;

    /// <summary><c>giveUpAfter</c>: how long is tried. 1 minute to 7 days. Default: 24 hours.</summary>
    public TimeSpan GiveUpAfter { get; init; } = TimeSpan.FromHours(24);

    /// <summary><c>keep</c>: how long it stays on record that something was sent or given up. 1 hour to 365 days. Default: 30 days.</summary>
    public TimeSpan Keep { get; init; } = TimeSpan.FromDays(30);
}

/// <summary>The mail server that takes our mails.</summary>
internal sealed record MailOptions
{
    /// <summary><c>host</c>.</summary>
    public required string Host { get; init; }

    /// <summary><c>port</c>. Default: 587, with <c>tls: tls</c> 465.</summary>
    public required int Port { get; init; }

    /// <summary><c>tls</c>: <c>starttls</c> (default), <c>tls</c>, or <c>none</c>, which is for loopback.</summary>
    public MailTls Tls { get; init; }

    /// <summary><c>certificate</c>: a PEM file with the authority, or the certificate itself, that is trusted instead of the system's.</summary>
    public string? Certificate { get; init; }

    /// <summary><c>user</c>; null: no sign-in.</summary>
    public string? User { get; init; }

    /// <summary><c>password</c>: <c>{"env": "NAME"}</c> or <c>{"file": "/path"}</c>.</summary>
    public SecretSource? Password { get; init; }

    /// <summary><c>from</c>: the address, or <c>Name &lt;address&gt;</c>.</summary>
    public required string From { get; init; }

    /// <summary>How long one connection, command or answer may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);
}

/// <summary>Where other programs listen.</summary>
internal sealed record WebhookOptions
{
    /// <summary><c>url</c>: https, or http on loopback.</summary>
    public required Uri Url { get; init; }

    /// <summary><c>secret</c>: with what each message is signed.</summary>
    public required SecretSource Secret { get; init; }

    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(15);
}
