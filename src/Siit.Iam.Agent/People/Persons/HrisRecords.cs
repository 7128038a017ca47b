using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.People.Copy;

namespace Siit.Iam.Agent.People.Persons;

/// <summary>Somebody as the HRIS knows them, as far as joining and fields need it.</summary>
internal sealed record HrisRecord
{
    /// <summary>The HRIS's own immutable id.</summary>
    public required string Id { get; init; }

    public required string WorkEmail { get; init; }

    public bool HasLeft { get; init; }

    /// <summary>Last day of work; null when none is set.</summary>
    public DateOnly? LastDay { get; init; }

    /// <summary>By the names of <see cref="SourceRules.Fields"/>; what the HRIS does not say is left out.</summary>
    public IReadOnlyDictionary<string, string> Values { get; init; } = new Dictionary<string, string>();

    public AccountKey Key => new(IHrisRecords.Source, Id);
}

/// <summary>What the persons ask the HRIS.</summary>
internal interface IHrisRecords
{
    /// <summary>The HRIS among the sources of a person; no connection may have this name.</summary>
    const string Source = "hris";

    /// <summary>Records with this work email, compared as <see cref="AddressKey"/>.</summary>
    ValueTask<IReadOnlyList<HrisRecord>> AtAsync(string addressKey, CancellationToken cancellationToken);

    /// <summary>By id; where the HRIS's managers are named by a number of its own, by that too.</summary>
    ValueTask<HrisRecord?> FindAsync(string id, CancellationToken cancellationToken);

    /// <summary>A record's private address and number, each with since when it is the same. For the gate only: no answer shows them.</summary>
    ValueTask<IReadOnlyList<Contact>> ContactsOfAsync(string id, CancellationToken cancellationToken);

    IAsyncEnumerable<HrisRecord> AllAsync(CancellationToken cancellationToken);

    /// <summary>What it told last about a record, newest first.</summary>
    ValueTask<IReadOnlyList<RecordNews>> LatestAsync(string id, int limit, CancellationToken cancellationToken);
}

/// <summary>Something that happened in the HRIS.</summary>
/// <param name="Kind">Such as <c>hris.title_changed</c>.</param>
/// <param name="After">The new value, where there is one.</param>
internal sealed record RecordNews(string Id, string Kind, string WorkEmail, DateTimeOffset At, string? After);

/// <summary>The values of <see cref="SourceRules.Employment"/>.</summary>
internal static class EmploymentWords
{
    public const string Employed = "employed";
    public const string Left = "left";
    public const string NotStarted = "not_started";
    public const string OnLeave = "on_leave";
}

/// <summary>No HRIS is configured.</summary>
internal sealed class NoHrisRecords : IHrisRecords
{
    public ValueTask<IReadOnlyList<HrisRecord>> AtAsync(string addressKey, CancellationToken cancellationToken) => ValueTask.FromResult<IReadOnlyList<HrisRecord>>([]);

    public ValueTask<HrisRecord?> FindAsync(string id, CancellationToken cancellationToken) => ValueTask.FromResult<HrisRecord?>(null);

    public ValueTask<IReadOnlyList<Contact>> ContactsOfAsync(string id, CancellationToken cancellationToken) => ValueTask.FromResult<IReadOnlyList<Contact>>([]);

    public IAsyncEnumerable<HrisRecord> AllAsync(CancellationToken cancellationToken) => AsyncEnumerable.Empty<HrisRecord>();

    public ValueTask<IReadOnlyList<RecordNews>> LatestAsync(string id, int limit, CancellationToken cancellationToken) => ValueTask.FromResult<IReadOnlyList<RecordNews>>([]);
}
