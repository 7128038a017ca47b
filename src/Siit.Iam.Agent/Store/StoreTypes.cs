using System.Collections.Concurrent;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Siit.Iam.Agent.Store;

/// <summary>What the store has to know about each record type; read from its <see cref="StoredAttribute"/> at first use.</summary>
internal sealed class StoreTypes
{
    private readonly ConcurrentDictionary<Type, StoredType> types = new();
    private readonly ConcurrentDictionary<string, Type> names = new(StringComparer.Ordinal);

    /// <exception cref="InvalidOperationException">The type is not marked as it must be; a bug, named in the message.</exception>
    public StoredType Of(Type type) => types.GetOrAdd(type, Add);

    private StoredType Add(Type type)
    {
        var stored = new StoredType(type);
        var owner = names.GetOrAdd(stored.Collection, type);
        return owner == type
            ? stored
            : throw new InvalidOperationException($"{type.Name} and {owner.Name} are both stored as '{stored.Collection}'; rename one.");
    }
}

/// <summary>One record type: its stored name, its keys, its JSON.</summary>
internal sealed class StoredType
{
    private const int MaxIdBytes = 200;
    private const int MaxValueBytes = 400;

    // LiteDB takes 16 MB, but everything that one record holds is rewritten at each save.
    private const int MaxJsonChars = 1 << 20;
    private readonly HashSet<string> keys;
    private readonly JsonTypeInfo json;
    private readonly Action<object, object?> setVersion;

    public StoredType(Type type)
    {
        var mark = type.GetCustomAttribute<StoredAttribute>()
            ?? throw new InvalidOperationException($"{type.Name} needs [Stored(\"name\", keys...)] to be stored.");
        Collection = mark.Collection;
        keys = [.. mark.Keys];
        foreach (var name in keys.Append(Collection))
        {
            if (name.Length is 0 or > 40 || name.Any(c => c is not ((>= 'a' and <= 'z') or (>= '0' and <= '9') or '_')))
                throw new InvalidOperationException($"'{name}' of {type.Name} is not a stored name: lower case letters, digits and _, at most 40.");
        }

        json = StoreJson.Options.GetTypeInfo(type);
        setVersion = json.Properties.FirstOrDefault(p => p.Name == "version")?.Set
            ?? throw new InvalidOperationException($"{type.Name}.Version needs an init accessor, so that it can be set on reading.");
    }

    public string Collection { get; }

    public string Write(IRecord record)
    {
        var text = JsonSerializer.Serialize(record, json);
        return text.Length <= MaxJsonChars
            ? text
            : throw new ArgumentException($"{record.Id} of {Collection} is larger than {MaxJsonChars} characters; store its parts as records of their own.");
    }

    public IRecord Read(string text, long version)
    {
        var record = (IRecord)JsonSerializer.Deserialize(text, json)!;
        setVersion(record, version);
        return record;
    }

    public void CheckId(string id)
    {
        if (id.Length == 0 || Encoding.UTF8.GetByteCount(id) > MaxIdBytes || id.Any(char.IsControl))
            throw new ArgumentException($"'{id}' cannot be an id of {Collection}: 1 to {MaxIdBytes} bytes without control characters.", nameof(id));
    }

    public void CheckKey(string key, string value)
    {
        if (!keys.Contains(key))
            throw new ArgumentException($"'{key}' is not a declared key of {Collection}; add it to its [Stored].", nameof(key));
        if (Encoding.UTF8.GetByteCount(value) > MaxValueBytes || value.Any(char.IsControl))
            throw new ArgumentException($"The value of key '{key}' of {Collection} is longer than {MaxValueBytes} bytes or has control characters.", nameof(value));
    }
}
