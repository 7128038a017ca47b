using Microsoft.Extensions.Configuration;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Idps.Entra;

namespace Siit.Iam.Agent.Tests.Idps.Entra;

public sealed class EntraOptionsTests
{
    private const string Guid = "7b1f2c1e-5a3d-4e8f-9c0b-2d4a6f8e1b3c";

    [Fact]
    public void From_TheLeast_IsTheGlobalCloud()
    {
        var options = Read(("tenantId", Guid), ("clientId", Guid), ("clientSecret:env", "NAME"));

        Assert.Equal(("https://graph.microsoft.com/v1.0", "https://login.microsoftonline.com/"), (options.Url.AbsoluteUri, options.Authority.AbsoluteUri));
        Assert.Equal((999, 50, EntraCredentialKind.ClientSecret), (options.PageSize, options.MaxPages, options.Credential));
    }

    [Fact]
    public void From_AManagedIdentity_NeedsNoClientId() =>
        Assert.Equal(EntraCredentialKind.ManagedIdentity, Read(("tenantId", Guid), ("managedIdentity", "true")).Credential);

    [Fact]
    public void From_TheGovernmentCloud_RefersToItsOwnObjects() =>
        Assert.Equal("https://graph.microsoft.us/v1.0", Read(("tenantId", Guid), ("clientId", Guid), ("certificate:file", "/c"), ("cloud", "usgov")).ReferenceUrl);

    public static TheoryData<string, string, string> Wrong => new()
    {
        { "tenantId", "acme.onmicrosoft.com", "'tenantId' must be" },
        { "clientId", "my-app", "'clientId' must be" },
        { "cloud", "moon", "'cloud' must be one of" },
        { "clientSecret", "the secret itself", "holds a value" },
        { "managedIdentity", "true", "Exactly one of" },
        { "url", "https://graph.example/v1.0", "loopback only" },
        { "tokenUrl", "http://login.example", "loopback only" },
        { "url", "http://127.0.0.1:7102/v1.0", "set both" },
        { "pageSize", "1000", "'pageSize' must be" },
        { "maxPages", "0", "'maxPages' must be" },
        { "secret", "x", "'secret' is not known" },
        { "fields:location", "office", "'fields:location' is 'office', which is no attribute here" },
        { "fields:shoeSize", "city", "'fields:shoeSize' is no field of a person" },
        { "fields:costCenter", "onPremisesExtensionAttributes.extensionAttribute16", "which is no attribute here" },
        { "fields:costCenter", "extension_myapp_costCenter", "which is no attribute here" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void From_OneThingWrong_NamesTheKeyAndTheFix(string key, string value, string said)
    {
        var settings = new Dictionary<string, string?> { ["tenantId"] = Guid, ["clientId"] = Guid, ["clientSecret:env"] = "NAME" };
        if (key == "clientSecret") settings.Remove("clientSecret:env");
        settings[key] = value;

        var wrong = Assert.Throws<ConnectionSettingsException>(() => Read([.. settings.Select(setting => (setting.Key, setting.Value!))]));

        Assert.Contains(wrong.Problems, problem => problem.Contains(said, StringComparison.Ordinal));
        Assert.DoesNotContain("the secret itself", wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void From_ManyThingsWrong_SaysAllAtOnce() =>
        Assert.True(Assert.Throws<ConnectionSettingsException>(() => Read(("clientId", "x"), ("pageSize", "x"), ("what", "x"))).Problems.Count >= 5);

    private static EntraOptions Read(params (string Key, string Value)[] settings) => EntraOptions.From("entra", new ConfigurationBuilder()
        .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create<string, string?>($"c:{setting.Key}", setting.Value)))
        .Build().GetSection("c"));
}
