namespace Siit.Iam.Agent.Idps.Okta;

/// <summary>Passwords, second factors, sessions and grants.</summary>
internal sealed partial class OktaConnection
{
    public IReadOnlyList<PasswordMode> PasswordModes { get; } = [PasswordMode.Link, PasswordMode.Expire];

    public Task<WriteReceipt> ResetPasswordAsync(Account account, PasswordMode mode, CancellationToken cancellationToken) => mode switch
    {
        PasswordMode.Link => ChangeAsync(account, "mail a password link", id => api.MailPasswordLink(id, cancellationToken), cancellationToken),
        PasswordMode.Expire => ChangeAsync(account, "expire the password", id => api.ExpirePassword(id, cancellationToken), cancellationToken),
        _ => throw new ArgumentOutOfRangeException(nameof(mode), mode, null),
    };

    public Task<WriteReceipt> ResetMfaAsync(Account account, string? factorId, CancellationToken cancellationToken)
    {
        // An empty id must never fall through to "all factors".
        if (factorId is null)
            return ChangeAsync(account, "remove the second factors", id => api.ResetFactors(id, cancellationToken), cancellationToken);
        Id(factorId, "a second factor");
        return ChangeAsync(account, "remove the second factor", id => api.DeleteFactor(id, factorId, cancellationToken), cancellationToken);
    }

    public Task<WriteReceipt> ClearSessionsAsync(Account account, CancellationToken cancellationToken) =>
        ChangeAsync(account, "clear the account's sessions", id => api.ClearSessions(id, cancellationToken), cancellationToken);

    public Task<WriteReceipt> RevokeGrantsAsync(Account account, CancellationToken cancellationToken) =>
        ChangeAsync(account, "revoke the account's grants", id => api.RevokeGrants(id, cancellationToken), cancellationToken);

    private async Task<IReadOnlyList<Factor>> FactorsOfAsync(string accountId, CancellationToken cancellationToken)
    {
        var factors = await ReadAsync(new OktaRequest("read the account's second factors", "okta.users.read"),
            () => api.ListFactors(accountId, cancellationToken), cancellationToken);
        return [.. factors
            .Where(factor => factor.Status is not ("NOT_SETUP" or "DISABLED"))
            .Select(factor => new Factor(factor.Id, KindOf(factor.FactorType), factor.FactorType ?? "", factor.Status, factor.Created))];
    }

    private async Task<IReadOnlyList<Grant>> GrantsOfAsync(string accountId, CancellationToken cancellationToken)
    {
        var grants = await AllAsync(new OktaRequest("read the account's grants", "okta.users.read"), $"/api/v1/users/{accountId}/grants",
            after => api.ListGrants(accountId, options.PageSize, after, cancellationToken), cancellationToken);
        return [.. grants
            .Where(grant => grant.Status is null or "ACTIVE")
            .Select(grant => new Grant(grant.Id, grant.ClientId ?? "", grant.ScopeId, grant.Created))];
    }

    internal static string KindOf(string? factorType) => factorType switch
    {
        "push" or "signed_nonce" => "push",
        "token:software:totp" => "totp",
        "sms" => "sms",
        "call" => "voice",
        "email" => "email",
        "webauthn" or "u2f" => "webauthn",
        "question" => "question",
        "token:hardware" or "token:hotp" or "token" => "hardware",
        _ => "other",
    };
}
