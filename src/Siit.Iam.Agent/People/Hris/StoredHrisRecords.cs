using System.Runtime.CompilerServices;
using System.Text.Json;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.People.Copy;
using Siit.Iam.Agent.People.Persons;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.People.Hris;

/// <summary>
/// What the HRIS say, as the persons ask it; ids are <see cref="HrisPerson.Id"/>. A record that its HRIS has deleted counts as long as
/// the address has no other: deleting says nothing about employment.
/// </summary>
internal sealed class StoredHrisRecords(IStore store, HrisOptions options, TimeProvider time) : IHrisRecords
{
    private const int Page = 500;

    public async ValueTask<IReadOnlyList<HrisRecord>> AtAsync(string addressKey, CancellationToken cancellationToken)
    {
        var found = (await store.FindAsync<HrisPerson>("email", addressKey, 1000, cancellationToken: cancellationToken)).Where(IsOfASource).ToList();
        return [.. found.Where(person => person.RemovedAt is null || found.TrueForAll(other => other.RemovedAt is not null)).Select(Record)];
    }

    public async ValueTask<HrisRecord?> FindAsync(string id, CancellationToken cancellationToken)
    {
        foreach (var full in options.Sources.Select(source => HrisPerson.IdOf(source.Name, id)).Prepend(id))
        {
            if (await store.GetAsync<HrisPerson>(full, cancellationToken) is { } exact && IsOfASource(exact))
                return Record(exact);
            foreach (var key in new[] { "external_id", "employee_number" })
            {
                var named = (await store.FindAsync<HrisPerson>(key, full, 2, cancellationToken: cancellationToken)).Where(IsOfASource).ToList();
                if (named is [var only])
                    return Record(only);
            }
        }

        return null;
    }

    public async ValueTask<IReadOnlyList<Contact>> ContactsOfAsync(string id, CancellationToken cancellationToken)
    {
        if (await store.GetAsync<HrisPerson>(id, cancellationToken) is not { RemovedAt: null, HasLeft: false } person || !IsOfASource(person))
            return [];
        (ContactKind Kind, string? Value, string Field, DateTimeOffset? Since)[] contacts =
        [
            (ContactKind.Mail, person.Facts.PrivateEmail, "private_email", person.PrivateEmailSince),
            (ContactKind.Phone, person.Facts.PrivatePhone, "private_phone", person.PrivatePhoneSince),
        ];
        return [.. contacts.Where(contact => contact.Value is not null).Select(contact => new Contact(contact.Kind, contact.Value!, contact.Field, contact.Since))];
    }

    public async IAsyncEnumerable<HrisRecord> AllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var there = new HashSet<string>(StringComparer.Ordinal);
        var removed = new List<HrisPerson>();
        string? after = null;
        IReadOnlyList<HrisPerson> page;
        do
        {
            page = await store.ListAsync<HrisPerson>(Page, after, cancellationToken: cancellationToken);
            foreach (var person in page.Where(IsOfASource))
            {
                if (person.RemovedAt is not null)
                {
                    removed.Add(person);
                    continue;
                }

                there.Add(AddressKey.Of(person.Facts.WorkEmail));
                yield return Record(person);
            }

            after = page.Count == 0 ? after : page[^1].Id;
        }
        while (page.Count == Page);
        foreach (var person in removed.Where(person => !there.Contains(AddressKey.Of(person.Facts.WorkEmail))))
            yield return Record(person);
    }

    public async ValueTask<IReadOnlyList<RecordNews>> LatestAsync(string id, int limit, CancellationToken cancellationToken) =>
        [.. (await store.FindAsync<HrisEvent>("person", id, limit, newestFirst: true, cancellationToken: cancellationToken)).Select(news =>
            new RecordNews(news.Id, $"hris.{JsonNamingPolicy.SnakeCaseLower.ConvertName(news.Kind.ToString())}", news.WorkEmail, news.At, news.After))];

    private bool IsOfASource(HrisPerson person) => options.Sources.Any(source => source.Name == person.Source);

    private HrisRecord Record(HrisPerson person) => new()
    {
        Id = person.Id,
        WorkEmail = person.Facts.WorkEmail,
        HasLeft = person.HasLeft,
        LastDay = person.Facts.End,
        Values = Values(person),
    };

    private Dictionary<string, string> Values(HrisPerson person)
    {
        var facts = person.Facts;
        var values = new Dictionary<string, string>(StringComparer.Ordinal) { [SourceRules.Employment] = Employment(person) };
        Add("costCenter", facts.CostCenter);
        Add("department", facts.Department);
        Add("employeeNumber", person.EmployeeNumber ?? (person.Feed == HrisFeed.Csv ? person.Key : null));
        Add("employmentType", facts.EmploymentType);
        Add("endDate", facts.End is { } end ? HrisText.Date(end) : null);
        Add("firstName", facts.FirstName);
        Add("lastName", facts.LastName);
        Add("location", facts.Location);
        // The number of one HRIS means somebody else at another.
        Add("manager", facts.Manager is { } manager && !manager.Contains('@', StringComparison.Ordinal) ? HrisPerson.IdOf(person.Source, manager) : facts.Manager);
        Add("preferredName", facts.PreferredName);
        Add("startDate", facts.Start is { } start ? HrisText.Date(start) : null);
        Add("title", facts.Title);
        return values;

        void Add(string field, string? value)
        {
            if (!string.IsNullOrWhiteSpace(value))
                values[field] = value;
        }
    }

    private string Employment(HrisPerson person) =>
        person.HasLeft ? EmploymentWords.Left
        : person.Facts.Start > DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime) ? EmploymentWords.NotStarted
        : person.Facts.Status == EmploymentStatus.OnLeave ? EmploymentWords.OnLeave
        : EmploymentWords.Employed;
}
