using Siit.Iam.Agent.Secrets;

namespace Siit.Iam.Agent.Idps.JumpCloud;

/// <summary>Passwords and second factors.</summary>
internal sealed partial class JumpCloudConnection
{
    public IReadOnlyList<PasswordMode> PasswordModes { get; } = [PasswordMode.Link, PasswordMode.Temporary, PasswordMode.Expire];

    /// <summary>JumpCloud keeps no trace on the account of the mail it sent.</summary>
    public bool Shows(PasswordMode mode) => mode != PasswordMode.Link;

    public Task<WriteReceipt> ResetPasswordAsync(Account account, PasswordMode mode, CancellationToken cancellationToken) => mode switch
    {
        PasswordMode.Link => ChangeAsync(account, "mail a password link", "users.notification.send-activation-email",
            id => v1.MailPasswordLink(id, cancellationToken), cancellationToken),
        PasswordMode.Temporary => TemporaryPasswordAsync(account, cancellationToken),
        PasswordMode.Expire => ChangeAsync(account, "expire the password", "users.password.expire", id => v1.ExpirePassword(id, cancellationToken), cancellationToken),
        _ => throw new ArgumentOutOfRangeException(nameof(mode), mode, null),
    };

    /// <summary>
    /// Two requests: only an expired password has to be changed, and setting one makes it fresh. When the second fails, the person
    /// has a password that nobody gets: that is for a person to settle, and for another reset to mend.
    /// </summary>
    private async Task<WriteReceipt> TemporaryPasswordAsync(Account account, CancellationToken cancellationToken)
    {
        var password = TemporaryPassword.New();
        var write = new JumpCloudPasswordWrite { Password = password.Reveal() };
        await ChangeAsync(account, "set a temporary password", "users.password.set", id => v1.SetPassword(id, write, cancellationToken), cancellationToken);
        try
        {
            var receipt = await ChangeAsync(account, "expire the temporary password", "users.password.expire", id => v1.ExpirePassword(id, cancellationToken), cancellationToken);
            return receipt with { Secret = password };
        }
        catch (IdpException trouble)
        {
            throw JumpCloudErrors.Partly("set a temporary password", trouble);
        }
    }

    /// <summary>JumpCloud does not tell when one of them was changed.</summary>
    public async Task<IReadOnlyList<Contact>> ListContactsAsync(Account account, CancellationToken cancellationToken)
    {
        var id = Id(account.Id, "an account");
        var user = await ReadAsync(new JumpCloudRequest("read the account", "users.readonly"), () => v1.GetContacts(id, cancellationToken), cancellationToken);
        var phone = (user.PhoneNumbers ?? []).FirstOrDefault(number => number is { Type: "mobile", Number.Length: > 0 })?.Number;
        return
        [
            .. string.IsNullOrWhiteSpace(user.AlternateEmail) ? Array.Empty<Contact>() : [new Contact(ContactKind.Mail, user.AlternateEmail.Trim(), "alternateEmail", null)],
            .. string.IsNullOrWhiteSpace(phone) ? Array.Empty<Contact>() : [new Contact(ContactKind.Phone, phone.Trim(), "phoneNumbers", null)],
        ];
    }

    public Task<WriteReceipt> ResetMfaAsync(Account account, string? factorId, CancellationToken cancellationToken)
    {
        // An empty id must never fall through to "all factors".
        if (factorId is null)
        {
            // Without the exemption the person could not get in to enrol again.
            var reset = new JumpCloudMfaReset(Exclusion: true, options.MfaExemptionDays);
            return ChangeAsync(account, "reset the second factors", "users.mfa.reset", id => v1.ResetMfa(id, reset, cancellationToken), cancellationToken);
        }
        if (!JumpCloudIds.PushEndpoint.Accepts(factorId) || JumpCloudFactors.IsNoEndpoint(factorId)) throw JumpCloudErrors.BadFactor();
        return ChangeAsync(account, "remove the push endpoint", "users", id => v2.DeletePushEndpoint(id, factorId, cancellationToken), cancellationToken);
    }

    private async Task<IReadOnlyList<Factor>> FactorsOfAsync(Task<JumpCloudUser> reading, CancellationToken cancellationToken)
    {
        var user = await reading;
        var endpoints = await ReadAsync(new JumpCloudRequest("read the account's push endpoints", "users.readonly"),
            () => v2.ListPushEndpoints(Id(user.Id, "an account"), cancellationToken), cancellationToken);
        return JumpCloudFactors.Of(user, endpoints);
    }
}
