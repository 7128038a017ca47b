using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Gate.Proofs;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Notices;
using Siit.Iam.Agent.People.Copy;
using Siit.Iam.Agent.People.Persons;
using Siit.Iam.Agent.People.Sync;
using Siit.Iam.Agent.Secrets;
using Siit.Iam.Agent.Store;
using Siit.Iam.Agent.Tests.People.Reads;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.Gate.Proofs;

/// <summary>The real gate with resets that ask for a proof, before emulated IdPs whose directories were copied a while ago.</summary>
internal sealed partial class ProofWorld : IAsyncDisposable
{
    public const string Ana = "ana@acme.example";
    public const string AnaMail = "ana.souza@home.example";
    public const string AnaPhone = "+15550123";
    public const string Mona = "mona@acme.example";

    private ProofWorld(GateWorld gate, CallerRecord caller, ApproverRecord approver) => (Gate, Caller, Approver) = (gate, caller, approver);

    public GateWorld Gate { get; }

    public CallerRecord Caller { get; }

    public ApproverRecord Approver { get; }

    public ProofDesk Desk => Gate.Get<ProofDesk>();

    public PostedNotices Posted => Gate.Posted;

    /// <param name="settled">Everything that is known has been known for longer than a week.</param>
    public static Task<ProofWorld> StartAsync(GateOptions? options = null, bool settled = true, params string[] idps) => StartAsync(null, options, settled, idps);

    /// <param name="more">Registered last, so that it wins.</param>
    public static async Task<ProofWorld> StartAsync(Action<IServiceCollection>? more, GateOptions? options = null, bool settled = true, params string[] idps)
    {
        var company = await EmulatedCompany.StartAsync(null, idps.Length > 0 ? idps : ["okta"]);
        // Okta's own managers are names, which lead to nobody for certain.
        company.Okta?.Arrange(new JsonObject { ["user"] = Ana, ["profile"] = new JsonObject { ["manager"] = Mona } });
        options ??= new GateOptions();
        options.ReadBackPatience = TimeSpan.FromMilliseconds(500);
        var people = new PersonOptions { Sources = SourceRules.Default(idps.Length > 0 ? idps : ["okta"]) };
        var gate = await GateWorld.StartBeforeAsync(company, options, more: services =>
        {
            services.AddSingleton(new SyncOptions()).AddSingleton(people);
            more?.Invoke(services);
        }, proof: true);
        var connections = gate.Get<IdpConnections>().All;
        foreach (var connection in connections)
            await ReadsWorld.ImportedAsync(gate.Get<DirectoryCopy>(), connection.Name);
        var world = new ProofWorld(gate, await gate.CallerAsync(), await gate.ApproverAsync("theo@acme.example", "security"));
        // Contacts whose IdP keeps no time are first seen now.
        foreach (var connection in connections)
            await gate.Get<ContactBook>().OfAsync(connection, (await connection.FindAccountsAsync(Ana, CancellationToken.None)).Single(), CancellationToken.None);
        if (settled)
            gate.Time.Advance(TimeSpan.FromDays(8));
        return world;
    }

    public Task<ProofAnswer> StartProofAsync(
        string action = "reset_password", string person = Ana, string connection = "okta", string request = "REQ-1", CallerRecord? caller = null, string? factor = null, params ProofMethod[] ways) =>
        Desk.StartAsync(caller ?? Caller, action, connection, person, request, factor, CancellationToken.None, ways: ways);

    /// <summary>What the person would type off the last message.</summary>
    public string Code(string to) => EightDigits().Match(Posted.Last("proof_code", to).Text).Value;

    public async Task<ProofView> EnterAsync(string proof, string code)
    {
        var answer = await Desk.EnterAsync(proof, code, "the desk", CancellationToken.None);
        Assert.True(answer.Refusal is null, answer.Refusal?.Message);
        return answer.Proof!;
    }

    /// <summary>Proved with a code by mail and one by short message.</summary>
    public async Task<ProofView> ProvedAsync(string action = "reset_password", string connection = "okta", string request = "REQ-1", CallerRecord? caller = null)
    {
        var started = await StartProofAsync(action, connection: connection, request: request, caller: caller, ways: [ProofMethod.MailCode, ProofMethod.TextCode]);
        Assert.True(started.Refusal is null, started.Refusal?.Message);
        await EnterAsync(started.Proof!.Id, Code(AnaMail));
        var proved = await EnterAsync(started.Proof.Id, Code(AnaPhone));
        Assert.Equal("enough", proved.State);
        return proved;
    }

    public Task<CallAnswer> ResetAsync(
        string action = "reset_password", string mode = "link", string person = Ana, string connection = "okta", string? request = "REQ-1", CallerRecord? caller = null,
        string? requester = null, bool dryRun = false)
    {
        var input = new JsonObject { ["person"] = person, ["connection"] = connection };
        if (action == "reset_password")
            input["mode"] = mode;
        if (request is not null)
            input["request"] = request;
        if (requester is not null)
            input["requester"] = requester;
        if (dryRun)
            input["dry_run"] = true;
        input["idempotency_key"] = Gate.Get<Ids>().New("key");
        return Gate.CallAsync(caller ?? Caller, action, input);
    }

    /// <summary>Approved and over.</summary>
    public async Task<CallRecord> DoneAsync(CallAnswer asked)
    {
        Assert.True(asked.State == CallState.AwaitingApproval, asked.Message);
        Assert.True((await Gate.DecideAsync(asked.Call!, Approver)).Taken);
        return await Gate.EndAsync(asked.Call!);
    }

    /// <summary>The token in the link that the person was sent.</summary>
    public string Token(string to = AnaMail) => Link().Match(Posted.Last("secret_link", to).Text).Groups[1].Value;

    public async Task PutAsync(string proof, IEnumerable<Evidence> evidence)
    {
        var stored = (await Gate.Store.GetAsync<ProofRecord>(proof))!;
        Assert.True((await Gate.Store.CommitAsync([Change.Save(stored with { Evidence = [.. evidence] })])).Done);
    }

    public ValueTask DisposeAsync() => Gate.DisposeAsync();

    [GeneratedRegex(@"\b\d{8}\b")]
    private static partial Regex EightDigits();

    [GeneratedRegex(@"/console/secret\?t=([A-Za-z0-9_-]+)")]
    private static partial Regex Link();
}
