using Microsoft.Kiota.Abstractions.Serialization;

namespace Siit.Iam.Agent.Idps.Entra;

/// <summary>Where one of Graph's delta queries stands.</summary>
/// <param name="Midway">The token is of a further page; the round is not over.</param>
internal sealed record EntraMark(string Token, bool Midway = false);

/// <summary>One page of a delta query: what changed, without what it is now.</summary>
internal sealed class EntraDelta : IParsable
{
    public IReadOnlyList<EntraChange> Items { get; private set; } = [];

    public string? NextLink { get; private set; }

    public string? DeltaLink { get; private set; }

    public static EntraDelta Create(IParseNode _) => new();

    public IDictionary<string, Action<IParseNode>> GetFieldDeserializers() => new Dictionary<string, Action<IParseNode>>
    {
        ["value"] = node => Items = [.. node.GetCollectionOfObjectValues(EntraChange.Create)],
        ["@odata.nextLink"] = node => NextLink = node.GetStringValue(),
        ["@odata.deltaLink"] = node => DeltaLink = node.GetStringValue(),
    };

    public void Serialize(ISerializationWriter writer) => throw new NotSupportedException();
}

/// <summary>One object that changed.</summary>
internal sealed class EntraChange : IParsable, IAdditionalDataHolder
{
    public string? Id { get; private set; }

    /// <summary>Deleted, or moved to the deleted items.</summary>
    public bool Removed { get; private set; }

    public IReadOnlyList<EntraReference> Members { get; private set; } = [];

    public IReadOnlyList<string> Tags { get; private set; } = [];

    /// <summary>Properties. Graph leaves them out when only members changed; when it does not, the object is read once more than needed.</summary>
    public IDictionary<string, object> AdditionalData { get; set; } = new Dictionary<string, object>();

    public static EntraChange Create(IParseNode _) => new();

    public IDictionary<string, Action<IParseNode>> GetFieldDeserializers() => new Dictionary<string, Action<IParseNode>>
    {
        ["id"] = node => Id = node.GetStringValue(),
        ["@odata.type"] = _ => { },
        ["@removed"] = _ => Removed = true,
        ["members@delta"] = node => Members = [.. node.GetCollectionOfObjectValues(EntraReference.Create)],
        ["tags"] = node => Tags = [.. node.GetCollectionOfPrimitiveValues<string>()],
    };

    public void Serialize(ISerializationWriter writer) => throw new NotSupportedException();
}
