using Siit.Iam.Agent.Store;
using Siit.Iam.Agent.Tests.Cli;

namespace Siit.Iam.Agent.Tests.People.Persons;

public sealed class OwnerRulesTests
{
    [Theory]
    [InlineData("okta", false, "00g1", "VPN Users", "mona@acme.example")]
    [InlineData("okta", false, "00g9", "vpn users", "mona@acme.example")]
    [InlineData("okta", false, "00g9", "VPN Users 2", "")]
    [InlineData("okta", true, "0oa1", "VPN Users", "")]
    [InlineData("okta", true, "0oa1", "Figma", "carla@acme.example,ivan@acme.example")]
    [InlineData("entra", false, "00g1", "VPN Users", "")]
    public void Owners_OfTheSettings_AreFoundByIdOrExactName(string connection, bool application, string id, string name, string owners) =>
        Assert.Equal(owners, string.Join(',', Read(
            ("people:owners:okta:groups:VPN Users:0", "mona@acme.example"),
            ("people:owners:okta:groups:VPN Users:1", "Mona@acme.example"),
            ("people:owners:okta:applications:Figma:0", "carla@acme.example"),
            ("people:owners:okta:applications:Figma:1", "ivan@acme.example")).People.Owners.Of(connection, application, id, name)));

    [Theory]
    [InlineData("people:owners:octa:groups:x:0", "mona@acme.example", "people:owners:octa is no connection. Did you mean 'okta'?")]
    [InlineData("people:owners:okta:groups:x:0", "mona", "people:owners:okta:groups:x names 'mona', which is no work email.")]
    [InlineData("people:owners:okta:grups:x:0", "mona@acme.example", "people:owners:okta:grups is not known. Did you mean 'groups'?")]
    [InlineData("people:owners:okta:groups:x", "mona@acme.example", "people:owners:okta:groups:x must be a list: [\"mona@acme.example\"].")]
    public void Owners_ThatAreWrong_StopTheStart(string key, string value, string problem) => Assert.Contains(problem, Read((key, value)).Problems);

    private static ServerSettings Read(params (string Key, string Value)[] more) => CliWorld.Settings(
        new DataFolder(Path.GetTempPath()),
        new(more.Select(one => KeyValuePair.Create(one.Key, (string?)one.Value)))
        {
            ["connections:okta:idp"] = "okta",
            ["connections:okta:url"] = "https://acme.okta.com",
            ["connections:okta:token:env"] = "SIIT_TEST_NOWHERE",
        });
}
