using System.Text.Json.Nodes;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Idps.JumpCloud;

namespace Siit.Iam.Agent.Tests.Idps.JumpCloud;

/// <summary>What one entry of Directory Insights means.</summary>
public sealed class JumpCloudFeedTests
{
    private const string Ana = "6127579ec58b6d6144c06492";
    private const string Sales = "6127579ec58b6d6144c06aaa";
    private const string Figma = "6127579ec58b6d6144c06bbb";

    /// <summary>Type, what else the entry holds, and what it means: events, then what is read again, then ties.</summary>
    public static TheoryData<string, string, string> Entries { get; } = new()
    {
        { "user_create", User(), "account.created ana; read account" },
        { "user_update", User("""{"field":"department","from":"Sales","to":"Support"},{"field":"jobTitle","from":null,"to":"Agent"}"""), "account.updated ana department,title; read account" },
        { "user_update", User("""{"field":"attributes","from":[{"name":"Division","value":"A"},{"name":"Site","value":"1"}],"to":[{"name":"Division","value":"B"},{"name":"Site","value":"1"}]}"""), "account.updated ana attributes.Division; read account" },
        { "user_update", User(), "account.updated ana; read account" },
        // As a PUT by SCIM was logged.
        { "user_update", User("""{"field":"location","from":"Paris","to":"France"},{"field":"state","from":"ACTIVATED","to":"SUSPENDED"},{"field":"suspended","from":false,"to":true}"""), "account.suspended ana; account.updated ana location; read account" },
        { "user_update", User("""{"field":"state","from":"suspended","to":"activated"},{"field":"suspended","from":true,"to":false}"""), "account.unsuspended ana; read account" },
        { "user_update", User("""{"field":"suspended","from":"false","to":"true"}"""), "account.suspended ana; read account" },
        { "user_update", User("""{"field":"state","from":"STAGED","to":"ACTIVATED"}"""), "account.activated ana; read account" },
        { "user_update", User("""{"field":"account_locked","from":false,"to":true}"""), "account.locked ana; read account" },
        { "user_delete", User(), "account.deleted ana; read account" },
        { "user_activated", User(), "account.activated ana; read account" },
        { "user_suspended", User(), "account.suspended ana; read account" },
        { "user_unsuspended", User(), "account.unsuspended ana; read account" },
        { "user_lockout", User(), "account.locked ana; read account" },
        { "user_unlocked", User(), "account.unlocked ana; read account" },
        { "user_password_set", User(), "password.changed ana; read account" },
        // By the person: nobody but the author is named.
        { "user_password_change", $$"""{"initiated_by":{"id":"{{Ana}}","type":"user","username":"ana"} }""", "password.changed ana; read account" },
        { "user_password_change", """{"initiated_by":{"id":"61e536ebdbbe784cb2e55fb5","type":"admin","email":"maurice@acme.example"}}""", "" },
        { "user_password_expired", User(), "read account" },
        { "totp_finish_enrollment", User(), "factor.enrolled ana > totp; read account" },
        { "totp_start_enrollment", User(), "" },
        { "totp_delete_enrollment", User(), "factor.reset ana > totp; read account" },
        { "push_endpoint_delete", User(), "factor.reset ana > push; read account" },
        { "user_admin_granted", User(), "role.granted ana; read account; read roles" },
        { "user_admin_revoked", User(), "role.revoked ana; read account; read roles" },
        { "admin_create", Admin(), "role.granted ana@acme.example; read roles" },
        { "admin_delete", Admin("known@acme.example"), "role.revoked 6127579ec58b6d6144c06492; read roles" },
        { "admin_update", Admin(changes: """{"field":"roleName","from":"Help Desk","to":"Administrator"}"""), "role.revoked ana@acme.example > Help Desk; role.granted ana@acme.example > Administrator; read roles" },
        { "admin_update", Admin(), "read roles" },
        { "admin_login_attempt", Admin(), "" },
        { "user_login_attempt", User(), "" },
        { "group_create", Resource(Sales, "user_group", "Sales"), "read group" },
        { "group_update", Resource(Sales, "user_group", "Sales"), "read group" },
        { "group_delete", Resource(Sales, "USER_GROUP", "Sales"), "read group" },
        { "group_delete", Resource(Sales, "system_group", "Laptops"), "" },
        { "application_update", Resource(Figma, "application", "Figma"), "read applications without assignments" },
        { "association_change", Tie("add", ("user_group", Sales), ("user", Ana)), "membership.added ana > Sales; Member+" },
        { "association_change", Tie("remove", ("user_group", Sales), ("user", Ana)), "membership.removed ana > Sales; Member-" },
        { "association_change", Tie("ADD", ("USER", Ana), ("USER_GROUP", Sales)), "membership.added ana > Sales; Member+" },
        { "association_change", Tie("add", ("user", Ana), ("application", Figma)), "assignment.added ana > Figma; Assignment+" },
        { "association_change", Tie("remove", ("application", Figma), ("user", Ana)), "assignment.removed ana > Figma; Assignment-" },
        { "association_change", Tie("add", ("user_group", Sales), ("application", Figma)), "GroupAssignment+" },
        { "association_change", Tie("update", ("user_group", Sales), ("user", Ana)), "" },
        { "association_change", Tie("add", ("system", Figma), ("user", Ana)), "" },
        { "access_management_association_change", Tie("add", ("user_group", Sales), ("user", Ana)), "membership.added ana > Sales; Member+" },
        { "user_suspended", $$"""{"success":false,"resource":{"id":"{{Ana}}","type":"user","username":"ana"} }""", "" },
        { "user_suspended", """{"resource":{"id":"../x","type":"user","username":"ana"}}""", "" },
        { "user_suspended", "{}", "" },
        { "association_change", """{"association":null}""", "" },
    };

    [Theory]
    [MemberData(nameof(Entries))]
    public void Entry_OfThisType_Means(string type, string holds, string means)
    {
        var news = JumpCloudFeed.Read(Entry("e1", type, holds), new Known());

        Assert.Equal(means, news is null ? "" : string.Join("; ", Say(news)));
    }

    /// <summary>Types and seconds in the order of the log; those told before in brackets.</summary>
    [Theory]
    [InlineData("user_suspended@0", "user_suspended")]
    [InlineData("update:SUSPENDED@0 user_suspended@1", "user_update")]
    [InlineData("user_suspended@0 update:SUSPENDED@1", "user_suspended")]
    [InlineData("update:SUSPENDED@0 (user_suspended@1)", "")]
    [InlineData("(update:SUSPENDED@0) user_suspended@1", "")]
    [InlineData("update:SUSPENDED@0 update:ACTIVATED@1 user_suspended@2", "user_update user_update user_suspended")]
    [InlineData("update:SUSPENDED@0 user_suspended@90", "user_update user_suspended")]
    [InlineData("user_suspended@0 user_unsuspended@1 user_suspended@2", "user_suspended user_unsuspended user_suspended")]
    [InlineData("user_password_set@0 user_password_change@1", "user_password_set user_password_change")]
    public void ChangeThatTheLogTellsTwice_IsOneEvent(string log, string told)
    {
        var seen = new HashSet<string>();
        var news = new List<JumpCloudNews>();
        foreach (var part in log.Split(' '))
        {
            var (type, seconds) = (part.Trim('(', ')').Split('@')[0], int.Parse(part.Trim('(', ')').Split('@')[1]));
            var id = $"e{news.Count}";
            if (part[0] == '(') seen.Add(id);
            var (was, now) = type.EndsWith("SUSPENDED", StringComparison.Ordinal) ? ("ACTIVATED", "SUSPENDED") : ("SUSPENDED", "ACTIVATED");
            var entry = type.StartsWith("update", StringComparison.Ordinal)
                ? Entry(id, "user_update", User($$"""{"field":"state","from":"{{was}}","to":"{{now}}"}"""), seconds)
                : Entry(id, type, User(), seconds);
            news.Add(JumpCloudFeed.Read(entry, new Known())!);
        }

        Assert.Equal(told, string.Join(' ', JumpCloudFeed.Once(news, seen.Contains).Told.Select(each => each.VendorType)));
    }

    [Fact]
    public void DoubleThatIsNone_SinceALateEntryStandsBetween_IsTold()
    {
        var news = new[]
        {
            Entry("e0", "user_update", User("""{"field":"suspended","from":false,"to":true}""")),
            Entry("e1", "user_unsuspended", User(), 1),
            Entry("e2", "user_suspended", User(), 2),
        }.Select(entry => JumpCloudFeed.Read(entry, new Known())!).ToList();

        var (first, doubles) = JumpCloudFeed.Once([news[0], news[2]], _ => false);
        var (later, none) = JumpCloudFeed.Once(news, id => id is "e0" or "e2" || id == JumpCloudFeed.Doubled(news[2].Events[0]));

        Assert.Equal(["e0/state"], first.Select(each => each.Id));
        Assert.Equal(["e2"], doubles.Select(each => each.Id));
        Assert.Equal(["e1", "e2"], later.Select(each => each.Id));
        Assert.Empty(none);
    }

    [Fact]
    public void Events_OfOneEntry_HaveIdsOfTheirOwn()
    {
        var news = JumpCloudFeed.Read(Entry("e1", "user_update", User("""{"field":"location","from":"a","to":"b"},{"field":"state","from":"ACTIVATED","to":"SUSPENDED"},{"field":"account_locked","from":true,"to":false}""")), new Known())!;

        Assert.Equal(["e1/state", "e1/lock", "e1"], news.Events.Select(each => each.Id));
        Assert.All(news.Events, each => Assert.Equal("maurice@acme.example", each.Actor));
    }

    private static IEnumerable<string> Say(JumpCloudNews news)
    {
        foreach (var each in news.Events)
        {
            var kind = System.Text.Json.JsonSerializer.Serialize(each.Kind, Words).Trim('"');
            yield return $"{kind} {(each.Account == Ana && each.AccountName == "ana" ? "ana" : each.Account)}{(each.ObjectName is { } name ? $" > {name}" : "")}{(each.Fields.Count > 0 ? " " + string.Join(',', each.Fields) : "")}";
        }
        if (news.Account is not null) yield return "read account";
        if (news.Group is not null) yield return "read group";
        if (news.Read is { } read) yield return $"read {read.What}";
        if (news.Tie is { } tie) yield return $"{tie.Kind}{(tie.Tied ? '+' : '-')}";
    }

    private static readonly System.Text.Json.JsonSerializerOptions Words = new() { Converters = { new System.Text.Json.Serialization.JsonStringEnumConverter() } };

    private static JsonObject Entry(string id, string type, string holds, int seconds = 0)
    {
        var entry = new JsonObject
        {
            ["id"] = id,
            ["timestamp"] = DateTimeOffset.UnixEpoch.AddYears(56).AddSeconds(seconds).ToString("O"),
            ["event_type"] = type,
            ["initiated_by"] = new JsonObject { ["id"] = "61e536ebdbbe784cb2e55fb5", ["type"] = "admin", ["email"] = "maurice@acme.example" },
        };
        foreach (var (name, value) in JsonNode.Parse(holds)!.AsObject()) entry[name] = value?.DeepClone();
        return entry;
    }

    private static string User(string? changes = null) => Of(Ana, "user", "\"username\":\"ana\"", changes);

    private static string Admin(string email = "ana@acme.example", string? changes = null) => Of("61e536ebdbbe784cb2e55fb5", "admin", $"\"email\":\"{email}\"", changes);

    private static string Of(string id, string type, string named, string? changes) =>
        $$"""{"resource":{"id":"{{id}}","type":"{{type}}",{{named}}},"changes":[{{changes}}] }""";

    private static string Resource(string id, string type, string name) => $$"""{"resource":{"id":"{{id}}","type":"{{type}}","name":"{{name}}"} }""";

    private static string Tie(string op, (string Type, string Id) from, (string Type, string Id) to) =>
        $$"""{"association":{"op":"{{op}}","action_source":"manual","connection":{"from":{{End(from)}},"to":{{End(to)}} },"attributes":null} }""";

    private static string End((string Type, string Id) end) =>
        $$"""{"name":"{{(end.Id == Ana ? "ana" : end.Id == Sales ? "Sales" : "Figma")}}","type":"{{end.Type}}","object_id":"{{end.Id}}"}""";

    private sealed class Known : IKnownIds
    {
        public string? AccountOf(string address) => address == "known@acme.example" ? Ana : null;

        public string? GroupOf(string addressOrName) => null;
    }
}
