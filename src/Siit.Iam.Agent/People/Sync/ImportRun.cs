using Siit.Iam.Agent.People.Copy;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.People.Sync;

/// <summary>One import of one connection. Stored while it runs; the pages that it has read and those that it has yet to read lie beside it.</summary>
internal sealed record ImportRun
{
    public required DateTimeOffset BeganAt { get; init; }

    /// <summary>Null: it reads everything. Otherwise only what may have changed since.</summary>
    public DateTimeOffset? ChangedSince { get; init; }

    /// <summary>Where the changes go on that happen while it reads.</summary>
    public required string Position { get; init; }

    /// <summary>Lists that it reads whole.</summary>
    public required IReadOnlyList<Idps.DirectoryList> Complete { get; init; }

    /// <summary>False: an earlier version began it and kept the ties in the pages; it is begun anew.</summary>
    public bool TiesApart { get; init; }

    public ImportStage Stage { get; init; } = ImportStage.Reading;

    /// <summary>Why it stands still, and what to do; for <see cref="ImportStage.Held"/>.</summary>
    public string? Held { get; init; }

    /// <summary>So many accounts were not there any more; for <see cref="ImportStage.Held"/>.</summary>
    public int Unseen { get; init; }

    /// <summary>So far, to be told: pages read, and accounts, groups and ties on them.</summary>
    public ImportCounts Counts { get; init; } = new(0, 0, 0, 0, 0);
}

internal enum ImportStage
{
    Reading,
    /// <summary>Waits for a person.</summary>
    Held,
    /// <summary>Everything is read and being brought into the copy.</summary>
    Applying,
}

/// <param name="Expected">Accounts in all, where the IdP tells; else 0.</param>
internal sealed record ImportCounts(int Pages, int Accounts, int Groups, int Ties, int Expected);

/// <summary>Imports as they are stored.</summary>
internal static class ImportRuns
{
    /// <summary>Forgets the run of a connection and every page that it has read.</summary>
    public static DocumentChanges Dropped(DirectoryCopy copy, string connection, DocumentChanges changes)
    {
        changes.Delete(CopyShelves.Runs, connection);
        Drop(CopyShelves.Reads);
        Drop(CopyShelves.Pages);
        Drop(CopyShelves.PageTies);
        return changes;

        void Drop<T>(Shelf<T> shelf)
        {
            foreach (var id in copy.File.Ids(shelf, connection + "/"))
                changes.Delete(shelf, id);
        }
    }
}
