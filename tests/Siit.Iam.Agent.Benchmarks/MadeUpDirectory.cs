using Siit.Iam.Agent.Idps;

namespace Siit.Iam.Agent.Benchmarks;

/// <summary>A directory that costs nothing to read: what is measured in front of it is what we do ourselves.</summary>
internal sealed class MadeUpDirectory(int people, int groups, int memberships) : IDirectorySource
{
    private const int UsersPerPage = 200;

    public DirectoryTraits Traits { get; } = new(TellsEvents: true, TimeSpan.FromMinutes(10));

    public AttributeNames Attributes { get; } = new([], "", _ => false);

    public Task<string> GetPositionAsync(CancellationToken cancellationToken) => Task.FromResult("0");

    public DirectoryReads ReadsFor(DateTimeOffset? changedSince) => new(
        [
            .. Enumerable.Range(0, (people + UsersPerPage - 1) / UsersPerPage).Select(page => new DirectoryRead(DirectoryList.Accounts, "users", null, $"{page}")),
            new DirectoryRead(DirectoryList.Groups, "groups"),
        ],
        new HashSet<DirectoryList> { DirectoryList.Accounts, DirectoryList.Groups });

    public Task<DirectoryPage> ReadAsync(DirectoryRead read, CancellationToken cancellationToken) => Task.FromResult(read.What switch
    {
        "users" => new DirectoryPage
        {
            Accounts = [.. Enumerable.Range(int.Parse(read.Cursor!) * UsersPerPage, Math.Min(UsersPerPage, people - int.Parse(read.Cursor!) * UsersPerPage)).Select(Account)],
            Total = people,
        },
        "groups" => new DirectoryPage
        {
            Groups = [.. Enumerable.Range(0, groups).Select(group => new DirectoryGroup(new IdpGroup { Id = GroupId(group), Name = $"Group {group}", VendorType = "OKTA_GROUP" }))],
            Details = [.. Enumerable.Range(0, groups).Select(group => new DetailRead(new DirectoryRead(DirectoryList.Part, "members", GroupId(group)), "1"))],
        },
        _ => new DirectoryPage
        {
            Ties = [new Ties(TieKind.Member, read.Of!, [.. MembersOf(int.Parse(read.Of![3..])).Select(AccountId)])],
            Covers = [new TieList(TieKind.Member, read.Of)],
        },
    });

    public Task<ChangePage> ReadChangesAsync(string position, IKnownIds known, CancellationToken cancellationToken) => Task.FromResult(new ChangePage { Position = position });

    public Task<IReadOnlyList<DirectoryAccount>> ReadAccountsAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<DirectoryAccount>>([]);

    public Task<IReadOnlyList<DirectoryGroup>> ReadGroupsAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<DirectoryGroup>>([]);

    public static string Email(int person) => $"first{person}.last{person * 7 % 1000}@acme.example";

    private static string AccountId(int person) => $"00u{(long)person * 7919 % 1_000_003:D7}abcdefghij";

    private static string GroupId(int group) => $"00g{group:D5}";

    private IEnumerable<int> MembersOf(int group)
    {
        for (var i = 0; i < people; i++)
        {
            for (var m = 0; m < memberships; m++)
            {
                if ((i + (m * groups / memberships)) % groups == group)
                    yield return i;
            }
        }
    }

    private static DirectoryAccount Account(int person) => new()
    {
        Account = new Account
        {
            Id = AccountId(person),
            Login = Email(person),
            Email = Email(person),
            FirstName = $"First{person}",
            LastName = $"Last{person * 7 % 1000}",
            DisplayName = $"First{person} Last{person * 7 % 1000}",
            Status = AccountStatus.Active,
            VendorStatus = "ACTIVE",
            Department = $"Department {person % 40}",
            Title = $"Title {person % 90}",
            Manager = Email(person / 10),
            CreatedAt = DateTimeOffset.UnixEpoch.AddMinutes(person),
            LastSignInAt = DateTimeOffset.UnixEpoch.AddMinutes(person + 1000),
            PasswordChangedAt = DateTimeOffset.UnixEpoch.AddMinutes(person + 500),
            StatusChangedAt = DateTimeOffset.UnixEpoch.AddMinutes(person),
        },
        HasMfa = person % 3 != 0,
    };
}
