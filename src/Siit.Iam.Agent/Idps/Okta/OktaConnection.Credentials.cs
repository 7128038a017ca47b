using Siit.Iam.Agent.Secrets;

namespace Siit.Iam.Agent.Idps.Okta;

/// <summary>Passwords, second factors, sessions and grants.</summary>
internal sealed partial class OktaConnection
{
    public IReadOnlyList<PasswordMode> PasswordModes { get; } = [PasswordMode.Link, PasswordMode.Temporary, PasswordMode.Expire];

    public Task<WriteReceipt> ResetPasswordAsync(Account account, PasswordMode mode, CancellationToken cancellationToken) => mode switch
    {
        PasswordMode.Link => ChangeAsync(account, "mail a password link", id => api.MailPasswordLink(id, cancellationToken), cancellationToken),
        PasswordMode.Temporary => TemporaryPasswordAsync(account, cancellationToken),
        PasswordMode.Expire => ChangeAsync(account, "expire the password", id => api.ExpirePassword(id, cancellationToken), cancellationToken),
        _ => throw new ArgumentOutOfRangeException(nameof(mode), mode, null),
    };

    /// <summary>Okta makes the password itself, and ends the sessions with it.</summary>
    private async Task<WriteReceipt> TemporaryPasswordAsync(Account account, CancellationToken cancellationToken)
    {
        var id = Id(account.Id, "an account");
        var request = new OktaRequest("set a temporary password", "okta.users.manage", Changes: true);
        using var response = await SendAsync(request, () => api.SetTemporaryPassword(id, cancellationToken), cancellationToken);
        var requestId = OktaErrors.RequestId(response);
        return response.Content?.TempPassword is { Length: > 0 } password
            ? new WriteReceipt(requestId, Secret: new SecretText(password))
            : throw OktaErrors.Unreadable(request, requestId);
    }

    /// <summary>Okta's own times say when anything of the profile was changed last, so nothing in it is younger.</summary>
    public async Task<IReadOnlyList<Contact>> ListContactsAsync(Account account, CancellationToken cancellationToken)
    {
        var id = Id(account.Id, "an account");
        var user = await ReadAsync(ReadAccount, () => api.GetContacts(id, cancellationToken), cancellationToken);
        (ContactKind Kind, string? Value, string Field)[] fields =
            [(ContactKind.Mail, user.Profile?.SecondEmail, "secondEmail"), (ContactKind.Phone, user.Profile?.MobilePhone, "mobilePhone")];
        return [.. fields.Where(field => !string.IsNullOrWhiteSpace(field.Value)).Select(field => new Contact(field.Kind, field.Value!.Trim(), field.Field, user.LastUpdated))];
    }

    public async Task<string> PushAsync(Account account, string factorId, CancellationToken cancellationToken)
    {
        var (id, factor) = (Id(account.Id, "an account"), Id(factorId, "a second factor"));
        var request = new OktaRequest("send a push", "okta.users.manage", Changes: true);
        using var response = await SendAsync(request, () => api.VerifyFactor(id, factor, cancellationToken), cancellationToken);
        // Where to ask for the answer stands there as a link; only the last part of it is taken, and only when it is an id.
        return response.Content?.Links?.Poll?.Href?.Split('/')[^1] is { } challenge && OktaIds.Transactions.Accepts(challenge)
            ? challenge
            : throw OktaErrors.Unreadable(request, OktaErrors.RequestId(response));
    }

    public async Task<PushAnswer> ReadPushAsync(Account account, string factorId, string challenge, CancellationToken cancellationToken)
    {
        var (id, factor) = (Id(account.Id, "an account"), Id(factorId, "a second factor"));
        if (!OktaIds.Transactions.Accepts(challenge)) throw OktaErrors.BadId("a push");
        var answer = await ReadAsync(new OktaRequest("read the answer to a push", "okta.users.read"),
            () => api.ReadTransaction(id, factor, challenge, cancellationToken), cancellationToken);
        return answer.FactorResult switch
        {
            "SUCCESS" => PushAnswer.Accepted,
            "REJECTED" => PushAnswer.Rejected,
            "WAITING" => PushAnswer.Waiting,
            _ => PushAnswer.TimedOut,
        };
    }

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
