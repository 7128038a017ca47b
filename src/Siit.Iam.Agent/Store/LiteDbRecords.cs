using LiteDB;

namespace Siit.Iam.Agent.Store;

/// <summary>A record as it lies in the store.</summary>
internal sealed record StoredRecord(string Id, long Version, IDictionary<string, string> Keys, string Json);

/// <summary>
/// How records lie in LiteDB: all in one collection, which has no index but that of <c>_id</c>. A record is
/// <c>r/calls/{id}</c>; each of its keys is a document of its own, <c>k/calls/state=done\u0001{id}</c>, so that finding
/// by key is a range of ids, already in order. Every page that a commit touches is written whole: one collection touches the fewest.
/// </summary>
internal sealed class LiteDbRecords(LiteDatabase database)
{
    private const string Version = "v";
    private const string Keys = "k";
    private const string Json = "j";

    // Below every character that an id or a value may have, so that "a" sorts before "a b".
    private const char Separator = '\u0001';
    private const char Last = '\uffff';
    private readonly ILiteCollection<BsonDocument> all = database.GetCollection("records");

    /// <summary>Opens the file for this process alone.</summary>
    public static LiteDatabase OpenFile(string path) => new(new ConnectionString
    {
        Filename = path,
        Connection = ConnectionType.Direct,
        // Ids and keys are compared as they are; LiteDB's default ignores case by the machine's culture.
        Collation = Collation.Binary,
    });

    /// <summary>Makes the collection by putting something into it and taking it out again.</summary>
    public void Create()
    {
        all.Insert(new BsonDocument { ["_id"] = "first" });
        all.Delete("first");
    }

    public StoredRecord? Find(string collection, string id) => all.FindById(RecordId(collection, id)) is { } found ? Read(found) : null;

    public List<StoredRecord> All(string collection, int limit, string? after, bool newestFirst) =>
        Range(RecordId(collection, ""), limit, after, newestFirst).ConvertAll(Read);

    public List<StoredRecord> ByKey(string collection, string key, string value, int limit, string? after, bool newestFirst)
    {
        // One transaction is one snapshot: a record cannot lose the key between the two readings.
        database.BeginTrans();
        try
        {
            var prefix = KeyId(collection, key, value, "");
            return Range(prefix, limit, after, newestFirst)
                .ConvertAll(k => Read(all.FindById(RecordId(collection, k["_id"].AsString[prefix.Length..]))));
        }
        finally
        {
            database.Rollback();
        }
    }

    /// <summary>Every record with the name of its collection, for migrations.</summary>
    public List<(string Collection, StoredRecord Record)> Everything() => all
        .Find(BsonExpression.Create("_id BETWEEN @0 AND @1", "r/", "r/" + Last))
        .Select(d => (d["_id"].AsString.Split('/')[1], Read(d)))
        .ToList();

    /// <summary>Puts one record in another's place; null is none. Within the caller's transaction.</summary>
    public void Replace(string collection, StoredRecord? before, StoredRecord? now)
    {
        var had = KeyIds(collection, before);
        var has = KeyIds(collection, now);
        foreach (var gone in had.Except(has))
            all.Delete(gone);
        foreach (var added in has.Except(had))
            all.Insert(new BsonDocument { ["_id"] = added });
        if (now is null)
            all.Delete(RecordId(collection, before!.Id));
        else if (before is null)
            all.Insert(Document(collection, now));
        else
            all.Update(Document(collection, now));
    }

    private static string RecordId(string collection, string id) => $"r/{collection}/{id}";

    private static string KeyId(string collection, string key, string value, string id) => $"k/{collection}/{key}={value}{Separator}{id}";

    private static List<string> KeyIds(string collection, StoredRecord? record) =>
        record is null ? [] : [.. record.Keys.Select(k => KeyId(collection, k.Key, k.Value, record.Id))];

    private static StoredRecord Read(BsonDocument document) => new(
        document["_id"].AsString.Split('/', 3)[2],
        document[Version].AsInt64,
        document[Keys].AsDocument.ToDictionary(k => k.Key, k => k.Value.AsString),
        document[Json].AsString);

    private static BsonDocument Document(string collection, StoredRecord record) => new()
    {
        ["_id"] = RecordId(collection, record.Id),
        [Version] = record.Version,
        [Keys] = new BsonDocument(record.Keys.ToDictionary(k => k.Key, k => new BsonValue(k.Value))),
        [Json] = record.Json,
    };

    private List<BsonDocument> Range(string prefix, int limit, string? after, bool newestFirst)
    {
        var from = after is not null && !newestFirst ? prefix + after + Separator : prefix;
        var to = after is not null && newestFirst ? prefix + after : prefix + Last;
        // BETWEEN includes its ends; `after` itself is then one too many.
        var found = all.Query()
            .Where(BsonExpression.Create("_id BETWEEN @0 AND @1", from, to))
            .OrderBy("_id", newestFirst ? Query.Descending : Query.Ascending)
            .Limit(limit + 1)
            .ToList();
        if (after is not null)
            found.RemoveAll(d => d["_id"].AsString == prefix + after);
        return found.Count > limit ? found[..limit] : found;
    }
}
