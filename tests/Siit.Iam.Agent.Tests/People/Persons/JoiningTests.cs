using Siit.Iam.Agent.People.Copy;
using Siit.Iam.Agent.People.Persons;

namespace Siit.Iam.Agent.Tests.People.Persons;

public sealed class JoiningTests
{
    /// <summary>What happened; the directory; persons and conflicts.</summary>
    public static TheoryData<string, string, string> Stories => new()
    {
        { "four accounts of one address", "okta:1 ana@a.example\nentra:1 ana@a.example\ngoogle:1 ana@a.example\njumpcloud:1 ana@a.example", "entra:1+google:1+jumpcloud:1+okta:1" },
        { "case and a dot at the end of the domain do not count", "okta:1 Ana@A.Example\ngoogle:1 ana@a.example.", "google:1+okta:1" },
        { "no email: the login, when it is an address", "okta:1 - login=ana@a.example\ngoogle:1 ana@a.example\njumpcloud:1 - login=ana", "google:1+okta:1 | jumpcloud:1" },
        { "two people", "okta:1 ana@a.example\ngoogle:1 ben@a.example", "google:1 | okta:1" },
        { "an address of a foreign domain joins nothing", "okta:1 ana@gmail.example\ngoogle:1 ana@gmail.example", "google:1 | okta:1" },
        { "what is no address joins nothing", "okta:1 n/a\ngoogle:1 n/a\nentra:1 @a.example\njumpcloud:1 @a.example", "entra:1 | google:1 | jumpcloud:1 | okta:1" },

        { "suspended and deprovisioned ones join", "okta:1 ana@a.example suspended\ngoogle:1 ana@a.example deprovisioned\nentra:1 ana@a.example", "entra:1+google:1+okta:1" },
        { "gone ones do not", "okta:1 ana@a.example\ngoogle:1 ana@a.example gone=3", "okta:1" },

        { "an alias that is nobody's work email does no harm", "okta:1 ana@a.example alias=a.silva@a.example\ngoogle:1 ana@a.example", "google:1+okta:1" },
        { "an alias that two share joins nothing", "okta:1 ana@a.example alias=help@a.example\ngoogle:1 ben@a.example alias=help@a.example", "google:1 | okta:1" },
        { "an alias that is somebody's work email", "okta:1 ana@a.example\ngoogle:1 ana.silva@a.example alias=ana@a.example", "google:1 | okta:1 | !alias google:1,okta:1" },
        { "a login that is somebody's work email", "okta:1 ben@a.example login=ana@a.example\ngoogle:1 ana@a.example", "google:1 | okta:1 | !alias google:1,okta:1" },
        { "an alias of the same person", "okta:1 ana@a.example alias=a.silva@a.example\ngoogle:1 a.silva@a.example\njoin okta:1 google:1", "google:1+okta:1" },
        { "an alias, settled as somebody else", "okta:1 ana@a.example\ngoogle:1 info@a.example alias=ana@a.example\nsplit google:1 from okta:1 at ana@a.example", "google:1 | okta:1" },

        { "the address changed at one IdP first", "okta:1 ana@a.example\ngoogle:1 silva@a.example former=ana@a.example/3", "google:1+okta:1" },
        { "and at the next one", "okta:1 ana@a.example\nentra:1 silva@a.example former=ana@a.example/4\ngoogle:1 silva@a.example former=ana@a.example/3", "entra:1+google:1+okta:1" },
        { "and everywhere", "okta:1 silva@a.example former=ana@a.example/5\ngoogle:1 silva@a.example former=ana@a.example/3", "google:1+okta:1" },
        { "changed at one IdP, and an account made elsewhere for the address before", "okta:1 ana@a.example\nentra:1 ana@a.example seen=8\ngoogle:1 silva@a.example former=ana@a.example/3", "entra:1+google:1+okta:1" },
        { "changed and changed back", "okta:1 ana@a.example\ngoogle:1 ana@a.example former=silva@a.example/5 former=ana@a.example/3", "google:1+okta:1" },

        { "a new account takes the address that somebody had", "google:1 silva@a.example former=ana@a.example/3\nokta:2 ana@a.example seen=8", "google:1 | okta:2 | !recycled google:1,okta:2" },
        { "seen in the same moment", "google:1 silva@a.example former=ana@a.example/3\nokta:2 ana@a.example seen=3", "google:1 | okta:2 | !recycled google:1,okta:2" },
        { "an old account takes the address that somebody had", "google:1 silva@a.example former=ana@a.example/3\nokta:2 ana@a.example former=ben@a.example/5", "google:1 | okta:2 | !recycled google:1,okta:2" },
        { "an old account takes it and keeps its own as alias", "google:1 silva@a.example former=ana@a.example/3\nokta:2 ana@a.example alias=ben@a.example since=5", "google:1 | okta:2 | !recycled google:1,okta:2" },
        { "recycled, the new ones are one person", "google:1 silva@a.example former=ana@a.example/3\nokta:2 ana@a.example seen=8\nentra:2 ana@a.example seen=9", "entra:2+okta:2 | google:1 | !recycled entra:2,google:1,okta:2" },
        { "recycled, settled as somebody else", "google:1 silva@a.example former=ana@a.example/3\nokta:2 ana@a.example seen=8\nsplit google:1 from okta:2 at ana@a.example", "google:1 | okta:2" },
        { "recycled, settled as the same", "google:1 silva@a.example former=ana@a.example/3\nokta:2 ana@a.example seen=8\njoin google:1 okta:2", "google:1+okta:2" },
        { "the address of an account that is gone", "okta:1 ana@a.example gone=3\nokta:2 ana@a.example seen=5", "okta:2 | !recycled okta:1,okta:2" },
        { "made anew at one IdP while the person was there at another", "google:1 ana@a.example\nokta:1 ana@a.example gone=3\nokta:2 ana@a.example seen=5", "google:1+okta:2" },
        { "an old address of an account that is gone", "okta:1 silva@a.example former=ana@a.example/2 gone=3\nokta:2 ana@a.example seen=5", "okta:2 | !recycled okta:1,okta:2" },
        { "gone, settled as the same", "okta:1 ana@a.example gone=3\nokta:2 ana@a.example seen=5\njoin okta:1 okta:2", "okta:2" },
        { "gone, settled as somebody else", "okta:1 ana@a.example gone=3\nokta:2 ana@a.example seen=5\nsplit okta:1 from okta:2 at ana@a.example", "okta:2" },

        { "two accounts with one address at one connection", "okta:1 ana@a.example\nokta:2 ana@a.example\ngoogle:1 ana@a.example", "google:1+okta:1+okta:2 | !two_accounts okta:1,okta:2" },
        { "settled as one person's", "okta:1 ana@a.example\nokta:2 ana@a.example\ngoogle:1 ana@a.example\njoin okta:1 okta:2", "google:1+okta:1+okta:2" },
        { "settled as two people's", "okta:1 ana@a.example\nokta:2 ana@a.example\ngoogle:1 ana@a.example\nsplit okta:2 from okta:1 google:1 at ana@a.example", "google:1+okta:1 | okta:2" },
        { "two are settled, a third comes", "okta:1 ana@a.example\nokta:2 ana@a.example\nokta:3 ana@a.example\njoin okta:1 okta:2", "okta:1+okta:2+okta:3 | !two_accounts okta:1,okta:2,okta:3" },
        { "split, and both get another address together", "okta:1 silva@a.example\ngoogle:1 silva@a.example\nsplit okta:1 from google:1 at ana@a.example", "google:1 | okta:1" },
        { "split, and an account more of the other one", "okta:2 ana@a.example\ngoogle:1 ana@a.example\nentra:1 ana@a.example seen=9\nsplit okta:2 from google:1 at ana@a.example", "entra:1+google:1 | okta:2" },
        { "joined, and an address changes", "okta:1 ana@a.example\ngoogle:1 other@a.example\njoin okta:1 google:1", "google:1+okta:1" },
        { "changed address leads to two accounts at one connection", "okta:1 ana@a.example\nokta:2 silva@a.example\ngoogle:1 silva@a.example former=ana@a.example/3", "google:1+okta:1+okta:2 | !two_accounts okta:1,okta:2" },
        { "renamed at one connection so that two are no longer alike", "okta:1 ana@a.example\nokta:2 ana2@a.example former=ana@a.example/3", "okta:1 | okta:2" },

        { "a guest of a foreign domain", "entra:1 ana@partner.example guest\nokta:1 ana@a.example", "entra:1 | okta:1" },
        { "a guest with an employee's address", "entra:1 ana@a.example guest\nokta:1 ana@a.example\ngoogle:1 ana@a.example", "entra:1 | google:1+okta:1 | !guest entra:1,google:1,okta:1" },
        { "an employee had an address together with a guest", "entra:1 ana@a.example guest\nokta:1 silva@a.example former=ana@a.example/3", "entra:1 | okta:1 | !guest entra:1,okta:1" },
        { "a guest, settled as the employee", "entra:1 ana@a.example guest\nokta:1 ana@a.example\njoin entra:1 okta:1", "entra:1+okta:1" },
        { "a guest, settled as somebody else", "entra:1 ana@a.example guest\nokta:1 ana@a.example\nsplit entra:1 from okta:1 at ana@a.example", "entra:1 | okta:1" },

        { "a service account is nobody", "okta:1 ana@a.example\nokta:2 ana@a.example service\ngoogle:1 ana@a.example", "google:1+okta:1" },
        { "nor are those that the settings name", "okta:1 ana@a.example\nokta:svc-7 ana@a.example login=svc-backup\nokta:3 ana@a.example login=printer", "okta:1" },

        { "a contractors' domain is separate", "okta:1 ana@a-ext.example\ngoogle:1 ana@a.example", "google:1 | okta:1" },
        { "unless the settings say what it counts as", "okta:1 ana@a-alias.example\ngoogle:1 ana@a.example", "google:1+okta:1" },

        { "the HRIS's record", "okta:1 ana@a.example\nhris:7 Ana@a.example", "okta:1+hris:7" },
        { "in the HRIS before any account", "hris:7 ana@a.example\nokta:1 ben@a.example", "hris:7 | okta:1" },
        { "the HRIS has an alias that nobody else has", "okta:1 ana@a.example alias=silva@a.example\nhris:7 silva@a.example", "okta:1+hris:7" },
        { "the HRIS still has the address before", "okta:1 silva@a.example former=ana@a.example/3\ngoogle:1 silva@a.example former=ana@a.example/4\nhris:7 ana@a.example", "google:1+okta:1+hris:7" },
        { "the HRIS has an alias that two have", "okta:1 ana@a.example alias=help@a.example\ngoogle:1 ben@a.example alias=help@a.example\nhris:7 help@a.example", "google:1 | hris:7 | okta:1 | !hris google:1,hris:7,okta:1" },
        { "two records with one address", "okta:1 ana@a.example\nhris:7 ana@a.example\nhris:8 ana@a.example", "hris:7 | hris:8 | okta:1 | !hris hris:7,hris:8,okta:1" },
        { "one of two records has left", "okta:1 ana@a.example\nhris:7 ana@a.example left=3\nhris:8 ana@a.example", "hris:7 | okta:1+hris:8" },
        { "left, and the account is still there", "okta:1 ana@a.example created=1\nhris:7 ana@a.example left=3", "okta:1+hris:7" },
        { "left before the account was created", "okta:1 ana@a.example created=9\nhris:7 ana@a.example left=3", "hris:7 | okta:1 | !recycled hris:7,okta:1" },
        { "a record joined by a person", "okta:1 ana@a.example\nhris:7 silva@a.example\njoin okta:1 hris:7", "okta:1+hris:7" },
        { "a record split by a person", "okta:1 ana@a.example\nhris:7 ana@a.example\nsplit hris:7 from okta:1 at ana@a.example", "hris:7 | okta:1" },
    };

    [Theory]
    [MemberData(nameof(Stories))]
    public void Accounts_OfTheStory_AreThesePersons(string what, string directory, string told)
    {
        var rules = Story.Rules(new PersonOptions
        {
            Domains = ["A.example", "a-ext.example"],
            DomainAliases = new Dictionary<string, string> { ["a-alias.example"] = "a.example" },
            ServiceAccounts = ["SVC-*", "printer"],
        });

        var joined = new Story(directory).Join(rules);

        Assert.True(told == Story.Told(joined), $"{what}: {Story.Told(joined)}");
        Assert.All(joined.Conflicts, conflict => Assert.Contains(joined.All, person => person.Conflicts.Contains(conflict)));
    }

    [Theory]
    [InlineData("join where it is certain", "okta:1 ana@a.example\ngoogle:1 silva@a.example alias=ana@a.example", "google:1+okta:1")]
    [InlineData("not onto two accounts at one connection", "okta:1 ana@a.example\nokta:2 silva@a.example\ngoogle:1 silva@a.example alias=ana@a.example", "google:1+okta:2 | okta:1 | !alias google:1,okta:1")]
    [InlineData("not one alias of two people", "okta:1 help@a.example\ngoogle:1 ana@a.example alias=help@a.example\nentra:1 ben@a.example alias=help@a.example", "entra:1 | google:1 | okta:1 | !alias entra:1,okta:1 | !alias google:1,okta:1")]
    public void Aliases_WhenTheSettingsJoinThem(string what, string directory, string told)
    {
        var joined = new Story(directory).Join(Story.Rules(new PersonOptions { Domains = ["a.example"], JoinAliases = true }));

        Assert.True(told == Story.Told(joined), $"{what}: {Story.Told(joined)}");
    }

    [Theory]
    [InlineData("ana@a.example", "аna@a.example", "Cyrillic a")]
    [InlineData("kim@a.example", "\u212Aim@a.example", "Kelvin sign")]
    [InlineData("kim@k.example", "kim@\u212A.example", "Kelvin sign in the domain")]
    [InlineData("ilse@a.example", "ılse@a.example", "dotless i")]
    [InlineData("ana@a.example", "ａna@a.example", "fullwidth")]
    [InlineData("ana@a.example", "ana@ａ.example", "fullwidth in the domain")]
    [InlineData("ana@a.example", "a\u200Bna@a.example", "zero width space")]
    [InlineData("ana@a.example", "\u202Eana@a.example", "right to left")]
    [InlineData("strasse@a.example", "straße@a.example", "sharp s")]
    [InlineData("ana@straße.example", "ana@strasse.example", "sharp s in the domain")]
    [InlineData("jose@a.example", "josé@a.example", "accent")]
    public void Addresses_ThatOnlyLookAlike_AreNotJoined(string one, string other, string what)
    {
        var rules = Story.Rules(new PersonOptions());
        var joined = new Story($"okta:1 {one}", $"google:1 {other}").Join(rules);

        Assert.True("google:1 | okta:1" == Story.Told(joined), what);
    }

    [Fact]
    public void Domain_InBothSpellings_IsOne() =>
        Assert.Equal("google:1+okta:1", Story.Told(new Story("okta:1 ana@bücher.example", "google:1 ana@xn--bcher-kva.example").Join(Story.Rules(new PersonOptions()))));

    [Fact]
    public void Domains_NotNamed_ThoseThatAreInUseAndNotAnybodys()
    {
        var rules = new PersonRules(new PersonOptions(), domain => domain is "a.example" or "gmail.com");

        Assert.Equal(("ana@a.example", null, null), (rules.JoinKey("ana@a.example"), rules.JoinKey("ana@gmail.com"), rules.JoinKey("ana@b.example")));
    }

    [Fact]
    public void Person_HasWhatItIsShownWith()
    {
        var joined = new Story("okta:9 ana@a.example seen=1", "google:1 ana@a.example seen=2", "entra:1 ana@a.example gone=3").Join();

        var person = joined.Of(new AccountKey("google", "1"))!;

        Assert.Equal(("okta:9", "ana@a.example"), (person.Id, person.Email));
        Assert.Equal(["entra:1"], person.Gone.Select(account => account.Key.ToString()));
        Assert.Empty(person.Conflicts);
    }

    [Theory]
    [InlineData("ana@a.example", "okta:1")]
    [InlineData("ANA@a.example", "okta:1")]
    [InlineData("help@a.example", "google:1,okta:1")]
    [InlineData("old@a.example", "google:1")]
    [InlineData("nobody@a.example", "")]
    public void At_Address_WhoseItIs(string address, string persons)
    {
        var joined = new Story(
            "okta:1 ana@a.example alias=help@a.example", "google:1 ben@a.example alias=help@a.example former=old@a.example/3", "entra:1 cy@a.example login=x").Join();

        Assert.Equal(persons, string.Join(',', joined.At(AddressKey.Of(address)).Select(person => person.Id).Order(StringComparer.Ordinal)));
    }
}
