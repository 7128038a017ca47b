using System.Runtime.CompilerServices;
using System.Text.Json.Serialization;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.People.Hris;

/// <summary>How an HRIS tells us.</summary>
internal enum HrisFeed
{
    /// <summary>A file that is read.</summary>
    Csv,

    /// <summary>It pushes.</summary>
    Scim,
}

/// <summary>Somebody as one HRIS knows them; may exist long before any account does. Never removed.</summary>
[Stored("hris_people", "email", "manager", "held", "user_name", "external_id", "employee_number")]
internal sealed record HrisPerson : IRecord
{
    /// <summary><c>source:key</c>: the HRIS's own immutable key, under the name that the HRIS has in the settings.</summary>
    public required string Id { get; init; }

    public long Version { get; init; }

    /// <summary>The HRIS's name in the settings.</summary>
    public required string Source { get; init; }

    /// <summary>CSV: <c>employee_id</c>. SCIM: <c>id</c>, made here at the first push and never given twice.</summary>
    public required string Key { get; init; }

    public required HrisFeed Feed { get; init; }

    /// <summary>In force: what the HRIS says, but for a <see cref="Held"/> leaving.</summary>
    public required HrisFacts Facts { get; init; }

    /// <summary>In force: explicit, or the last day has passed.</summary>
    public bool HasLeft { get; init; }

    /// <summary>What the HRIS says about leaving and is not in force; null when all of it is.</summary>
    public HeldLeaving? Held { get; init; }

    /// <summary>Since when no file has a row of them. Says nothing about employment.</summary>
    public DateTimeOffset? MissingSince { get; init; }

    /// <summary>When the HRIS deleted its record. Says nothing about employment.</summary>
    public DateTimeOffset? RemovedAt { get; init; }

    /// <summary>When what stands here was last read and was new.</summary>
    public required DateTimeOffset ReadAt { get; init; }

    /// <summary>Since when the HRIS says this private address; null: it says none.</summary>
    public DateTimeOffset? PrivateEmailSince { get; init; }

    /// <inheritdoc cref="PrivateEmailSince"/>
    public DateTimeOffset? PrivatePhoneSince { get; init; }

    /// <summary>SCIM only.</summary>
    public string? UserName { get; init; }

    /// <summary>SCIM only: the id that the HRIS uses itself.</summary>
    public string? ExternalId { get; init; }

    /// <summary>SCIM only.</summary>
    public string? EmployeeNumber { get; init; }

    /// <summary>SCIM only: no address was sent, the user name is one.</summary>
    public bool EmailIsUserName { get; init; }

    /// <summary>What the HRIS said last, whether in force or not.</summary>
    [JsonIgnore]
    public HrisFacts Said => Held is null ? Facts : Facts.With(Held.Leaving);

    [JsonIgnore]
    public bool IsEmployed => !HasLeft && RemovedAt is null;

    [JsonIgnore]
    public IReadOnlyDictionary<string, string> Keys
    {
        get
        {
            var keys = new Dictionary<string, string> { ["email"] = HrisText.Address(Facts.WorkEmail) };
            if (Facts.Manager is { } manager)
                keys["manager"] = ManagerKey(Source, manager);
            if (Held is { Refused: false } held)
                keys["held"] = held.Batch;
            // Who was deleted there leaves the name to somebody else, and is found again by the HRIS's own id.
            if (UserName is not null && RemovedAt is null)
                keys["user_name"] = UserNameKey(Source, UserName);
            if (ExternalId is not null)
                keys["external_id"] = $"{Source}:{ExternalId}";
            if (EmployeeNumber is not null)
                keys["employee_number"] = $"{Source}:{EmployeeNumber}";
            return keys;
        }
    }

    public static string IdOf(string source, string key) => $"{source}:{key}";

    /// <summary>
    /// Everybody of one HRIS, in id order, a page at a time. Ids begin with its name, so no key is needed: a fourth of what
    /// taking a file costs.
    /// </summary>
    public static async IAsyncEnumerable<HrisPerson> AllAsync(IStore store, string source, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        const int page = 500;
        for (var after = IdOf(source, ""); ;)
        {
            var found = await store.ListAsync<HrisPerson>(page, after, cancellationToken: cancellationToken);
            foreach (var person in found)
            {
                if (person.Source != source)
                    yield break;
                yield return person;
            }

            if (found.Count < page)
                yield break;
            after = found[^1].Id;
        }
    }

    public static string UserNameKey(string source, string userName) => $"{source}:{HrisText.Address(userName)}";

    /// <summary>Addresses are compared as addresses, ids as they are; both within one HRIS.</summary>
    public static string ManagerKey(string source, string manager) => $"{source}:{(manager.Contains('@', StringComparison.Ordinal) ? HrisText.Address(manager) : manager)}";
}

/// <param name="Leaving">What the HRIS says.</param>
/// <param name="Batch">The held batch that it waits in, or waited in.</param>
/// <param name="Refused">A person has dropped it: it is not followed until the HRIS says something else.</param>
internal sealed record HeldLeaving(Leaving Leaving, string Batch, bool Refused = false);
