using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Serialization;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.People.Copy;
using Siit.Iam.Agent.People.Sync;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.People;

/// <summary>How fresh the copy of one connection is, and what is being done about it; for people and agents.</summary>
internal sealed record SyncLine
{
    public required string Connection { get; init; }

    public required string Idp { get; init; }

    /// <summary>off, loading, idle, reading_changes, importing, applying, held.</summary>
    public required string Doing { get; init; }

    /// <summary>Reads are answered from it.</summary>
    public required bool Usable { get; init; }

    public DateTimeOffset? ImportedAt { get; init; }

    public DateTimeOffset? SyncedAt { get; init; }

    /// <summary>Changes are read from a position that is known; otherwise only sweeps find them.</summary>
    public bool PositionKnown { get; init; }

    public int Accounts { get; init; }

    public int Gone { get; init; }

    public int Groups { get; init; }

    public int Memberships { get; init; }

    public int Applications { get; init; }

    /// <summary>Of an import that runs or waits.</summary>
    public ImportLine? Import { get; init; }

    public string? Trouble { get; init; }

    public DateTimeOffset? TroubleSince { get; init; }

    /// <summary>Why an import waits for a person, and what to do.</summary>
    public string? Held { get; init; }

    [JsonIgnore]
    public bool IsImporting => Doing is "importing" or "applying";

    /// <summary>What it is doing, for whoever watches.</summary>
    public string Sentence() => this switch
    {
        { Doing: "importing", Import: { } import } => string.Create(CultureInfo.InvariantCulture,
            $"{Connection}: importing, {import.Pages:N0} pages, {import.Accounts:N0}{(import.Expected > 0 ? $" of {import.Expected:N0}" : "")} accounts, {import.PagesPerSecond:0.#} pages/s{(import.SecondsToGo is { } left ? $", about {Math.Ceiling(left):0} s to go" : "")}."),
        { Doing: "applying", Import: { } import } => string.Create(CultureInfo.InvariantCulture,
            $"{Connection}: {import.Pages:N0} pages are read and brought into the copy."),
        { Doing: "reading_changes" } => $"{Connection}: reading changes.",
        { Doing: "loading" } => $"{Connection}: the copy is being read from its file.",
        _ => $"{Connection}: {Doing.Replace('_', ' ')}.",
    };
}

/// <param name="Expected">Accounts in all, where the IdP tells; else 0.</param>
/// <param name="SecondsToGo">Until the pages known now are read; null when not known.</param>
internal sealed record ImportLine(DateTimeOffset BeganAt, int Pages, int Accounts, int Groups, int Ties, int Expected, double PagesPerSecond, double? SecondsToGo);

/// <summary>A sync that somebody asked for.</summary>
internal sealed record SyncTicket(string Id, string Connection, Task<SyncEnd> End);

/// <summary>Looking at the sync of all connections, and asking for one.</summary>
internal sealed class SyncDesk(DirectoryCopy copy, DirectorySync sync, SyncOptions options, IdpConnections connections, Ids ids)
{
    /// <summary>Ends kept for whoever asks late.</summary>
    private const int MostTickets = 200;

    private readonly ConcurrentDictionary<string, SyncTicket> _tickets = new(StringComparer.Ordinal);

    public IReadOnlyList<SyncLine> Status(Func<string, bool>? mayBeSeen = null) =>
        [.. connections.All.Where(connection => mayBeSeen?.Invoke(connection.Name) != false).Select(Line)];

    /// <summary>Asks for the sync of one connection, or of all that can be; goes on when whoever asked has gone.</summary>
    /// <returns>Tickets, or why not.</returns>
    public (IReadOnlyList<SyncTicket> Tickets, string? Problem) Ask(string? connection, bool everything)
    {
        if (!options.Enabled)
            return ([], "The sync is switched off (sync.enabled in siit-iam.json): no copy is kept.");
        if (connection is not null && connections.Find(connection) is null)
            return ([], $"There is no connection '{connection}': siit-iam connections lists them.");
        var wish = new SyncWish(everything ? SyncWishKind.Everything : SyncWishKind.Now);
        List<SyncTicket> tickets = [.. sync.All.Where(one => connection is null || one.Name == connection)
            .Select(one => Kept(one.Name, one.WakeAsync(wish, CancellationToken.None)))];
        return tickets.Count > 0 ? (tickets, null) : ([], connection is null ? "No connection can be copied." : $"{connection} cannot be copied by this version.");
    }

    public SyncTicket? Find(string ticket) => _tickets.GetValueOrDefault(ticket);

    /// <summary>Why an import of the connection waits for a person; null: none does.</summary>
    public string? HeldBecause(string connection) => sync.Find(connection) is not null && sync.RunOf(connection) is { Stage: ImportStage.Held } run ? run.Held : null;

    /// <summary>A held import goes on, because an approver says that so many are really gone.</summary>
    public SyncTicket Agree(string connection) => Kept(connection, sync.AgreeAsync(connection, CancellationToken.None));

    private SyncTicket Kept(string connection, Task<SyncEnd> end)
    {
        var ticket = new SyncTicket(ids.New("sync"), connection, end);
        _tickets[ticket.Id] = ticket;
        // Ids sort by creation.
        foreach (var old in _tickets.Keys.Order(StringComparer.Ordinal).Take(Math.Max(0, _tickets.Count - MostTickets)))
            _tickets.TryRemove(old, out _);
        return ticket;
    }

    private SyncLine Line(IIdpConnection connection)
    {
        var line = new SyncLine { Connection = connection.Name, Idp = connection.Idp.Id(), Doing = "off", Usable = false };
        if (!options.Enabled || sync.Find(connection.Name) is not { } own)
            return line with { Trouble = options.Enabled ? $"{connection.Idp.Title()} cannot be copied by this version; reads ask the IdP." : null };
        if (!copy.IsLoaded)
            return line with { Doing = "loading" };
        var (state, progress, run) = (copy.State(connection.Name), own.Progress, sync.RunOf(connection.Name));
        var held = run is { Stage: ImportStage.Held } && progress.Activity is not (SyncActivity.Importing or SyncActivity.Applying) ? run.Held : null;
        line = line with
        {
            Doing = held is not null && progress.Activity == SyncActivity.Idle ? "held" : Word(progress.Activity),
            Usable = state.ImportedAt is not null,
            ImportedAt = state.ImportedAt,
            SyncedAt = state.SyncedAt,
            PositionKnown = state is { Position: not null, OnlySweeps: false },
            Import = run is null ? null : Import(run, progress),
            Trouble = state.Trouble,
            TroubleSince = state.TroubleSince,
            Held = held,
        };
        return copy.Read(copies => copies.TryGetValue(connection.Name, out var part) ? line with
        {
            Accounts = part.Accounts.Count - part.Gone,
            Gone = part.Gone,
            Groups = part.Groups.Count(group => group.GoneAt is null),
            Memberships = part.Ties(TieKind.Member).Count,
            Applications = part.Applications.Values.Count(application => application.GoneAt is null),
        } : line);
    }

    private static ImportLine Import(ImportRun run, SyncProgress progress)
    {
        // The run's own counts are saved with its pages; those of the progress are of now.
        var counts = progress.Counts.Pages > run.Counts.Pages ? progress.Counts : run.Counts;
        return new ImportLine(run.BeganAt, counts.Pages, counts.Accounts, counts.Groups, counts.Ties, counts.Expected,
            Math.Round(progress.PagesPerSecond, 1), progress.ToGo is { } left ? Math.Round(left.TotalSeconds, 1) : null);
    }

    private static string Word(SyncActivity activity) => activity switch
    {
        SyncActivity.ReadingChanges => "reading_changes",
        _ => activity.ToString().ToLowerInvariant(),
    };
}
