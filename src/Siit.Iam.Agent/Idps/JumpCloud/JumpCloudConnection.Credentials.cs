namespace Siit.Iam.Agent.Idps.JumpCloud;

/// <summary>Passwords and second factors.</summary>
internal sealed partial class JumpCloudConnection
{
    public IReadOnlyList<PasswordMode> PasswordModes { get; } = [PasswordMode.Link, PasswordMode.Expire];

    /// <summary>JumpCloud keeps no trace on the account of the mail it sent.</summary>
    public bool Shows(PasswordMode mode) => mode == PasswordMode.Expire;

    public Task<WriteReceipt> ResetPasswordAsync(Account account, PasswordMode mode, CancellationToken cancellationToken) => mode switch
    {
        PasswordMode.Link => ChangeAsync(account, "mail a password link", "users.notification.send-activation-email",
            id => v1.MailPasswordLink(id, cancellationToken), cancellationToken),
        PasswordMode.Expire => ChangeAsync(account, "expire the password", "users.password.expire", id => v1.ExpirePassword(id, cancellationToken), cancellationToken),
        _ => throw new ArgumentOutOfRangeException(nameof(mode), mode, null),
    };

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
