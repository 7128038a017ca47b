using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Notices;
using Siit.Iam.Agent.Secrets;

namespace Siit.Iam.Agent.Gate.Proofs;

/// <summary>
/// What people are told about a reset of theirs, and with it the codes and links that only they get. All of it goes out whatever the
/// settings silence: who is never told of a reset cannot say that it was somebody else.
/// </summary>
internal sealed class ResetMessages(NoticesOptions options)
{
    public const string ProofPage = "console/proof";
    public const string VouchPage = "console/vouch";
    public const string SecretPage = "console/secret";

    /// <summary>Whether a link can be sent at all.</summary>
    public bool HasPage => options.Page is not null;

    public Notice Code(ProofRecord proof, Challenge challenge, string to, SecretText code)
    {
        var asked = $"Somebody asked the IT desk for this: {What(proof.Action)} of {Shown(proof.Login)} at {proof.Connection}, for request \"{Shown(proof.Request)}\".";
        var good = $"It is good until {challenge.GoodUntil:yyyy-MM-dd HH:mm}Z and counts once.";
        const string otherwise = "If you asked for nothing, give the code to nobody and call your IT desk under a number that you know.";
        var page = options.Page is null ? "" : $" or enter it at {Link($"{ProofPage}/{proof.Id}")}";
        return new Notice
        {
            Key = $"{proof.Id}/{challenge.Id}",
            Kind = "proof_code",
            Channel = challenge.Method == ProofMethod.MailCode ? NoticeChannel.Mail : NoticeChannel.Webhook,
            To = to,
            Subject = $"Your code for request {Shown(proof.Request)}",
            Text = challenge.Method == ProofMethod.MailCode
                ? $"{asked}\n\nIf it was you, your code is: {code.Reveal()}\n\nTell it to the desk that you have called yourself{page}. {good}\n\n{otherwise}\n"
                : $"Code {code.Reveal()} for request {Shown(proof.Request)}, good until {challenge.GoodUntil:HH:mm}Z. {otherwise}",
            Request = proof.Request,
            Secret = true,
            ExpiresAt = challenge.GoodUntil,
        };
    }

    /// <summary>No link signs anybody in: the page asks for the manager's own sign-in.</summary>
    public Notice Vouch(ProofRecord proof, string challenge, string manager) => new()
    {
        Key = $"{proof.Id}/{challenge}",
        Kind = "proof_vouch",
        Channel = NoticeChannel.Mail,
        To = manager,
        Subject = $"Do you know who asks? Request {Shown(proof.Request)}",
        Text = $"Somebody who says to be {Shown(proof.Login)} asks the IT desk for this: {What(proof.Action)} at {proof.Connection}, for request \"{Shown(proof.Request)}\".\n\n"
            + "Call them under a number that you know, not one that you were sent. If it is they, say so here, signed in as yourself:\n"
            + $"{(options.Page is null ? "(this server has no page: tell the desk)" : Link($"{VouchPage}/{proof.Id}"))}\n\nIf it is not, do nothing but warn your IT desk.\n",
        Request = proof.Request,
    };

    /// <summary>To every address of the person, also those that prove nothing.</summary>
    public static IEnumerable<Notice> Beginning(CallRecord call, PersonContacts contacts)
    {
        var text = $"{Sentence(call)}, for request \"{Shown(call.Request ?? "none")}\" (call {call.Id}).";
        const string otherwise = "If you did not ask for it, call your IT desk at once, under a number that you know.";
        foreach (var mail in contacts.Contacts.Where(contact => contact.Kind == ContactKind.Mail && Addresses.LooksLikeOne(contact.Value)).Select(contact => contact.Value)
            .Prepend(contacts.WorkMail).OfType<string>().DistinctBy(KnownContact.PrintOf))
        {
            yield return Begun(call, NoticeChannel.Mail, mail, $"{text}\n\n{otherwise}\n");
        }

        foreach (var phone in contacts.Contacts.Where(contact => contact.Kind == ContactKind.Phone).Select(contact => contact.Value))
            yield return Begun(call, NoticeChannel.Webhook, phone, $"{text} {otherwise}");
    }

    public Notice Delivery(CallRecord call, KnownContact way, KeptSecret kept)
    {
        // Behind a question mark: a path may end up in a log.
        var link = Link($"{SecretPage}?t={kept.Token.Reveal()}");
        var good = $"It is good until {kept.Record.ExpiresAt:yyyy-MM-dd HH:mm}Z.";
        return new Notice
        {
            Key = $"{kept.Record.Id}/link",
            Kind = "secret_link",
            Channel = way.Kind == ContactKind.Mail ? NoticeChannel.Mail : NoticeChannel.Webhook,
            To = way.Value,
            Subject = "A password for one sign-in waits for you",
            Text = way.Kind == ContactKind.Mail
                ? $"{Sentence(call)}.\n\nThe page behind this link shows the new password once, when you press the button there:\n{link}\n\n{good} "
                    + "The password must be changed at the first sign-in. Whoever has the link can see it: forward it to nobody.\n"
                : $"Your password for one sign-in, shown once: {link} {good}",
            Call = call.Id,
            Request = call.Request,
            Secret = true,
            ExpiresAt = kept.Record.ExpiresAt,
        };
    }

    private static Notice Begun(CallRecord call, NoticeChannel channel, string to, string text) => new()
    {
        Key = $"{call.Id}/reset/{KnownContact.PrintOf(to)}",
        Kind = "reset_begun",
        Channel = channel,
        To = to,
        Subject = $"{(call.Action == "reset_mfa" ? "Your second factors are" : "Your password is")} being reset",
        Text = text,
        Call = call.Id,
        Request = call.Request,
    };

    private static string Sentence(CallRecord call) =>
        $"{(call.Action == "reset_mfa" ? "The second factors" : "The password")} of {CallAnswers.Who(call)} at {call.Connection} {(call.Action == "reset_mfa" ? "are" : "is")} being reset";

    private static string What(string action) => action == "reset_mfa" ? "reset of the second factors" : "reset of the password";

    private static string Shown(string text) => HiddenText.Shown(text, 100);

    private string Link(string page) => new Uri(options.Page!, page).ToString();
}
