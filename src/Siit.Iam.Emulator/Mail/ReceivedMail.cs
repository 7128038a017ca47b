using System.Text;
using MimeKit;

namespace Siit.Iam.Emulator.Mail;

/// <summary>What was said before the content.</summary>
internal sealed record Envelope(string From, IReadOnlyList<string> To, bool Tls, string? User);

/// <summary>One mail as it was taken.</summary>
internal sealed record ReceivedMail
{
    public required string Id { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>Of the envelope.</summary>
    public required string From { get; init; }

    /// <summary>Of the envelope: to whom it really goes.</summary>
    public required IReadOnlyList<string> To { get; init; }

    /// <summary>The header <c>To</c>.</summary>
    public required string Addressed { get; init; }

    public required string Subject { get; init; }

    public string? MessageId { get; init; }

    public required string Text { get; init; }

    /// <summary>Every header in order.</summary>
    public required IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; }

    public required bool Tls { get; init; }

    /// <summary>Who had signed in.</summary>
    public string? User { get; init; }

    /// <summary>Every byte.</summary>
    public required string Raw { get; init; }

    public static ReceivedMail Read(string id, Envelope envelope, byte[] content, DateTimeOffset at)
    {
        using var message = MimeMessage.Load(new MemoryStream(content));
        return new ReceivedMail
        {
            Id = id,
            At = at,
            From = envelope.From,
            To = envelope.To,
            Addressed = message.To.ToString(),
            Subject = message.Subject ?? "",
            MessageId = message.MessageId,
            Text = message.TextBody ?? "",
            Headers = [.. message.Headers.Select(header => KeyValuePair.Create(header.Field, header.Value))],
            Tls = envelope.Tls,
            User = envelope.User,
            Raw = Encoding.UTF8.GetString(content),
        };
    }
}
