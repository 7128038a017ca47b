using Siit.Iam.Agent.People.Copy;
using Siit.Iam.Agent.People.Persons;

namespace Siit.Iam.Agent.Gate;

/// <summary>Where people are told, by what is known of them and by nothing that a caller says.</summary>
internal sealed class NoticeAddresses(PersonLookup persons, Managers managers)
{
    private static readonly HashSet<string> Resets = ["reset_password", "reset_mfa"];

    /// <summary>
    /// The requester's address; null when it is only claimed and nobody here has it: a caller could otherwise have mails sent to
    /// whomever it likes.
    /// </summary>
    public async Task<string?> RequesterAsync(CallRecord call, CancellationToken cancellationToken)
    {
        if (call.Requester.Email is not { } email || !Addresses.LooksLikeOne(email))
            return null;
        return call.Requester.Proved || Same(email, call.Target?.Email) || Same(email, call.Target?.Login) || Same(email, call.Operator)
            || (await persons.AtAsync(email, cancellationToken)).Count > 0 ? email : null;
    }

    /// <summary>
    /// Every address known of the person whose account it is. For a reset never only the mailbox behind it: then the manager is told in
    /// the person's place as well.
    /// </summary>
    public async Task<(IReadOnlyList<string> Reached, IReadOnlyList<string> Instead)> PersonAsync(CallRecord call, CancellationToken cancellationToken)
    {
        if (call.Target is not { } target)
            return ([], []);
        var own = target.Email ?? target.Login;
        var person = await persons.OfAsync(new AccountKey(call.Connection!, target.AccountId), cancellationToken);
        // While it is not certain who belongs to whom, another's address might be among them.
        var certain = person is { Conflicts.Count: 0 } ? person : null;
        var reached = new[] { own, certain?.Email, certain?.Hris?.WorkEmail }.Concat(certain?.Accounts.Select(account => account.Account.Email) ?? [])
            .OfType<string>().Where(Addresses.LooksLikeOne).Distinct(StringComparer.OrdinalIgnoreCase).ToList();
        if (!Resets.Contains(call.Action) || reached.Any(address => !Same(address, own)) || certain is null)
            return (reached, []);
        var manager = (await managers.OfAsync(certain, cancellationToken)).Chain is [{ Conflicts.Count: 0, Email: { } email }, ..] ? email : null;
        return (reached, manager is not null && Addresses.LooksLikeOne(manager) && !Same(manager, own) ? [manager] : []);
    }

    private static bool Same(string? one, string? other) => one is not null && string.Equals(one, other, StringComparison.OrdinalIgnoreCase);
}
