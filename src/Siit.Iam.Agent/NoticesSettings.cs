using MimeKit;
using Siit.Iam.Agent.Notices;
using Siit.Iam.Agent.Secrets;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent;

/// <summary>The section <c>notices</c>. What the keys mean stands at <see cref="NoticesOptions"/>.</summary>
internal static class NoticesSettings
{
    private const int StartTlsPort = 587;
    private const int TlsPort = 465;

    /// <param name="configuration">The same section, for secrets.</param>
    public static NoticesOptions Read(SettingsSection section, IConfigurationSection configuration, DataFolder data, List<string> problems)
    {
        var defaults = new NoticesOptions();
        var options = new NoticesOptions
        {
            Page = Address(section.Text("page"), "notices:page", problems),
            Mail = section.Has("mail") ? Mail(section.Section("mail"), configuration.GetSection("mail:password"), data, problems) : null,
            Webhook = section.Has("webhook") ? Webhook(section.Section("webhook"), configuration.GetSection("webhook:secret"), problems) : null,
            Quiet = section.Texts("quiet"),
            PerHour = section.Number("perHour", defaults.PerHour, 1, 1000),
            GiveUpAfter = section.Time("giveUpAfter", defaults.GiveUpAfter, TimeSpan.FromMinutes(1), TimeSpan.FromDays(7)),
            Keep = section.Time("keep", defaults.Keep, TimeSpan.FromHours(1), TimeSpan.FromDays(365)),
        };
        // Known, though empty.
        _ = (section.Section("mail"), section.Section("webhook"));
        section.NothingElse();
        return options;
    }

    private static MailOptions? Mail(SettingsSection section, IConfigurationSection password, DataFolder data, List<string> problems)
    {
        var (host, tls, from, user) = (section.Text("host"), section.Word("tls", MailTls.StartTls), section.Text("from"), section.Text("user"));
        var port = section.Number("port", tls == MailTls.Tls ? TlsPort : StartTlsPort, 1, 65535);
        var certificate = section.Text("certificate") is { Length: > 0 } file ? Path.GetFullPath(file, data.Path) : null;
        _ = section.Section("password");
        var wrong = new List<string>();
        var secret = SecretSource.FromSettings(password, wrong);
        problems.AddRange(wrong.Select(problem => $"notices:mail: {problem}"));
        section.NothingElse();
        if (string.IsNullOrWhiteSpace(host) || host.Any(char.IsWhiteSpace))
            problems.Add("notices:mail:host is missing: the name of the server that takes mails, such as smtp.acme.example.");
        else if (tls == MailTls.None && !Loopback.Is(host))
            problems.Add($"notices:mail:tls is none, but {host} is not on loopback: links and codes would cross the network in the clear. Use starttls or tls.");
        if (!MailboxAddress.TryParse(from ?? "", out var sender) || !sender.Address.Contains('@', StringComparison.Ordinal))
            problems.Add("notices:mail:from must be an address such as iam@acme.example or Siit IAM <iam@acme.example>.");
        if (user is null != secret is null)
            problems.Add("notices:mail needs both user and password, or neither.");
        return new MailOptions { Host = host ?? "", Port = port, Tls = tls, Certificate = certificate, User = user, Password = secret, From = from ?? "" };
    }

    private static WebhookOptions? Webhook(SettingsSection section, IConfigurationSection secret, List<string> problems)
    {
        var url = Address(section.Text("url"), "notices:webhook:url", problems);
        if (url is null && section.Text("url") is null)
            problems.Add("notices:webhook:url is missing: where the other program listens.");
        _ = section.Section("secret");
        var wrong = new List<string>();
        var source = SecretSource.FromSettings(secret, wrong);
        problems.AddRange(wrong.Select(problem => $"notices:webhook: {problem}"));
        if (source is null && wrong.Count == 0)
            problems.Add("notices:webhook:secret is missing: {\"env\": \"NAME\"} or {\"file\": \"/path\"}. Messages are signed with it.");
        section.NothingElse();
        return url is null || source is null ? null : new WebhookOptions { Url = url, Secret = source };
    }

    private static Uri? Address(string? text, string key, List<string> problems)
    {
        if (string.IsNullOrWhiteSpace(text))
            return null;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("https" or "http") || url.UserInfo.Length > 0 || url.Fragment.Length > 0)
            problems.Add($"{key} must be an address such as https://iam.acme.example.");
        else if (url.Scheme == "http" && !Loopback.Is(url))
            problems.Add($"{key} must begin with https://; http is for loopback only.");
        else
            return url;
        return null;
    }
}
