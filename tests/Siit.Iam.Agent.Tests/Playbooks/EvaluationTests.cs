using System.Text.Json;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Playbooks;
using Siit.Iam.Agent.Playbooks.Expressions;
using Siit.Iam.Agent.Playbooks.Format;
using Siit.Iam.Agent.Tests.Playbooks.Expressions;

namespace Siit.Iam.Agent.Tests.Playbooks;

/// <summary>What values of a checked playbook become when a run evaluates them.</summary>
public sealed class EvaluationTests
{
    private static readonly Playbook Offboard = Shipped("offboard");

    private static Playbook Shipped(string id) => PlaybookReader.Read(Path.Combine(ShippedPlaybooksTests.Folder, id + ".yaml")).Playbook!;

    [Fact]
    public void Offboard_DirectApplications_AreThoseOfTheOneAccount()
    {
        var account = JsonNode.Parse("""
            { "connection": "okta", "idp": "okta", "id": "00u1", "login": "ana@acme.example", "name": "Ana", "status": "active", "vendor_status": "ACTIVE",
              "roles": [], "mfa": [], "groups": [], "group_count": 0, "application_count": 3, "read_at": "2026-01-31T09:00:00Z",
              "applications": [ { "id": "a1", "name": "One", "direct": true }, { "id": "a2", "name": "Two", "direct": false, "via_group": "All" } ] }
            """)!;
        var steps = new JsonObject { ["found"] = new JsonObject { ["person"] = "ana@acme.example", ["accounts"] = new JsonArray(account) } };
        var scope = Scope.Empty.With("input", new JsonObject { ["person"] = "ana@acme.example", ["connection"] = "okta" }).With("steps", steps);

        Assert.True(Step<RequireStep>("one").Condition.IsTrue(scope));
        steps["account"] = new JsonObject { ["value"] = Step<LetStep>("account").Value.Evaluate(scope) };
        steps["direct"] = new JsonObject { ["value"] = Step<LetStep>("direct").Value.Evaluate(scope) };

        var item = Assert.Single(Step<ForeachStep>("remove").In.Items(scope));
        Assert.Equal("a1", item!["id"]!.GetValue<string>());
        Assert.Equal("Offboard ana@acme.example at okta: 1 applications, then the account.", Step<ApproveStep>("agree").Summary.Render(scope));
        Assert.Equal(1, Step<LetStep>("left").Value.Evaluate(scope)!.GetValue<long>());
        Assert.True(Offboard.Policy.TargetsPerson!.IsTrue(scope.With("person", "ana@acme.example")));
        Assert.False(Offboard.Policy.TargetsPerson!.IsTrue(scope.With("person", "ben@acme.example")));
    }

    [Fact]
    public void Offboard_PersonWithTwoAccounts_IsRefusedByName()
    {
        var scope = Scope.Empty.With("input", new JsonObject { ["person"] = "ana@acme.example", ["connection"] = "okta" })
            .With("steps", new JsonObject { ["found"] = new JsonObject { ["accounts"] = new JsonArray(new JsonObject(), new JsonObject()) } });

        Assert.False(Step<RequireStep>("one").Condition.IsTrue(scope));
        Assert.Equal("ana@acme.example has 2 accounts at okta; this playbook works on exactly one.", Step<RequireStep>("one").Message!.Render(scope));
    }

    [Fact]
    public void Evaluate_ScopeOfAnotherShape_IsADeclaredTrouble()
    {
        var scope = Scope.Empty.With("steps", new JsonObject { ["found"] = new JsonObject { ["accounts"] = "none" } });

        var trouble = Assert.Throws<ExpressionException>(() => Step<RequireStep>("one").Condition.IsTrue(scope));

        Assert.Equal("'steps.found.accounts' is not list<find_person.accounts>.", trouble.Message);
    }

    [Fact]
    public void Render_NaughtyText_IsNeverReadAgain()
    {
        var file = CelConformanceTests.SharedData("blns.json");
        Assert.SkipWhen(file is null, "blns.json is not beside the repository (../shared/data/blns.json).");
        var reading = PlaybookReader.Read(PlaybookFile.Of("naughty.yaml", """
            schema: playbook/v1
            id: naughty
            version: 1.0.0
            title: Text from outside
            owner: group:it
            inputs:
              text: { type: string, trust: untrusted }
            policy:
              tools: [find_person]
              limits: { people: 0, writes: 0 }
            vars:
              same: =input.text
              within: "<${input.text}|${vars.same}>"
            steps:
              - id: found
                do: find_person
                with: { person: =input.text }
              - id: tell
                notify: { template: "${vars.within}${'${'}1}" }
            """));
        Assert.Empty(reading.Findings);
        var playbook = reading.Playbook!;
        string[] more = ["${1 + 1}", "=1 + 1", "${input.text}", "'", "'}${", "\\", "{{x}}", "*a", "!x"];

        foreach (var text in JsonSerializer.Deserialize<string[]>(File.ReadAllText(file!))!.Concat(more))
        {
            var scope = Scope.Empty.With("input", new JsonObject { ["text"] = text });
            var same = playbook.Vars[0].Value.Evaluate(scope)!.GetValue<string>();
            var vars = new JsonObject { ["same"] = same };
            vars["within"] = playbook.Vars[1].Value.Evaluate(scope.With("vars", vars));

            Assert.Equal(text, same);
            Assert.Equal(text, ((DoStep)playbook.Steps[0]).With[0].Value.Evaluate(scope)!.GetValue<string>());
            Assert.Equal($"<{text}|{text}>${{1}}", ((NotifyStep)playbook.Steps[1]).Template.Render(scope.With("vars", vars)));
            Assert.Equal(text.Trim().Length == 0, playbook.Inputs[0].Problem(JsonValue.Create(text)!) is not null);
        }
    }

    public static TheoryData<string, string, bool> Given => new()
    {
        { "{ type: Person }", "\"ana@acme.example\"", true },
        { "{ type: Person }", "\"Ana\"", false },
        { "{ type: Person }", "\"okta:00u1\"", false },
        { "{ type: Person }", "\"ana@acme.example\\u202e\"", false },
        { "{ type: int, min: 1, max: 5 }", "5", true },
        { "{ type: int, min: 1, max: 5 }", "6", false },
        { "{ type: int }", "1.5", false },
        { "{ type: int }", "\"1\"", false },
        { "{ type: bool }", "true", true },
        { "{ type: bool }", "\"true\"", false },
        { "{ type: enum, values: [a, b] }", "\"a\"", true },
        { "{ type: enum, values: [a, b] }", "\"A\"", false },
        { "{ type: timestamp }", "\"2026-01-31T09:00:00+01:00\"", true },
        { "{ type: timestamp }", "\"2026-01-31\"", false },
        { "{ type: duration }", "\"PT4H\"", true },
        { "{ type: duration }", "\"4h\"", false },
        { "{ type: string, max: 3 }", "\"abc\"", true },
        { "{ type: string, max: 3 }", "\"abcd\"", false },
    };

    [Theory]
    [MemberData(nameof(Given))]
    public void Problem_GivenInput_FitsItsTypeOrSaysWhy(string type, string json, bool fits)
    {
        var reading = PlaybookReader.Read(PlaybookFile.Of("inputs.yaml", $$"""
            schema: playbook/v1
            id: inputs
            version: 1.0.0
            title: Inputs
            owner: group:it
            inputs:
              it: {{type}}
            policy: { tools: [find_person], limits: { people: 0, writes: 0 } }
            steps: []
            """));

        Assert.Equal(fits, reading.Playbook!.Inputs[0].Problem(JsonNode.Parse(json)!) is null);
    }

    [Fact]
    public void AgentOutput_Answers_AreHeldToTheSchema()
    {
        var output = new AgentOutput(
        [
            new AgentField { Name = "action", Kind = AgentFieldKind.Enum, Words = ["go", "stay"] },
            new AgentField { Name = "who", Kind = AgentFieldKind.Choice, From = new Expression("x", new ListType(CelType.String), scope => scope.Find("x")!.DeepClone()) },
            new AgentField { Name = "why", Kind = AgentFieldKind.String, MaxLength = 5 },
            new AgentField { Name = "sure", Kind = AgentFieldKind.Int, Min = 0, Max = 9 },
        ]);
        var choices = output.Choices(Scope.Empty.With("x", new JsonArray("ana", "ben")));

        Assert.Empty(output.Problems(new JsonObject { ["action"] = "go", ["who"] = "ana", ["why"] = "so", ["sure"] = 9 }, choices));
        Assert.Equal(
            ["'else' is not a field.", "'action' must be one of go, stay.", "'who' must be one of ana, ben.", "'why' has more than 5 characters.", "'sure' must be between 0 and 9."],
            output.Problems(new JsonObject { ["action"] = "run", ["who"] = "eve", ["why"] = "because", ["sure"] = 10, ["else"] = 1 }, choices));
        Assert.Equal(4, output.Problems([], choices).Count);
        Assert.Equal("""["ana","ben"]""", output.Schema(choices)["properties"]!["who"]!["enum"]!.ToJsonString());
    }

    private static T Step<T>(string id) where T : Step => Offboard.Steps.OfType<T>().Single(step => step.Id == id);
}
