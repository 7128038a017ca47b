using Microsoft.Graph.Models;
using Microsoft.Kiota.Abstractions.Serialization;

namespace Siit.Iam.Agent.Idps.Entra;

/// <summary>
/// A page of users as an import asks for it. Graph's own page makes a list of two hundred functions for each user and another for
/// each manager, used or not: that was some two fifths of what an import of Entra allocated.
/// </summary>
internal sealed class EntraUsers : BaseCollectionPaginationCountResponse
{
    public List<User> Items { get; private set; } = [];

    public static EntraUsers Create(IParseNode _) => new();

    public override IDictionary<string, Action<IParseNode>> GetFieldDeserializers() => new Dictionary<string, Action<IParseNode>>(base.GetFieldDeserializers())
    {
        ["value"] = node => Items = [.. node.GetCollectionOfObjectValues(EntraUser.Create)],
    };
}

/// <summary>A user with the properties that every account has, and none beside them.</summary>
internal sealed class EntraUser : User
{
    private static readonly HashSet<string> Read = [.. new EntraUser().GetFieldDeserializers().Keys];

    public static EntraUser Create(IParseNode _) => new();

    /// <summary>Whether a property is among those.</summary>
    public static bool Reads(string property) => Read.Contains(property);

    public override IDictionary<string, Action<IParseNode>> GetFieldDeserializers() => new Dictionary<string, Action<IParseNode>>(24)
    {
        ["id"] = node => Id = node.GetStringValue(),
        ["@odata.type"] = node => OdataType = node.GetStringValue(),
        ["userPrincipalName"] = node => UserPrincipalName = node.GetStringValue(),
        ["mail"] = node => Mail = node.GetStringValue(),
        ["givenName"] = node => GivenName = node.GetStringValue(),
        ["surname"] = node => Surname = node.GetStringValue(),
        ["displayName"] = node => DisplayName = node.GetStringValue(),
        ["accountEnabled"] = node => AccountEnabled = node.GetBoolValue(),
        ["userType"] = node => UserType = node.GetStringValue(),
        ["externalUserState"] = node => ExternalUserState = node.GetStringValue(),
        ["department"] = node => Department = node.GetStringValue(),
        ["jobTitle"] = node => JobTitle = node.GetStringValue(),
        ["createdDateTime"] = node => CreatedDateTime = node.GetDateTimeOffsetValue(),
        ["lastPasswordChangeDateTime"] = node => LastPasswordChangeDateTime = node.GetDateTimeOffsetValue(),
        ["onPremisesSyncEnabled"] = node => OnPremisesSyncEnabled = node.GetBoolValue(),
        ["passwordProfile"] = node => PasswordProfile = node.GetObjectValue(PasswordProfile.CreateFromDiscriminatorValue),
        ["signInSessionsValidFromDateTime"] = node => SignInSessionsValidFromDateTime = node.GetDateTimeOffsetValue(),
        ["proxyAddresses"] = node => ProxyAddresses = [.. node.GetCollectionOfPrimitiveValues<string>()],
        ["manager"] = node => Manager = node.GetObjectValue(CreateManager),
    };

    /// <summary>Mostly a user; a contact is none, also here.</summary>
    private static DirectoryObject CreateManager(IParseNode node) =>
        node.GetChildNode("@odata.type")?.GetStringValue() == "#microsoft.graph.user" ? new EntraUser() : DirectoryObject.CreateFromDiscriminatorValue(node);
}
