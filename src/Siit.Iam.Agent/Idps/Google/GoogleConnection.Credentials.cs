using System.Globalization;
using Siit.Iam.Agent.Secrets;

namespace Siit.Iam.Agent.Idps.Google;

/// <summary>Passwords, second factors, sessions and grants.</summary>
internal sealed partial class GoogleConnection
{
    private const string SecurityScope = "admin.directory.user.security";

    /// <summary>Stands for all second factors: Google tells whether there are any, not which.</summary>
    public const string TwoStep = "2sv";

    /// <summary>Before an app password's number, to tell it from a client's id.</summary>
    private const string AppPassword = "asp-";

    /// <summary>Google mails no link.</summary>
    public IReadOnlyList<PasswordMode> PasswordModes { get; } = [PasswordMode.Temporary, PasswordMode.Expire];

    public Task<WriteReceipt> ResetPasswordAsync(Account account, PasswordMode mode, CancellationToken cancellationToken) => mode switch
    {
        PasswordMode.Temporary => TemporaryPasswordAsync(account, cancellationToken),
        PasswordMode.Expire => SetAsync(account, "expire the password", new GoogleUserWrite { ChangePasswordAtNextLogin = true }, cancellationToken),
        _ => throw new ArgumentOutOfRangeException(nameof(mode), mode, null),
    };

    private async Task<WriteReceipt> TemporaryPasswordAsync(Account account, CancellationToken cancellationToken)
    {
        var password = TemporaryPassword.New();
        var write = new GooglePasswordWrite { Password = password.Reveal() };
        var receipt = await ChangeAsync(account, "set a temporary password", UserScope, id => _directory.SetPassword(id, write, cancellationToken), cancellationToken);
        return receipt with { Secret = password };
    }

    /// <summary>Google does not tell on the account when one of them was changed.</summary>
    public async Task<IReadOnlyList<Contact>> ListContactsAsync(Account account, CancellationToken cancellationToken)
    {
        var id = Id(account.Id, "an account");
        var user = await ReadAsync(ReadAccount, () => _directory.GetContacts(id, cancellationToken), cancellationToken);
        (ContactKind Kind, string? Value, string Field)[] fields =
            [(ContactKind.Mail, user.RecoveryEmail, "recoveryEmail"), (ContactKind.Phone, user.RecoveryPhone, "recoveryPhone")];
        return [.. fields.Where(field => !string.IsNullOrWhiteSpace(field.Value)).Select(field => new Contact(field.Kind, field.Value!.Trim(), field.Field, null))];
    }

    public Task<WriteReceipt> ResetMfaAsync(Account account, string? factorId, CancellationToken cancellationToken)
    {
        // An id that is not the one we show must never fall through to "all factors".
        if (factorId is not (null or TwoStep)) throw GoogleErrors.BadId("a second factor");
        return ChangeAsync(account, "turn off 2-Step Verification", SecurityScope, id => _directory.TurnOffTwoStep(id, cancellationToken), cancellationToken);
    }

    public Task<WriteReceipt> ClearSessionsAsync(Account account, CancellationToken cancellationToken) =>
        ChangeAsync(account, "clear the account's sessions", SecurityScope, id => _directory.SignOut(id, cancellationToken), cancellationToken);

    /// <summary>
    /// Google has no call for all at once, so they go one by one; one that is gone already is no trouble. App passwords go with
    /// them: they let a program in without a second factor.
    /// </summary>
    public async Task<WriteReceipt> RevokeGrantsAsync(Account account, CancellationToken cancellationToken)
    {
        var id = Id(account.Id, "an account");
        var done = 0;
        foreach (var grant in await GrantsOfAsync(id, cancellationToken))
        {
            try
            {
                await WriteAsync(new GoogleRequest("revoke the account's grants", SecurityScope, Changes: true), () => Revoke(id, grant.Id, cancellationToken), cancellationToken);
                done++;
            }
            catch (IdpException e) when (e.Trouble == IdpTrouble.NotFound)
            {
                // Gone in between.
            }
            catch (IdpException e) when (done > 0)
            {
                throw GoogleErrors.Partly(done, e);
            }
        }
        return new WriteReceipt(null);
    }

    private Task<Refit.IApiResponse> Revoke(string userId, string grantId, CancellationToken cancellationToken) =>
        grantId.StartsWith(AppPassword, StringComparison.Ordinal) && int.TryParse(grantId.AsSpan(AppPassword.Length), NumberStyles.None, null, out var code)
            ? _directory.DeleteAppPassword(userId, code, cancellationToken)
            : _directory.RevokeToken(userId, GoogleIds.Clients.Accepts(grantId) ? grantId : throw GoogleErrors.BadId("a client"), cancellationToken);

    private async Task<IReadOnlyList<Grant>> GrantsOfAsync(string accountId, CancellationToken cancellationToken)
    {
        var tokens = ReadAsync(new GoogleRequest("read the account's grants", SecurityScope), () => _directory.ListTokens(accountId, cancellationToken), cancellationToken);
        var passwords = ReadAsync(new GoogleRequest("read the account's app passwords", SecurityScope), () => _directory.ListAppPasswords(accountId, cancellationToken), cancellationToken);
        await AllInOrderAsync(tokens, passwords);
        return
        [
            .. ((await tokens).Items ?? []).Select(token => new Grant(token.ClientId, token.DisplayText ?? token.ClientId, string.Join(' ', token.Scopes ?? []), null)),
            .. ((await passwords).Items ?? []).Select(password => new Grant(
                $"{AppPassword}{password.CodeId}", $"App password '{password.Name}'", "everything, without a second factor",
                password.CreationTime is > 0 and < 253402300800000 ? DateTimeOffset.FromUnixTimeMilliseconds(password.CreationTime.Value) : null)),
        ];
    }

    private static IReadOnlyList<Factor> FactorsOf(GoogleUser user) => user.IsEnrolledIn2Sv != true
        ? []
        : [new Factor(TwoStep, "other", "2-Step Verification", user.IsEnforcedIn2Sv == true ? GoogleTraps.Enforced : "ENROLLED", null)];
}
