using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using Siit.Iam.Agent.Cli;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.People.Hris;
using Siit.Iam.Agent.Playbooks.Runs;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Benchmarks;

/// <summary>
/// What an organisation has that starts runs by its HRIS: four IdPs (a process of their own), a people.csv, published playbooks,
/// approvers, and the server in a third process. Whoever publishes or approves gives a one-time code at the operators' door.
/// </summary>
internal sealed class RunScene : IAsyncDisposable
{
    private readonly string _parent;

    private RunScene(string parent, EmulatedIdpsChild idps, int port, IReadOnlyList<(string, string)> approvers)
    {
        (_parent, Idps, Port) = (parent, idps, port);
        Approvers = new ScriptedApprovers(Door, approvers);
    }

    public ScriptedApprovers Approvers { get; }

    public EmulatedIdpsChild Idps { get; }

    public int Port { get; }

    public DataFolder Data => new(Path.Combine(_parent, "data"));

    public OperatorsClient Door => new(Data);

    /// <param name="people">Of each IdP.</param>
    /// <param name="latency">Of each request, in ms.</param>
    /// <param name="settings">Sections <c>gate</c> and <c>hris</c>, as an operator writes them.</param>
    public static async Task<RunScene> StartAsync(int people, int latency, int approvers, Func<string, JsonObject> settings)
    {
        var parent = Directory.CreateTempSubdirectory("siit-runs-").FullName;
        var data = new DataFolder(Path.Combine(parent, "data")).Create();
        var idps = await EmulatedIdpsChild.StartAsync(data.Path, people, groups: 0, memberships: 0, latency, limited: false, givesWay: false);
        var port = Child.FreePort();
        var given = settings(PeopleFile(parent));
        given["listen"] = $"127.0.0.1:{port}";
        given["connections"] = idps.Connections.DeepClone();
        // Emulated connections would not ask for it.
        given["playbooks"] = new JsonObject { ["folder"] = Directory.CreateDirectory(Path.Combine(parent, "playbooks")).FullName, ["requirePublished"] = true };
        var text = given.ToJsonString();
        await File.WriteAllTextAsync(Path.Combine(data.Path, ServerSettings.FileName), text);
        return new RunScene(parent, idps, port, await EnrolAsync(data, text, approvers));
    }

    /// <summary>Starts the server and waits until it knows the IdPs' people.</summary>
    public async Task<Child> ServeAsync()
    {
        var server = Child.Agent(new Dictionary<string, string>(), "serve", "--data", Data.Path);
        await server.AnswersAsync(Port);
        while (!(await Door.GetAsync("/sync", CancellationToken.None)).AsArray().All(line => line!["imported_at"] is not null && line["doing"]!.GetValue<string>() == "idle"))
            await Task.Delay(100);
        return server;
    }

    /// <summary>As <c>siit-iam playbooks publish</c>: looked at, then the first approver's code.</summary>
    public async Task PublishAsync(params string[] texts)
    {
        foreach (var text in texts)
        {
            var body = new JsonObject { ["file"] = "own.yaml", ["text"] = text };
            var draft = await Door.PostAsync("/playbooks/draft", body, CancellationToken.None);
            body["sha256"] = draft["sha256"]!.GetValue<string>();
            (body["as"], body["code"]) = await Approvers.CodeAsync(0);
            await Door.PostAsync("/playbooks/publish", body, CancellationToken.None);
        }
    }

    /// <summary>Until the first file is taken: whoever stands in it has not just been hired.</summary>
    public async Task TakenAsync()
    {
        while (!(await Door.GetAsync("/hris", CancellationToken.None)).AsArray().Any(line => line!["state"]?["digest"] is not null))
            await Task.Delay(200);
    }

    /// <summary>What the server has stored, after it was ended.</summary>
    public async Task<(IReadOnlyList<RunRecord> Runs, IReadOnlyList<CallRecord> Calls, IReadOnlyList<HrisEvent> News)> StoredAsync()
    {
        await using var store = LiteDbStore.Open(Data, StoreSetup.Migrations);
        return (await store.ListAllAsync<RunRecord>(), await store.ListAllAsync<CallRecord>(), await store.ListAllAsync<HrisEvent>());
    }

    /// <summary>Leaves a complete new file, as an export should: written beside and renamed.</summary>
    /// <returns>When it was there.</returns>
    public DateTimeOffset Leave(IEnumerable<(string Id, HrisFacts Facts)> people)
    {
        var file = PeopleFile(_parent);
        File.WriteAllText(file + ".new", PeopleCsv.Write(people));
        File.Move(file + ".new", file, overwrite: true);
        return TimeProvider.System.GetUtcNow();
    }

    public async ValueTask DisposeAsync()
    {
        await Approvers.DisposeAsync();
        Idps.Dispose();
        Directory.Delete(_parent, recursive: true);
    }

    private static string PeopleFile(string parent) => Path.Combine(parent, "people.csv");

    private static async Task<IReadOnlyList<(string, string)>> EnrolAsync(DataFolder data, string settings, int approvers)
    {
        var configuration = new ConfigurationBuilder().AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(settings))).Build();
        await using var server = Server.Build(ServerSettings.Read(data, configuration) with { LogToStandardError = false });
        var registry = server.Services.GetRequiredService<ApproverRegistry>();
        var bootstrap = (await registry.MakeBootstrapCodeAsync(CancellationToken.None))!;
        var all = new List<(string, string)>();
        ApproverRecord? first = null;
        for (var place = 0; place < approvers; place++)
        {
            var approver = new NewApprover($"approver{place}@desk.example", $"Approver {place}", ["security", "it-identity"], []);
            var enrolled = first is null ? await registry.EnrolFirstAsync(approver, bootstrap, CancellationToken.None) : await registry.EnrolAsync(approver, first, CancellationToken.None);
            first ??= enrolled.Approver;
            all.Add((approver.Email, enrolled.Uri!));
        }

        return all;
    }
}
