using System.Collections;
using System.Text.Json;
using Microsoft.Graph.Models;
using Microsoft.Kiota.Abstractions.Store;
using Microsoft.Kiota.Serialization.Json;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Idps.Entra;

namespace Siit.Iam.Agent.Tests.Idps.Entra;

/// <summary>An import reads users by a page of ours; with an attribute of the tenant's choice, by Graph's own.</summary>
public sealed class EntraUsersTests
{
    private const string Everything = """
        {"@odata.type": "#microsoft.graph.user", "id": "1", "userPrincipalName": "ana@acme.example", "mail": "ana.p@acme.example", "givenName": "Ana", "surname": "Perez",
         "displayName": "Ana Perez", "accountEnabled": true, "userType": "Member", "externalUserState": "PendingAcceptance", "department": "Sales", "jobTitle": "Manager",
         "createdDateTime": "2024-03-04T09:00:00Z", "lastPasswordChangeDateTime": "2025-03-04T09:00:00Z", "onPremisesSyncEnabled": false,
         "passwordProfile": {"forceChangePasswordNextSignIn": true}, "signInSessionsValidFromDateTime": "2026-03-04T09:00:00Z",
         "proxyAddresses": ["SMTP:ana.p@acme.example", "smtp:ap@acme.example"],
         "manager": {"@odata.type": "#microsoft.graph.user", "id": "2", "mail": "mona@acme.example", "userPrincipalName": "mona@acme.onmicrosoft.com"}}
        """;

    private const string OfAContact = """
        {"id": "1", "manager": {"@odata.type": "#microsoft.graph.orgContact", "id": "2", "mail": "mona@agency.example"}}
        """;

    private const string Nothing = """
        {"id": "1", "userPrincipalName": null, "mail": null, "accountEnabled": null, "createdDateTime": null, "passwordProfile": null, "proxyAddresses": [], "manager": null}
        """;

    [Theory]
    [InlineData(Everything)]
    [InlineData(OfAContact)]
    [InlineData(Nothing)]
    public void User_ReadByUs_HasWhatGraphsOwnHas(string json)
    {
        using var document = JsonDocument.Parse(json);
        Assert.All(document.RootElement.EnumerateObject(), property => Assert.True(EntraUser.Reads(property.Name), property.Name));

        var ours = new JsonParseNode(document.RootElement).GetObjectValue(EntraUser.Create)!;
        var graphs = new JsonParseNode(document.RootElement).GetObjectValue(User.CreateFromDiscriminatorValue)!;

        Assert.Equal(Said(graphs), Said(ours));
        Assert.Equal(graphs.Manager is User, ours.Manager is User);
        Assert.Empty(ours.AdditionalData);
    }

    [Fact]
    public async Task Import_ReadByUs_HasTheAccountsThatGraphsOwnPageHas()
    {
        await using var world = await EntraWorld.StartAsync(pageSize: 999);
        Assert.False(EntraUser.Reads("employeeId"));

        var ours = await AccountsAsync(world.Options);
        var graphs = await AccountsAsync(world.Options with { Fields = new Dictionary<string, string> { ["employeeNumber"] = "employeeId" } });

        Assert.Equal(graphs.Select(account => account.Account), ours.Select(account => account.Account));
        Assert.Equal(graphs.Select(account => (account.Kind, account.ManagerId)), ours.Select(account => (account.Kind, account.ManagerId)));
        Assert.Contains(ours, account => account.ManagerId is not null && account.Account.Manager is not null);
    }

    private static async Task<List<DirectoryAccount>> AccountsAsync(EntraOptions options)
    {
        var source = EntraWorld.Connect(options);
        var read = source.ReadsFor(null).Reads.Single(read => read.List == DirectoryList.Accounts);
        return [.. (await source.ReadAsync(read, EntraWorld.Token)).Accounts.OrderBy(account => account.Account.Id, StringComparer.Ordinal)];
    }

    /// <summary>Every property that has a value, one line each.</summary>
    private static List<string> Said(IBackedModel model) =>
    [
        .. model.BackingStore.Enumerate().Where(property => property.Value is not null).Select(property => $"{property.Key}: {Said(property.Value!)}").Order(StringComparer.Ordinal),
    ];

    private static string Said(object value) => value switch
    {
        string text => text,
        IBackedModel inner => $"[{string.Join(", ", Said(inner))}]",
        IDictionary other => $"{other.Count} others",
        IEnumerable list => string.Join(", ", list.Cast<object>().Select(Said)),
        _ => Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture)!,
    };
}
