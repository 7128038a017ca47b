using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Idps;

namespace Siit.Iam.Agent.Gate.Proofs;

/// <summary>A way to reach a person beside the work mailbox.</summary>
/// <param name="Source">Where it stands, for people: <c>HRIS private_email</c>.</param>
/// <param name="NotBecause">Why nothing is proved over it; null: it counts.</param>
internal sealed record KnownContact(ContactKind Kind, string Value, string Source, string? NotBecause)
{
    public bool Counts => NotBecause is null;

    /// <summary>Enough to be recognised by whoever has it, and by nobody else.</summary>
    public string Masked => MaskedText(Kind, Value);

    /// <summary>Tells it apart without saying it.</summary>
    public string Print => PrintOf(Value);

    public static string PrintOf(string value) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes("siit-iam/contact/1\n" + value.Trim().ToLowerInvariant())))[..16];

    private static string MaskedText(ContactKind kind, string value)
    {
        if (kind == ContactKind.Phone)
            return $"•••{value[^Math.Min(2, value.Length)..]}";
        var at = value.LastIndexOf('@');
        var first = StringInfo.GetNextTextElement(value);
        return at > 0 ? HiddenText.Shown($"{first}•••{value[at..]}", 100) : "•••";
    }
}

/// <summary>Whom a reset is about, and how they can be reached.</summary>
internal sealed record PersonContacts
{
    /// <summary>The same for every account with this work email; else the account's own.</summary>
    public required string Key { get; init; }

    /// <summary>Work email, or login.</summary>
    public required string Name { get; init; }

    /// <summary>Work emails and logins of all of the person's accounts: over these nothing is proved.</summary>
    public required IReadOnlySet<string> Work { get; init; }

    /// <summary>Where the work mail goes; null where the account has no address.</summary>
    public string? WorkMail { get; init; }

    public required IReadOnlyList<KnownContact> Contacts { get; init; }

    /// <summary>Work email of the manager; null when nobody can be told for certain.</summary>
    public string? Manager { get; init; }

    /// <summary>Why the manager's word would not count; null: it would.</summary>
    public string? ManagerNotBecause { get; init; }

    public bool IsPerson(string? email) => email is not null && Work.Contains(email.Trim().ToLowerInvariant());

    /// <summary>The contact to use of a kind: the first that counts.</summary>
    public KnownContact? Best(ContactKind kind) => Contacts.FirstOrDefault(contact => contact.Kind == kind && contact.Counts);
}
