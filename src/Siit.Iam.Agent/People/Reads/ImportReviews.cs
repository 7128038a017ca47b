using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.People.Copy;
using Siit.Iam.Agent.People.Persons;

namespace Siit.Iam.Agent.People.Reads;

/// <summary>What was read, how it joined, what is left over: to be looked at before the first action.</summary>
internal sealed record ImportReview
{
    /// <summary>People that have an account somewhere.</summary>
    public required int Persons { get; init; }

    /// <summary>How many of them have accounts at two connections or more.</summary>
    public required int AtSeveral { get; init; }

    /// <summary>People who are employed by what the HRIS says and have no account anywhere.</summary>
    public int WithoutAccount { get; init; }

    /// <summary>Doubts about who has which account.</summary>
    public int Conflicts { get; init; }

    public required IReadOnlyList<ConnectionReview> Connections { get; init; }
}

/// <summary>The same of one connection.</summary>
internal sealed record ConnectionReview
{
    public required string Connection { get; init; }

    /// <summary>Null: nothing was imported yet.</summary>
    public DateTimeOffset? ImportedAt { get; init; }

    public int Accounts { get; init; }

    public int Groups { get; init; }

    public int Memberships { get; init; }

    public int Applications { get; init; }

    public int Assignments { get; init; }

    public int AdminRoles { get; init; }

    /// <summary>Accounts whose person has an account at another connection.</summary>
    public int Joined { get; init; }

    /// <summary>Accounts whose person has none elsewhere.</summary>
    public int Alone { get; init; }

    public IReadOnlyList<LeftOver> LeftOver { get; init; } = [];
}

/// <param name="What">Such as <c>no_work_email</c>.</param>
/// <param name="Meaning">For people.</param>
/// <param name="Some">A few of them.</param>
internal sealed record LeftOver(string What, string Meaning, int Count, IReadOnlyList<string> Some);

internal sealed class ImportReviews(DirectoryCopy copy, PersonLookup persons, IHrisRecords hris, PersonOptions options)
{
    private const int Shown = 10;

    public async Task<ImportReview> OfAsync(IReadOnlyList<string> connections, CancellationToken cancellationToken)
    {
        // Taken under the lock, gone through outside of it.
        var read = copy.Read(copies => connections.Where(copies.ContainsKey).Select(name => Taken(copies[name], options.Owners)).ToList());
        var joined = await persons.AllAsync(cancellationToken);
        var several = new HashSet<AccountKey>();
        var (people, atSeveral) = (0, 0);
        var without = new HashSet<string>(StringComparer.Ordinal);
        foreach (var keys in joined.Keys)
        {
            var at = keys.Where(key => key.Connection != IHrisRecords.Source).ToList();
            var isAtSeveral = at.DistinctBy(key => key.Connection).Count() > 1;
            if (at.Count == 0)
                without.UnionWith(keys.Select(key => key.Id));
            else if (at.Exists(key => connections.Contains(key.Connection)))
                (people, atSeveral) = (people + 1, atSeveral + (isAtSeveral ? 1 : 0));
            if (isAtSeveral)
                several.UnionWith(at);
        }

        return new ImportReview
        {
            Persons = people,
            AtSeveral = atSeveral,
            WithoutAccount = without.Count == 0 ? 0 : await hris.AllAsync(cancellationToken).CountAsync(record => !record.HasLeft && without.Contains(record.Id), cancellationToken),
            Conflicts = joined.Conflicts.Count(conflict => conflict.Accounts.Any(key => connections.Contains(key.Connection))),
            Connections = [.. connections.Select(name => read.Find(part => part.Review.Connection == name) is { } part
                ? Finished(part, several) : new ConnectionReview { Connection = name })],
        };
    }

    private ConnectionReview Finished(Part part, HashSet<AccountKey> several)
    {
        var there = part.There;
        return part.Review with
        {
            ImportedAt = copy.State(part.Review.Connection).ImportedAt,
            Accounts = there.Length,
            Joined = there.Count(account => several.Contains(account.Key)),
            Alone = there.Count(account => !several.Contains(account.Key)),
            LeftOver =
            [
                .. Left("no_work_email", "accounts without a work email: joined with nothing", there.Where(account => account.Account is { Kind: AccountKind.Person, Email: null or "" }).Select(Name)),
                .. Left("same_address", "addresses that several accounts here have: no action runs on them by address",
                    there.Where(account => account.Account.Email is { Length: > 0 }).GroupBy(account => AddressKey.Of(account.Account.Email!), StringComparer.Ordinal).Where(same => same.Count() > 1)
                        .Select(same => $"{LookAlikes.InAddress(same.First().Account.Email!)}: {string.Join(", ", same.Select(account => account.Key))}")),
                .. Left("guest", "guests: at home in another tenant", there.Where(account => account.Account.Kind == AccountKind.Guest).Select(Name)),
                .. Left("service", "service and shared accounts: nobody's own", there.Where(account => account.Account.Kind == AccountKind.Service).Select(Name)),
                .. Left("gone", "accounts that are gone at the IdP", part.Gone.Select(Name)),
                .. Left("empty_group", "groups without members", part.EmptyGroups.Select(Answers.Text)),
                .. Left("owner_of_nothing", "owners in the settings for what this connection does not have", part.OwnersOfNothing),
                .. Left("unused_application", "applications that nobody has", part.UnusedApplications.Select(Answers.Text)),
            ],
        };
    }

    private static IEnumerable<LeftOver> Left(string what, string meaning, IEnumerable<string> names)
    {
        var all = names.ToList();
        if (all.Count > 0)
            yield return new LeftOver(what, meaning, all.Count, [.. all.Order(StringComparer.OrdinalIgnoreCase).Take(Shown)]);
    }

    private static string Name(CopiedAccount account) => $"{LookAlikes.InAddress(account.Account.Login)} ({account.Key})";

    private static Part Taken(ConnectionCopy part, OwnerRules owners)
    {
        var all = part.Accounts.Select(account => new CopiedAccount(new AccountKey(part.Name, account.Id), account)).ToArray();
        var groups = part.Groups.Where(group => group.GoneAt is null).Select(group => group.Found.Group).ToList();
        var applications = part.Applications.Values.Where(application => application.GoneAt is null).Select(application => application.Found.Application).ToList();
        return new Part(
            new ConnectionReview
            {
                Connection = part.Name,
                Groups = groups.Count,
                Memberships = part.Ties(TieKind.Member).Count,
                Applications = applications.Count,
                Assignments = part.Ties(TieKind.Assignment).Count + part.Ties(TieKind.GroupAssignment).Count,
                AdminRoles = part.Ties(TieKind.RoleHolder).Count + part.Ties(TieKind.RoleGroup).Count,
            },
            [.. all.Where(account => !account.Account.Gone)],
            [.. all.Where(account => account.Account.Gone)],
            [.. groups.Where(group => None(part, group.Id, TieKind.Member, TieKind.NestedGroup)).Select(group => group.Name)],
            [.. applications.Where(application => !application.OpenToEverybody && None(part, application.Id, TieKind.Assignment, TieKind.GroupAssignment)).Select(application => application.Name)],
            [.. owners.Unmatched(part).Select(rule => rule.ToString())]);
    }

    private static bool None(ConnectionCopy part, string parent, TieKind one, TieKind other) =>
        part.Ties(one).ChildrenOf(parent).Count + part.Ties(other).ChildrenOf(parent).Count == 0;

    private sealed record Part(
        ConnectionReview Review, CopiedAccount[] There, CopiedAccount[] Gone, IReadOnlyList<string> EmptyGroups, IReadOnlyList<string> UnusedApplications, IReadOnlyList<string> OwnersOfNothing);
}
