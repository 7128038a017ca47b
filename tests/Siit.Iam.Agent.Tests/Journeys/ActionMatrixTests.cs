using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Emulator.Common;

namespace Siit.Iam.Agent.Tests.Journeys;

/// <summary>
/// Every change at every IdP in every situation, through the real gate and over real HTTP: what the call says happened and what the
/// IdP's ledger holds agree, nothing happens twice, and no answer carries a vendor's text. <see cref="ActionMatrix"/> is the table.
/// </summary>
public sealed class ActionMatrixTests(MatrixScene scene) : IClassFixture<MatrixScene>
{
    /// <summary>Every changing request but those for tokens and searches.</summary>
    private const string Writes = "^(?!.*(/token$|/search/)).*$";

    private static readonly string[] Methods = ["DELETE", "PATCH", "POST", "PUT"];

    /// <summary>What stands in the emulators' error bodies, and what a stack trace begins with.</summary>
    private static readonly string[] NobodyShouldRead =
    [
        "   at ", "Exception", "E0000", "errorCode", "errorSummary", "Service is in read only mode", "serviceNotAvailable", "generalException",
        "Internal Server Error", "Service Unavailable", "Too Many Requests", "backendError", "RateLimitExceeded", "\"error\"", "invalid_grant",
    ];

    public static TheoryData<string, string, string> Cases()
    {
        var data = new TheoryData<string, string, string>();
        foreach (var row in ActionMatrix.Rows)
            foreach (var situation in Situations(row)) data.Add(row.Idp, row.Name, situation);
        return data;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Action_InASituation_AgreesWithTheLedger(string idp, string action, string situation)
    {
        var row = ActionMatrix.Rows.Single(row => row.Idp == idp && row.Name == action);
        var emulated = scene.Emulated(idp);
        emulated.Faults.Clear();
        var person = scene.Somebody(idp, row.Job);
        scene.Arrange(idp, person, row.State);
        var input = scene.Input(idp, person, row.Input);
        if (situation == "again")
            Assert.Equal(CallState.Succeeded, (await scene.RunAsync(idp, row.Action, input.DeepClone().AsObject())).State);
        if (situation == "stale read-back")
            scene.World(idp).Time.Advance(TimeSpan.FromSeconds(1));
        Arrange(row, situation, person, input);
        var before = emulated.Ledger.Effects.Count;

        var (state, code, message) = await scene.RunAsync(idp, row.Action, input);

        var effects = emulated.Ledger.Effects.Skip(before).Select(effect => effect.Verb).ToList();
        var expected = Expected(row, situation);
        Assert.True(expected.States.Contains(state) && (expected.Code is null || expected.Code == code), $"{state} {code}: {message} [{string.Join(", ", effects)}]");
        if (situation == "again" && row.Again == "in vain")
            Assert.Empty(effects);
        else
            Agree(row, state, effects);
        Assert.All(NobodyShouldRead, text => Assert.DoesNotContain(text, message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("okta", "mails an activation link to")]
    [InlineData("entra", "mails no invitation")]
    [InlineData("google", "sends no invitation")]
    [InlineData("jumpcloud", "mails an invitation to")]
    public async Task CreateUser_AskedFor_TellsHowThePersonFirstGetsIn(string idp, string told)
    {
        var input = scene.Input(idp, scene.Somebody(idp, "nobody yet"), "first_name=Zoë last_name=Ito");
        input["dry_run"] = true;

        var answer = await scene.World(idp).CallAsync(scene.Caller(idp), "create_user", input);

        Assert.Contains(answer.Preview, line => line.StartsWith("! ", StringComparison.Ordinal) && line.Contains(told, StringComparison.Ordinal));
    }

    [Fact]
    public void Table_HasEachChangeOnceAtEachIdp_AndSupportIsWhatTheConnectorsImplement()
    {
        string[] idps = ["okta", "entra", "google", "jumpcloud"];
        foreach (var action in ActionCatalog.All.Where(action => !action.IsRead))
            foreach (var idp in idps)
            {
                var rows = ActionMatrix.Rows.Where(row => row.Action == action.Name && row.Idp == idp).ToList();
                Assert.NotEmpty(rows);
                var connection = scene.World(idp).Get<IdpConnections>().Find(idp)!;
                Assert.Equal(action.IsSupportedBy(connection), rows.Any(row => row.Supported));
                Assert.Equal(action.IsSupportedBy(connection), connection.CannotBecause(action.Name) is null);
            }
    }

    private static IEnumerable<string> Situations(ActionRow row)
    {
        if (!row.Supported) return ["unsupported"];
        string[] always = ["fresh", "again", "throttled twice", "503 twice", "500 but applied", "timeout after applying", "stale read-back"];
        return
        [
            .. always,
            .. row.CreatesAccount ? Array.Empty<string>() : ["unknown account", "unknown account id", "protected"],
            .. row.HasTarget ? ["unknown target"] : Array.Empty<string>(),
            .. row.Wrong is null ? Array.Empty<string>() : ["wrong state"],
        ];
    }

    private void Arrange(ActionRow row, string situation, string person, JsonObject input)
    {
        switch (situation)
        {
            case "unknown account":
                input["person"] = "nobody.of.that.name@acme.example";
                break;
            case "unknown account id":
                input["person"] = $"{row.Idp}:{Unknown(AccountId(row.Idp, person))}";
                break;
            case "unknown target":
                var target = new[] { "group", "application", "factor" }.Single(input.ContainsKey);
                input[target] = Unknown((string)input[target]!);
                break;
            case "wrong state":
                scene.Arrange(row.Idp, person, row.Wrong!.Word);
                foreach (var (name, value) in scene.Input(row.Idp, person, row.Wrong.Input ?? "").ToList()) input[name] = value!.DeepClone();
                break;
            case "protected":
                scene.Arrange(row.Idp, person, "administrator");
                break;
            case "throttled twice":
                Fault(row.Idp, new Fault { Kind = FaultKind.Throttle, Method = "GET", Times = 2, ResetSeconds = 0 });
                FaultWrites(row.Idp, new Fault { Kind = FaultKind.Throttle, Times = 2, ResetSeconds = 0 });
                break;
            case "503 twice":
                Fault(row.Idp, new Fault { Kind = FaultKind.Status, Status = 503, Method = "GET", Times = 2 });
                FaultWrites(row.Idp, new Fault { Kind = FaultKind.Status, Status = 503, Times = 2 });
                break;
            case "500 but applied":
                FaultWrites(row.Idp, new Fault { Kind = FaultKind.AppliedThen500 });
                break;
            case "timeout after applying":
                FaultWrites(row.Idp, new Fault { Kind = FaultKind.TimeoutAfterApplying });
                break;
            case "stale read-back":
                Fault(row.Idp, new Fault { Kind = FaultKind.StaleReads, Milliseconds = 150, Times = null });
                break;
        }
    }

    private static (CallState[] States, string? Code) Expected(ActionRow row, string situation) => situation switch
    {
        "unsupported" => ([CallState.Refused], "unsupported"),
        "again" => row.Again switch
        {
            "so" => ([CallState.AlreadySo], null),
            "anew" or "in vain" => ([CallState.Succeeded], null),
            var code => ([CallState.Refused], code),
        },
        "unknown account" => ([CallState.Refused], "unknown_person"),
        "unknown account id" => ([CallState.Refused], "idp_not_found"),
        "unknown target" => ([CallState.Refused], row.Input.StartsWith("factor=", StringComparison.Ordinal) ? "no_such_factor" : "idp_not_found"),
        "wrong state" => ([CallState.Refused], row.Wrong!.Code),
        "protected" => ([CallState.Refused], "administrator"),
        // A 503 does not prove that nothing was done, so it is not sent again; reading back shows that nothing was.
        "503 twice" => row.WhenLost == "settled" ? ([CallState.Failed], "not_applied") : ([CallState.Failed, CallState.NeedsPerson], null),
        "500 but applied" or "timeout after applying" => (row.WhenLost == "person" ? [CallState.Failed, CallState.NeedsPerson] : [CallState.Succeeded], null),
        _ => ([CallState.Succeeded], null),
    };

    private static void Agree(ActionRow row, CallState state, List<string> effects)
    {
        switch (state)
        {
            case CallState.Succeeded:
                Assert.Equal(Enumerable.Repeat(row.Effect, row.Times), effects);
                break;
            case CallState.NeedsPerson:
                Assert.True(effects.Count <= row.Times && effects.All(effect => effect == row.Effect), string.Join(", ", effects));
                break;
            default:
                Assert.Empty(effects);
                break;
        }
    }

    private void Fault(string idp, Fault fault) => scene.Emulated(idp).Faults.Add(fault);

    private void FaultWrites(string idp, Fault fault)
    {
        foreach (var method in Methods) Fault(idp, fault with { Method = method, Path = Writes });
    }

    private string AccountId(string idp, string person)
    {
        var company = scene.World(idp).Company;
        return idp switch
        {
            "okta" => company.Okta!.User(person).Id,
            "entra" => company.Entra!.User(person).Id,
            "google" => company.Google!.User(person).Id,
            _ => company.JumpCloud!.User(person).Id,
        };
    }

    /// <summary>Looks like the id, and is nobody's.</summary>
    private static string Unknown(string id) => id[..^3] + (id.EndsWith("000", StringComparison.Ordinal) ? "001" : "000");
}
