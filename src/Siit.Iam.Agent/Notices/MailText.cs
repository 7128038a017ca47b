using System.Diagnostics.CodeAnalysis;
using System.Text;
using MimeKit;
using Siit.Iam.Agent.Actions;

namespace Siit.Iam.Agent.Notices;

/// <summary>A notice as a mail. Nothing in it can become a header, another recipient, or text that reads otherwise than it is.</summary>
internal static class MailText
{
    /// <summary>By RFC 5321: 64 before the @ and 254 in all.</summary>
    private const int LongestAddress = 254;

    public static bool TryCompose(NoticeRecord notice, string text, string from, [NotNullWhen(true)] out MimeMessage? message)
    {
        message = null;
        if (AddressOf(notice.To) is not { } to || !MailboxAddress.TryParse(from, out var sender))
            return false;
        message = new MimeMessage
        {
            Subject = HiddenText.Shown(notice.Subject, Outbox.LongestSubject),
            // The same however often it is sent: servers and readers drop a second one by it.
            MessageId = $"{notice.Id}@{DomainOf(sender)}",
            Date = notice.QueuedAt,
            Body = new TextPart("plain") { Text = Shown(text) },
        };
        message.From.Add(sender);
        message.To.Add(to);
        // Nobody's holiday answers this.
        message.Headers.Add("Auto-Submitted", "auto-generated");
        message.Headers.Add("X-Auto-Response-Suppress", "All");
        return true;
    }

    /// <summary>Exactly one address, or null: no list, no name, no route, nothing hidden.</summary>
    public static MailboxAddress? AddressOf(string text)
    {
        if (text.Length > LongestAddress || HiddenText.First(text) is not null || text.Any(c => char.IsWhiteSpace(c) || c is '<' or '>' or ',' or ';' or ':' or '"' or '\\' or '(' or ')' or '[' or ']')
            || text.Split('@') is not [{ Length: > 0 and <= 64 } name, { Length: > 0 } domain] || name.StartsWith('-') || domain.StartsWith('.') || domain.EndsWith('.'))
            return null;
        return MailboxAddress.TryParse(text, out var address) && string.Equals(address.Address, text, StringComparison.Ordinal) ? address : null;
    }

    /// <summary>Line ends and tabs stay; every other hidden character is written out.</summary>
    public static string Shown(string text)
    {
        var shown = new StringBuilder(text.Length);
        foreach (var line in text.ReplaceLineEndings("\n").Split('\n'))
            shown.Append(string.Join('\t', line.Split('\t').Select(part => HiddenText.Shown(part, int.MaxValue)))).Append('\n');
        return shown.ToString().TrimEnd('\n') + "\n";
    }

    private static string DomainOf(MailboxAddress sender)
    {
        var domain = sender.GetAddress(idnEncode: true).Split('@')[^1];
        return domain.Length > 0 ? domain : "siit-iam.invalid";
    }
}
