using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.People.Events;
using Siit.Iam.Agent.People.Sync;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.People.Copy;

/// <summary>How the copy lies in its file. Ids begin with the connection's name and a slash.</summary>
internal static class CopyShelves
{
    /// <summary>Accounts by id, some of them in one document (<see cref="BucketOf"/>): LiteDB writes ten times as many of them so.</summary>
    public static readonly Shelf<Dictionary<string, AccountEntry>> Accounts = new("accounts", Packed: true);

    public static readonly Shelf<GroupEntry> Groups = new("groups");
    public static readonly Shelf<ApplicationEntry> Applications = new("applications");
    public static readonly Shelf<TenantRole> Roles = new("roles");

    /// <summary>All children of one parent in one document, <c>okta/member/00g1</c>: a group of 20,000 is 0.5 MB, rewritten when it changes.</summary>
    public static readonly Shelf<string[]> Ties = new("ties", Packed: true);

    /// <summary>The vendor's mark of a list that was read, <c>okta/members/00g1</c>: see <see cref="DetailRead"/>.</summary>
    public static readonly Shelf<string> Stamps = new("stamps");

    public static readonly Shelf<SyncState> States = new("states");
    public static readonly Shelf<ImportRun> Runs = new("runs");

    /// <summary>Pages that a running import has read, in order; their ties apart.</summary>
    public static readonly Shelf<DirectoryPage> Pages = new("pages", Packed: true);

    /// <summary>The same pages, read for what they name.</summary>
    public static readonly Shelf<PageGist> PageGists = new(Pages.Name, Packed: true);

    /// <summary>The ties of those pages, by the page's id: they are many, and needed last.</summary>
    public static readonly Shelf<IReadOnlyList<Ties>> PageTies = new("page_ties", Packed: true);

    /// <summary>Pages that it has yet to read.</summary>
    public static readonly Shelf<DirectoryRead> Reads = new("reads");

    /// <summary>When the copy saw an owner named, <c>okta/groupowner/00g1/00u1</c>; those of the first import are as old as it is known.</summary>
    public static readonly Shelf<string> TiedSince = new("tied_since");

    public static readonly Shelf<LifecycleEvent> Events = new("events");

    /// <summary>Event ids by account: <c>okta/00u1/0000000000000007</c>.</summary>
    public static readonly Shelf<string> EventsOf = new("events_of");

    /// <summary>Ids of events that a vendor told, so that each counts once.</summary>
    public static readonly Shelf<ToldEvent> Told = new("told");

    /// <summary>Differences that the vendor's log is expected to tell as events.</summary>
    public static readonly Shelf<ExpectedEvent> Expected = new("expected");

    /// <summary>Of all of them.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        Accounts.Name, Groups.Name, Applications.Name, Roles.Name, Ties.Name, Stamps.Name, States.Name, Runs.Name, Pages.Name, PageTies.Name, Reads.Name, TiedSince.Name,
        Events.Name, EventsOf.Name, Told.Name, Expected.Name,
    ];

    private const int Buckets = 1024;

    /// <summary>Where an account lies, <c>okta/03f</c>.</summary>
    public static string BucketOf(string connection, string account) => $"{connection}/{BucketNumber(account):x3}";

    /// <summary>Accounts with the same number lie in one document.</summary>
    public static int BucketNumber(string account)
    {
        // FNV-1a: the same after a restart, which string.GetHashCode is not.
        var hash = 2166136261;
        foreach (var c in account)
            hash = (hash ^ c) * 16777619;
        return (int)((hash ^ (hash >> 16)) % Buckets);
    }

    public static string Id(string connection, string id) => $"{connection}/{id}";

    public static string Id(string connection, TieKind kind, string parent) => $"{connection}/{Word(kind)}/{parent}";

    public static string Word(TieKind kind) => kind.ToString().ToLowerInvariant();
}
