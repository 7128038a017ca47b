using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Audit.Tlog;

namespace Siit.Iam.Agent.Tests.Audit;

public sealed class OcsfEventTests
{
    private static readonly NoteVerifier Key = NoteSigner.Create("log.example/a").Verifier;

    [Theory]
    [InlineData("suspend_user", 3001, 5)]
    [InlineData("unsuspend_user", 3001, 2)]
    [InlineData("reset_password", 3001, 4)]
    [InlineData("reset_mfa", 3001, 11)]
    [InlineData("add_to_group", 3006, 3)]
    [InlineData("remove_from_group", 3006, 4)]
    [InlineData("add_application", 3005, 1)]
    [InlineData("clear_sessions", 3002, 2)]
    [InlineData("unlock_user", 3001, 12)]
    [InlineData("create_user", 3001, 1)]
    public void Effect_OfAnAction_HasItsClassAndActivity(string action, int eventClass, int activity)
    {
        var json = Event(new AuditDraft(AuditKinds.EffectOutcome) { Action = action, Target = "00u1", Connection = "okta", Data = new JsonObject { ["state"] = "succeeded" } });

        Assert.Equal((eventClass, activity, (eventClass * 100L) + activity, 3), ((int)json["class_uid"]!, (int)json["activity_id"]!, (long)json["type_uid"]!, (int)json["category_uid"]!));
        Assert.Equal(("00u1", 1), ((string)json["user"]!["uid"]!, (int)json["status_id"]!));
    }

    [Fact]
    public void Effects_OfEveryActionThatChangesSomething_HaveAClass() =>
        Assert.Equal(ActionCatalog.All.Where(action => !action.IsRead).Select(action => action.Name).Order(StringComparer.Ordinal), OcsfEvent.Actions);

    [Theory]
    [InlineData(AuditKinds.CallReceived)]
    [InlineData(AuditKinds.ApprovalDecided)]
    [InlineData(AuditKinds.CallAnswered)]
    public void Decision_OrRead_IsApiActivity(string kind)
    {
        var json = Event(new AuditDraft(kind) { Action = "reset_mfa", Call = "call_1", Actor = new AuditActor { Requester = "ana@acme.example", Caller = "desk", Door = "mcp" } });

        Assert.Equal((6003, 6, "reset_mfa", "mcp"), ((int)json["class_uid"]!, (int)json["category_uid"]!, (string)json["api"]!["operation"]!, (string)json["src_endpoint"]!["name"]!));
        Assert.Equal(("ana@acme.example", "desk", "call_1"), ((string)json["actor"]!["user"]!["email_addr"]!, (string)json["ai_agent"]!["uid"]!, (string)json["metadata"]!["correlation_uid"]!));
    }

    [Fact]
    public void Event_Fingerprint_IsOverTheEventWithoutIt()
    {
        var json = Event(new AuditDraft(AuditKinds.CallReceived));
        var attestation = json["attestation_list"]![0]!.AsObject();
        var fingerprint = attestation["fingerprint"]!.DeepClone();
        attestation.Remove("fingerprint");

        Assert.Equal(CanonicalJson.Digest(json), (string)fingerprint["value"]!);
        Assert.Equal(("log.example/a", "log.example/a#7"), ((string)attestation["chain_uid"]!, (string)attestation["uid"]!));
    }

    private static JsonObject Event(AuditDraft draft)
    {
        var (before, after) = AuditLine.Around(AuditLine.Body(draft, DateTimeOffset.UnixEpoch));
        var line = AuditLine.At(7, before, after);
        return OcsfEvent.Of(AuditLine.TryRead(line)!, line, Key);
    }
}
