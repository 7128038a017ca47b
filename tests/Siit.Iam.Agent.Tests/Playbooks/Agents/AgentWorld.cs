using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Playbooks.Agents;
using Siit.Iam.Agent.Playbooks.Expressions;
using Siit.Iam.Agent.Playbooks.Format;
using Siit.Iam.Agent.Secrets;
using Siit.Iam.Agent.Store;
using Siit.Iam.Agent.Tests.Support;
using Siit.Iam.Emulator.Model;

namespace Siit.Iam.Agent.Tests.Playbooks.Agents;

/// <summary>An agent step before a scripted model that is as strict as the real ones; its reads go through the real gate to the emulated Okta.</summary>
internal sealed class AgentWorld : IAsyncDisposable
{
    private AgentWorld(GateWorld gate, ScriptedModel model) => (Gate, Model) = (gate, model);

    public GateWorld Gate { get; }

    public ScriptedModel Model { get; }

    public static async Task<AgentWorld> StartAsync(ModelScript? script = null, Func<ModelOptions, ModelOptions>? with = null)
    {
        var model = await ScriptedModel.StartAsync(script: script);
        var options = Options(model);
        var gate = await GateWorld.StartAsync(more: services => services
            .AddSingleton<ModelLoop>()
            .AddSingleton(new ModelInUse(new KernelModel(with?.Invoke(options) ?? options, ModelHttp.Create(TimeProvider.System)))));
        return new AgentWorld(gate, model);
    }

    public static ModelOptions Options(ScriptedModel model)
    {
        Environment.SetEnvironmentVariable("SIIT_TEST_MODEL_KEY", ScriptedModel.ApiKey);
        return new ModelOptions { Endpoint = model.Endpoint, Model = ScriptedModel.ModelName, ApiKey = SecretSource.FromEnvironment("SIIT_TEST_MODEL_KEY") };
    }

    public static AgentStep Step(AgentBudget? budget = null, OnInvalid? onInvalid = null, string request = "I lost my phone", string[]? tools = null) => new("triage", 1, 1)
    {
        Goal = new Template([new Literal("Propose one action.")]),
        Context = [new NamedValue("request", new Literal(request)), new NamedValue("requester", new Literal("ana@acme.example"))],
        Untrusted = ["request"],
        Tools = [.. (tools ?? ["find_person"]).Select(name => ActionCatalog.Find(name)!)],
        Budget = budget ?? new AgentBudget(6, 4, 50_000, TimeSpan.FromMinutes(1)),
        Output = new AgentOutput(
        [
            new AgentField { Name = "action", Kind = AgentFieldKind.Enum, Words = ["reset_mfa", "reset_password", "none"] },
            new AgentField { Name = "why", Kind = AgentFieldKind.String, MaxLength = 100 },
        ]),
        OnInvalid = onInvalid ?? new OnInvalid(1, null),
    };

    public async Task<AgentEnd> RunAsync(AgentStep step, string run = "run_1", CancellationToken cancellationToken = default)
    {
        var caller = await Gate.Store.GetAsync<CallerRecord>("agent", cancellationToken) ?? await Gate.CallerAsync();
        var task = new AgentTask(run, "/triage", step, Scope.Empty, new AuditActor { Caller = "agent", Door = Doors.Playbook }, "req_1");
        return await Gate.Get<ModelLoop>().RunAsync(task, new AgentCalls(ReadAsync, (_, _, _, _) => throw new InvalidOperationException(), (_, _, _, _) => throw new InvalidOperationException()), cancellationToken);

        Task<CallAnswer> ReadAsync(ActionDefinition action, JsonObject input, int number, CancellationToken stop) => Gate.Executor.ExecuteAsync(
            new ActionCall
            {
                Action = action.Name,
                Input = input,
                Caller = caller,
                Door = Doors.Playbook,
                Step = new RunStep(run, $"/triage/call[{number}]", "triage 1.0.0", Requester.Unnamed, null),
            },
            stop);
    }

    public async Task<int> EntriesAsync() => (await Gate.Store.ListAsync<AgentEntry>()).Count;

    public async ValueTask DisposeAsync()
    {
        await Gate.DisposeAsync();
        await Model.DisposeAsync();
    }
}
