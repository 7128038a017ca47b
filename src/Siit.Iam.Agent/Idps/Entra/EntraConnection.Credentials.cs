using Microsoft.Graph.Models;
using Siit.Iam.Agent.Secrets;

namespace Siit.Iam.Agent.Idps.Entra;

/// <summary>Passwords, second factors, sessions and grants.</summary>
internal sealed partial class EntraConnection
{
    private static readonly EntraRequest ReadFactors = new("read the account's second factors", "UserAuthenticationMethod.Read.All");

    private static readonly EntraRequest RemoveFactors = new("remove the second factors", "UserAuthenticationMethod.ReadWrite.All", Changes: true);

    /// <summary>How late the end of the sessions may show.</summary>
    private static readonly TimeSpan ReplicaDelay = TimeSpan.FromMinutes(5);

    /// <summary>No link: Entra mails none, and its own reset call is for signed-in administrators only, not for an application.</summary>
    public IReadOnlyList<PasswordMode> PasswordModes { get; } = [PasswordMode.Temporary, PasswordMode.Expire];

    public Task<WriteReceipt> ResetPasswordAsync(Account account, PasswordMode mode, CancellationToken cancellationToken) => mode switch
    {
        PasswordMode.Expire => ChangeAsync(account, "expire the password", "User-PasswordProfile.ReadWrite.All",
            new User { PasswordProfile = new PasswordProfile { ForceChangePasswordNextSignIn = true } }, cancellationToken),
        PasswordMode.Temporary => TemporaryPasswordAsync(account, cancellationToken),
        _ => throw new ArgumentOutOfRangeException(nameof(mode), mode, null),
    };

    private async Task<WriteReceipt> TemporaryPasswordAsync(Account account, CancellationToken cancellationToken)
    {
        var password = TemporaryPassword.New();
        var profile = new PasswordProfile { Password = password.Reveal(), ForceChangePasswordNextSignIn = true };
        var receipt = await ChangeAsync(account, "set a temporary password", "User-PasswordProfile.ReadWrite.All", new User { PasswordProfile = profile }, cancellationToken);
        return receipt with { Secret = password };
    }

    /// <summary>Graph does not tell when one of them was changed.</summary>
    public async Task<IReadOnlyList<Contact>> ListContactsAsync(Account account, CancellationToken cancellationToken)
    {
        var id = Id(account.Id, "an account");
        var user = await ReadAsync(ReadAccount, api => api.GetContactsAsync(id, cancellationToken), cancellationToken);
        return
        [
            .. (user.OtherMails ?? []).Where(mail => !string.IsNullOrWhiteSpace(mail)).Select(mail => new Contact(ContactKind.Mail, mail.Trim(), "otherMails", null)),
            .. string.IsNullOrWhiteSpace(user.MobilePhone) ? Array.Empty<Contact>() : [new Contact(ContactKind.Phone, user.MobilePhone.Trim(), "mobilePhone", null)],
        ];
    }

    /// <summary>
    /// Graph removes one at a time and refuses the default one while others are left; which one that is, only the refusal says
    /// for certain. So what is refused is asked for again after the others, and the default one goes last.
    /// </summary>
    public async Task<WriteReceipt> ResetMfaAsync(Account account, string? factorId, CancellationToken cancellationToken)
    {
        var id = Id(account.Id, "an account");
        // An empty id must never fall through to "all factors".
        if (factorId is not null) OpaqueId(factorId, "a second factor");
        var methods = await MethodsAsync(id, cancellationToken);
        if (factorId is not null)
            return await RemoveAsync(id, methods.FirstOrDefault(method => method.Id == factorId) ?? throw EntraErrors.NoFactor(), cancellationToken);

        var left = methods.OrderBy(EntraMethods.Order).ToList();
        WriteReceipt? last = null;
        while (left.Count > 0)
        {
            var refused = new List<EntraMethod>();
            IdpException? refusal = null;
            foreach (var method in left)
            {
                try
                {
                    last = await RemoveAsync(id, method, cancellationToken);
                }
                catch (IdpException trouble) when (trouble.Trouble == IdpTrouble.Rejected)
                {
                    refused.Add(method);
                    refusal = trouble;
                }
                catch (IdpException trouble) when (trouble.Trouble == IdpTrouble.NotFound && last is not null)
                {
                    // Went with another one.
                }
                catch (IdpException trouble) when (last is not null)
                {
                    throw EntraErrors.Partly(RemoveFactors, trouble);
                }
            }
            if (refused.Count == left.Count) throw last is null ? refusal! : EntraErrors.Partly(RemoveFactors, refusal!);
            left = refused;
        }
        return last ?? new WriteReceipt(null);
    }

    public Task<WriteReceipt> ClearSessionsAsync(Account account, CancellationToken cancellationToken)
    {
        var id = Id(account.Id, "an account");
        return WriteAsync(new EntraRequest("clear the account's sessions", "User.RevokeSessions.All", Changes: true),
            (api, receipt) => api.RevokeSessionsAsync(id, receipt, cancellationToken), cancellationToken);
    }

    /// <summary>Entra keeps the time before which no session counts. It is cut to seconds there.</summary>
    public async Task<bool?> WereSessionsClearedAsync(Account account, DateTimeOffset since, CancellationToken cancellationToken)
    {
        var id = Id(account.Id, "an account");
        var user = await ReadAsync(ReadAccount, api => api.GetUserAsync(id, cancellationToken), cancellationToken);
        if (user.SignInSessionsValidFromDateTime is { } validFrom && validFrom >= since - TimeSpan.FromSeconds(1)) return true;
        return time.GetUtcNow() - since > ReplicaDelay ? false : null;
    }

    public async Task<WriteReceipt> RevokeGrantsAsync(Account account, CancellationToken cancellationToken)
    {
        var id = Id(account.Id, "an account");
        var request = new EntraRequest("revoke the account's grants", "DelegatedPermissionGrant.ReadWrite.All", Changes: true);
        var grants = await GrantsOfAsync(id, cancellationToken);
        return await EachAsync(request, [.. grants.Select(grant => OpaqueId(grant.Id, "a grant"))], grant =>
            WriteAsync(request, (api, receipt) => api.DeleteGrantAsync(grant, receipt, cancellationToken), cancellationToken));
    }

    private async Task<WriteReceipt> RemoveAsync(string accountId, EntraMethod method, CancellationToken cancellationToken)
    {
        OpaqueId(method.Id, "a second factor");
        return await WriteAsync(RemoveFactors, async (api, receipt) =>
        {
            if (!await api.DeleteMethodAsync(accountId, method, receipt, cancellationToken)) throw EntraErrors.NotRemovable(method.Type);
        }, cancellationToken);
    }

    private async Task<IReadOnlyList<EntraMethod>> MethodsAsync(string accountId, CancellationToken cancellationToken)
    {
        var methods = await AllAsync(ReadFactors, (api, token) => api.ListMethodsAsync(accountId, options.PageSize, token, cancellationToken), cancellationToken);
        return [.. methods
            .Select(method => new EntraMethod(method.Id ?? "", method.OdataType?.Split('.')[^1] ?? "", method.CreatedDateTime))
            // The password is the first factor.
            .Where(method => method.Type != EntraMethods.Password)];
    }

    private async Task<IReadOnlyList<Factor>> FactorsOfAsync(Account account, CancellationToken cancellationToken)
    {
        var methods = await MethodsAsync(Id(account.Id, "an account"), cancellationToken);
        var preferred = methods.Count > 1 ? await PreferredAsync(account, cancellationToken) : null;
        return [.. methods.Select(method => new Factor(
            method.Id, EntraMethods.KindOf(method.Type), method.Type, EntraMethods.IsPreferred(method, preferred) ? EntraMethods.Default : null, method.Created))];
    }

    /// <summary>A help for the person who decides: without the report (it needs a licence and AuditLog.Read.All) it stays unknown.</summary>
    private async Task<UserDefaultAuthenticationMethod?> PreferredAsync(Account account, CancellationToken cancellationToken)
    {
        try
        {
            var report = await ReadAsync(new EntraRequest("read the account's default factor", "AuditLog.Read.All"),
                async api => await api.FindRegistrationAsync(EntraFilter.Equal("userPrincipalName", account.Login), cancellationToken), cancellationToken);
            return report.Items.FirstOrDefault(entry => Same(entry.Id, account.Id))?.UserPreferredMethodForSecondaryAuthentication;
        }
        catch (IdpException e) when (e.Trouble is IdpTrouble.NotAllowed or IdpTrouble.Rejected or IdpTrouble.NotFound or IdpTrouble.RateLimited)
        {
            return null;
        }
    }

    /// <summary>The account's own consents. Those of the whole tenant (<c>AllPrincipals</c>) are nobody's to take back for one person.</summary>
    private async Task<IReadOnlyList<Grant>> GrantsOfAsync(string accountId, CancellationToken cancellationToken)
    {
        var grants = await AllAsync(new EntraRequest("read the account's grants", "Directory.Read.All"),
            (api, token) => api.ListGrantsAsync(accountId, options.PageSize, token, cancellationToken), cancellationToken);
        return [.. grants
            .Where(grant => grant.ConsentType == "Principal" && Same(grant.PrincipalId, accountId))
            .Select(grant => new Grant(grant.Id!, grant.ClientId ?? "", grant.Scope?.Trim(), null))];
    }
}
