using Microsoft.Kiota.Abstractions.Serialization;

namespace Siit.Iam.Agent.Idps.Entra;

/// <summary>One object of a long list of which only id and type count. Graph's own models of these take ten times as long to read.</summary>
internal sealed class EntraReference : IParsable
{
    private const string Namespace = "#microsoft.graph.";

    public string? Id { get; private set; }

    /// <summary>Without its namespace, such as <c>user</c>; null when Graph does not say it.</summary>
    public string? Type { get; private set; }

    /// <summary>Only among changes: it is tied no more.</summary>
    public bool Removed { get; private set; }

    public static EntraReference Create(IParseNode _) => new();

    public IDictionary<string, Action<IParseNode>> GetFieldDeserializers() => new Dictionary<string, Action<IParseNode>>
    {
        ["id"] = node => Id = node.GetStringValue(),
        ["@odata.type"] = node => Type = node.GetStringValue() is { } type && type.StartsWith(Namespace, StringComparison.Ordinal) ? type[Namespace.Length..] : null,
        ["@removed"] = _ => Removed = true,
    };

    public void Serialize(ISerializationWriter writer) => throw new NotSupportedException();
}

/// <summary>A page of references.</summary>
internal sealed class EntraReferences : IParsable
{
    public IReadOnlyList<EntraReference> Items { get; private set; } = [];

    public string? NextLink { get; private set; }

    public static EntraReferences Create(IParseNode _) => new();

    public IDictionary<string, Action<IParseNode>> GetFieldDeserializers() => new Dictionary<string, Action<IParseNode>>
    {
        ["value"] = node => Items = [.. node.GetCollectionOfObjectValues(EntraReference.Create)],
        ["@odata.nextLink"] = node => NextLink = node.GetStringValue(),
    };

    public void Serialize(ISerializationWriter writer) => throw new NotSupportedException();
}
