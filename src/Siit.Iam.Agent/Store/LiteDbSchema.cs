using System.Text.Json.Nodes;
using LiteDB;

namespace Siit.Iam.Agent.Store;

/// <summary>Brings a store file to the schema version that this program knows.</summary>
internal static class LiteDbSchema
{
    private const string Id = "schema";

    /// <returns>The version after it.</returns>
    /// <exception cref="StoreUnavailableException">The file is newer.</exception>
    public static int Update(LiteDatabase database, LiteDbRecords records, IReadOnlyList<IMigration> migrations)
    {
        var known = Known(migrations);
        var about = database.GetCollection("about");
        var version = Read(database) ?? 0;
        CheckNotNewer(version, known);
        if (version == 0)
        {
            // Before anybody reads: a reader that began before the commit that creates a collection, and looks it up after it,
            // fails on a page that it cannot see yet.
            records.Create();
            about.Upsert(new BsonDocument { ["_id"] = Id, ["version"] = known });
            return known;
        }

        foreach (var migration in migrations.Where(m => m.To > version).OrderBy(m => m.To))
        {
            database.BeginTrans();
            foreach (var (collection, record) in records.Everything())
                Apply(records, migration, collection, record);
            about.Upsert(new BsonDocument { ["_id"] = Id, ["version"] = migration.To });
            database.Commit();
        }

        return known;
    }

    /// <summary>The file's version; null when it has none yet.</summary>
    public static int? Read(LiteDatabase database) => database.GetCollection("about").FindById(Id)?["version"].AsInt32;

    /// <summary>The version that these migrations lead to.</summary>
    public static int Known(IReadOnlyList<IMigration> migrations)
    {
        if (!migrations.Select(m => m.To).Order().SequenceEqual(Enumerable.Range(2, migrations.Count)))
            throw new InvalidOperationException("Migrations lead to 2, 3, 4, ... without a gap.");
        return migrations.Count + 1;
    }

    public static void CheckNotNewer(int version, int known)
    {
        if (version > known)
            throw new StoreUnavailableException(
                $"The store was written by a newer siit-iam (schema {version}; this one knows up to {known}). Run the newer version, or restore an older backup.");
    }

    private static void Apply(LiteDbRecords records, IMigration migration, string collection, StoredRecord record)
    {
        var json = JsonNode.Parse(record.Json)!.AsObject();
        var keys = new Dictionary<string, string>(record.Keys);
        if (migration.Apply(collection, json, keys))
            records.Replace(collection, record, record with { Json = json.ToJsonString(StoreJson.Options), Keys = keys });
    }
}
