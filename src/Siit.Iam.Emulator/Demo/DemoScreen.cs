using Siit.Iam.Emulator.Mail;
using Siit.Iam.Emulator.Model;

namespace Siit.Iam.Emulator.Demo;

/// <summary>What somebody sees who has just started the demo.</summary>
internal static class DemoScreen
{
    public static void Show(CommandLine command, DemoFolder folder, Uri agent, EmulatedIdps idps, ScriptedModel model, EmulatedMailbox mailbox, DemoSecrets secrets)
    {
        var relative = Path.GetRelativePath(Directory.GetCurrentDirectory(), folder.Data.Path);
        var data = relative.StartsWith("..", StringComparison.Ordinal) ? folder.Data.Path : relative;
        var cli = $"dotnet run --project src/Siit.Iam.Agent -- --data {data}";
        Terminal.Line("Siit IAM Agent runs in front of emulated IdPs with a small company. Nothing here reaches a real tenant.");
        Terminal.Line("");
        Terminal.Line($"  MCP endpoint   {agent}mcp");
        Terminal.Line($"  approval page  {agent}console   (sign in at the emulated Okta as an approver; no password)");
        Terminal.Line($"  caller token   {secrets.Token}   (caller '{DemoPeople.Caller}', operator {DemoPeople.Operator})");
        Terminal.Line($"  approvers      {DemoPeople.Desk} (service-desk), {DemoPeople.Security} (security), {DemoPeople.Owner} (owns {DemoPeople.Owned})");
        Terminal.Line($"  their codes    dotnet run --project src/Siit.Iam.Emulator -- code [EMAIL]");
        Terminal.Line($"  data           {data}   (--fresh empties it)");
        foreach (var (name, address) in idps.Addresses)
            Terminal.Line($"  {name,-14} {address}   control: {new Uri(address, "/_emulator/ledger")}");
        Terminal.Line($"  {"model",-14} {model.Endpoint}   (scripted, no key needed)");
        Terminal.Line($"  {"mailbox",-14} {mailbox.Page}   (every mail that is sent; look at it in a browser)");
        Terminal.Line($"  {"HRIS",-14} {Path.Combine(data, Path.GetFileName(folder.PeopleFile))}   (edit it; see: hris status, hris events)");
        Terminal.Line("");
        Terminal.Line("Four things to try, in another terminal:");
        Terminal.Line("");
        Terminal.Line("1. Ask for a reset as the agent, approve it as another person, see it done:");
        Terminal.Line($"     export SIIT_IAM_TOKEN={secrets.Token}");
        Terminal.Line($"     {cli} call reset_mfa --input person=ana@acme.example connection=okta reason=\"lost phone\" request={DemoPeople.Request}");
        Terminal.Line($"     {cli} approvals list");
        Terminal.Line($"     {cli} approvals approve CALL --as {DemoPeople.Desk}   (or on the approval page)");
        Terminal.Line("2. Let a playbook do it: a model reads the request, proposes one action, a person approves, a step acts:");
        Terminal.Line($"     {cli} requests show {DemoPeople.Request}");
        Terminal.Line($"     {cli} playbooks run triage-request --input request={DemoPeople.Request} connection=okta");
        Terminal.Line("3. See who there is, how old the copy of the directory is, and who is not certain:");
        Terminal.Line($"     {cli} people show ana@acme.example");
        Terminal.Line($"     {cli} people show jo@acme.example   (begins soon, has no account yet)");
        Terminal.Line($"     {cli} sync status");
        Terminal.Line($"     {cli} people conflicts");
        Terminal.Line("4. Prove what happened:");
        Terminal.Line($"     {cli} audit tail");
        Terminal.Line($"     {cli} audit verify");
        Terminal.Line("");
        Terminal.Line("An MCP client on stdio needs no setup: mcp.json in this folder. Ctrl-C ends the demo.");
    }
}
