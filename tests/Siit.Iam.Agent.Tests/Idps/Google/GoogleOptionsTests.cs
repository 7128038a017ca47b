using Microsoft.Extensions.Configuration;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Idps.Google;

namespace Siit.Iam.Agent.Tests.Idps.Google;

public sealed class GoogleOptionsTests
{
    [Fact]
    public void From_TheLeast_HasGooglesOwnAddressesAndAllScopes()
    {
        var options = From(("key:env", "KEY"));

        Assert.Equal("https://admin.googleapis.com/", options.Url.AbsoluteUri);
        Assert.Equal("https://oauth2.googleapis.com/token", options.TokenUrl.AbsoluteUri);
        Assert.Equal(GoogleOptions.AllScopes, options.Scopes);
        Assert.Equal(("my_customer", null, 200, 50), (options.Customer, options.Subject, options.PageSize, options.MaxPages));
    }

    [Fact]
    public void From_Applications_AreMappedToGroups()
    {
        var options = From(("key:env", "KEY"), ("applications:0:id", "figma"), ("applications:0:name", "Figma"), ("applications:0:group", "01abc"));

        Assert.Equal(new MappedApplication("figma", "Figma", "01abc"), Assert.Single(options.Applications));
    }

    [Fact]
    public void From_Fields_AreMappedToAttributes()
    {
        var options = From(("key:env", "KEY"), ("fields:costcenter", "organizations.costCenter"), ("fields:startDate", "schemas.Employment.startDate"));

        Assert.Equal([("costCenter", "organizations.costCenter"), ("startDate", "schemas.Employment.startDate")], options.Fields.Select(field => (field.Key, field.Value)).Order());
    }

    public static TheoryData<string, string, string> Wrong => new()
    {
        { "key", "{}", "Secrets do not stand in the settings" },
        { "url", "https://admin.googleapis.example", "'url' must be https://admin.googleapis.com" },
        { "url", "http://admin.googleapis.com", "'url' must be" },
        { "url", "https://admin.googleapis.com@evil.example", "'url'" },
        { "reportsUrl", "https://evil.example", "'reportsUrl' must be" },
        { "identityUrl", "https://evil.example", "'identityUrl' must be" },
        { "tokenUrl", "https://evil.example/token", "'tokenUrl' must be https://oauth2.googleapis.com/token" },
        { "tokenUrl", "file:///etc/passwd", "'tokenUrl'" },
        { "subject", "svc-siit", "'subject' must be the address" },
        { "customer", "../x", "'customer' must be" },
        { "scopes:0", "okta.users.read", "no Google scope" },
        { "applications:0:id", "a b", "'applications:0:id'" },
        { "applications:0:group", "figma@acme.example", "not its address" },
        { "applications:0:groups", "x", "'applications:0:groups' is not known" },
        { "pageSize", "0", "'pageSize' must be a number from 1 to 200" },
        { "maxPages", "x", "'maxPages'" },
        { "token", "x", "'token' is not known" },
        { "fields:costCenter", "organizations.costcenter", "'fields:costCenter' is 'organizations.costcenter', which is no attribute here" },
        { "fields:startDate", "schemas.Employment", "or schemas.SCHEMA.FIELD" },
        { "fields:startDate", "schemas.a/b.c", "or schemas.SCHEMA.FIELD" },
        { "fields:shoeSize", "organizations.title", "'fields:shoeSize' is no field of a person" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void From_AWrongValue_NamesTheKeyAndTheFix(string key, string value, string problem)
    {
        var settings = new Dictionary<string, string?> { ["key:env"] = "KEY", [key] = value };
        if (key == "key") settings.Remove("key:env");

        var thrown = Assert.Throws<ConnectionSettingsException>(() => From([.. settings.Select(pair => (pair.Key, pair.Value!))]));

        Assert.Contains(thrown.Problems, one => one.Contains(problem, StringComparison.Ordinal));
    }

    [Fact]
    public void From_ManyWrongValues_SaysAllAtOnce()
    {
        var thrown = Assert.Throws<ConnectionSettingsException>(() => From(
            ("subject", "x"), ("pageSize", "999"), ("applications:0:id", "a"), ("applications:0:name", "A"), ("applications:0:group", "g"),
            ("applications:1:id", "a"), ("applications:1:name", "B"), ("applications:1:group", "g")));

        Assert.Equal(5, thrown.Problems.Count);
    }

    [Theory]
    [InlineData("http://127.0.0.1:7103")]
    [InlineData("http://localhost:7103")]
    [InlineData("http://[::1]:7103")]
    public void From_AnAddressOnLoopback_IsAccepted(string url) => Assert.Equal(new Uri(url), From(("key:env", "KEY"), ("url", url)).Url);

    private static GoogleOptions From(params (string Key, string Value)[] settings) => GoogleOptions.From("google", new ConfigurationBuilder()
        .AddInMemoryCollection(settings.Select(pair => KeyValuePair.Create<string, string?>($"connection:{pair.Key}", pair.Value)))
        .Build().GetSection("connection"));
}
