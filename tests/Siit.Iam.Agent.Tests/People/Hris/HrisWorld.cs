using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.People.Hris;
using Siit.Iam.Agent.Store;
using Siit.Iam.Agent.Tests.Playbooks.Runs;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.People.Hris;

/// <summary>The HRIS side on a real store and audit log, with a file <c>people.csv</c> to write. Can be killed and started again.</summary>
internal sealed class HrisWorld : IAsyncDisposable
{
    public const string Hr = "hr";
    private readonly string _folder = Directory.CreateTempSubdirectory("siit-hris-").FullName;
    private readonly HrisOptions _options;
    private ServiceProvider? _services;

    private HrisWorld(HrisOptions? options) => _options = options ?? new HrisOptions();

    public SteppedTime Time { get; } = new();

    public CrashPlan Crash { get; } = new();

    public DateOnly Today => DateOnly.FromDateTime(Time.GetUtcNow().UtcDateTime);

    public string File => Path.Combine(_folder, "people.csv");

    public HrisDesk Desk => Get<HrisDesk>();

    public HrisBook Book => Get<HrisBook>();

    public IStore Store => Get<IStore>();

    public static HrisWorld Start(HrisOptions? options = null)
    {
        var world = new HrisWorld(options);
        world._options.Sources = [new HrisSource(Hr, world.File, null)];
        world.StartServer();
        return world;
    }

    public T Get<T>() where T : notnull => _services!.GetRequiredService<T>();

    public void StartServer()
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton<TimeProvider>(Time);
        services.AddStore(new DataFolder(Path.Combine(_folder, "data")));
        services.AddSingleton(provider => Crash.Around(provider.GetRequiredService<LiteDbStore>()));
        services.AddSingleton(provider => AuditLog.Open(
            new AuditOptions { Folder = Path.Combine(_folder, "audit"), CheckpointEvery = TimeSpan.FromHours(1) }, Time, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance, Crash.Open));
        services.AddHris(_options);
        Crash.Arm(null);
        _services = services.BuildServiceProvider();
    }

    public async Task KillAsync()
    {
        try
        {
            await _services!.DisposeAsync();
        }
        catch (Exception)
        {
            // A process that is gone does not stop in good order.
        }
    }

    public async Task RestartAsync()
    {
        await KillAsync();
        StartServer();
    }

    /// <summary>A complete new file lies there, long enough.</summary>
    public Task LeaveAsync(params IEnumerable<(string EmployeeId, HrisFacts Facts)> people) => LeaveAsync(Encoding.UTF8.GetBytes(PeopleCsv.Write(people)));

    public async Task LeaveAsync(byte[] content)
    {
        await System.IO.File.WriteAllBytesAsync(File + ".new", content);
        System.IO.File.Move(File + ".new", File, overwrite: true);
        await LookAsync();
        Time.Advance(_options.Settle + TimeSpan.FromSeconds(1));
        await LookAsync();
    }

    public Task LookAsync() => Get<HrisKeeper>().LookAsync(CancellationToken.None);

    public async Task<HrisPerson> PersonAsync(string employeeId) =>
        (await Desk.FindAsync(HrisPerson.IdOf(Hr, employeeId), CancellationToken.None))!;

    public async Task<HrisStatus> StatusAsync() => (await Desk.StatusAsync(CancellationToken.None))[0];

    public async Task<IReadOnlyList<HrisPerson>> PeopleAsync() => await Desk.ListAsync(1000, null, CancellationToken.None);

    /// <summary>As <c>left E1</c>, oldest first.</summary>
    public async Task<IReadOnlyList<string>> EventsAsync() =>
        [.. (await Desk.EventsAfterAsync(null, 1000, CancellationToken.None)).Select(told => $"{told.Kind} {told.Person[(Hr.Length + 1)..]}")];

    public async Task<int> LeftAsync() => (await PeopleAsync()).Count(person => person.HasLeft);

    public async Task<HeldBatch?> HeldAsync() => (await Desk.HeldAsync(CancellationToken.None)).SingleOrDefault();

    public IReadOnlyList<AuditEntry> Audit() => [.. AuditReader.ReadAll(new AuditFiles(Path.Combine(_folder, "audit")).Log).Where(entry => entry.Kind.StartsWith("hris.", StringComparison.Ordinal))];

    /// <summary>Somebody who has worked here for years.</summary>
    public HrisFacts Person(int number) => new()
    {
        WorkEmail = $"p{number}@acme.example",
        FirstName = $"First{number}",
        LastName = number % 3 == 0 ? "With \"quotes\",\nand lines" : $"Last{number}",
        Manager = number == 1 ? null : "E1",
        Department = "Sales",
        Title = "Account Executive",
        Start = Today.AddYears(-2),
    };

    /// <summary>E1 to E{count}.</summary>
    public IReadOnlyList<(string EmployeeId, HrisFacts Facts)> People(int count) => [.. Enumerable.Range(1, count).Select(number => ($"E{number}", Person(number)))];

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
