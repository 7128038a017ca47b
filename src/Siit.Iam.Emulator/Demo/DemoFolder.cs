using System.Text.Json;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Emulator.Demo;

/// <summary>Where the demo lies, and what it has to remember between two starts: its callers' token and its approvers' secrets.</summary>
internal sealed class DemoFolder(string path)
{
    public const string Default = ".demo";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public DataFolder Data { get; } = new(path);

    /// <summary>The emulated IdPs' own state.</summary>
    public string Idps => Path.Combine(Data.Path, "idps");

    /// <summary>What a demo started in the background says.</summary>
    public string Log => Path.Combine(Data.Path, "demo.log");

    /// <summary>What Acme's HRIS exports; edit it while the demo runs.</summary>
    public string PeopleFile => Path.Combine(Data.Path, "people.csv");

    private string Secrets => Path.Combine(Data.Path, "demo-secrets.json");

    private string Clients => Path.Combine(Data.Path, "clients");

    /// <summary>Empties it. Only a folder that was a demo's before is emptied.</summary>
    /// <exception cref="IOException">The folder holds something else.</exception>
    public void Empty()
    {
        if (!Directory.Exists(Data.Path))
            return;
        if (!File.Exists(Path.Combine(Data.Path, "demo")) && Directory.EnumerateFileSystemEntries(Data.Path).Any())
            throw new IOException($"{Data} was no demo's folder; --fresh does not empty it. Choose another one with --data.");
        // A running demo holds this; emptying its folder under it would lose what it writes.
        using (StoreLock.Acquire(Data))
        {
        }

        Directory.Delete(Data.Path, recursive: true);
    }

    public DemoSecrets? Read() => File.Exists(Secrets) ? JsonSerializer.Deserialize<DemoSecrets>(File.ReadAllBytes(Secrets)) : null;

    public void Write(DemoSecrets secrets)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var file = new FileStream(Secrets, options);
        JsonSerializer.Serialize(file, secrets, Indented);
    }

    /// <summary>Says that a client of this process uses the demo, until the result is disposed or the process dies.</summary>
    public IDisposable Use()
    {
        Directory.CreateDirectory(Clients);
        var mark = Path.Combine(Clients, $"{Environment.ProcessId}");
        File.WriteAllText(mark, "");
        return new Mark(mark);
    }

    /// <summary>Whether any process that said so still lives.</summary>
    public bool IsUsed()
    {
        if (!Directory.Exists(Clients))
            return false;
        foreach (var mark in Directory.EnumerateFiles(Clients))
        {
            if (int.TryParse(Path.GetFileName(mark), out var id) && IsAlive(id))
                return true;
            File.Delete(mark);
        }

        return false;
    }

    private static bool IsAlive(int processId)
    {
        try
        {
            using var process = System.Diagnostics.Process.GetProcessById(processId);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private sealed class Mark(string path) : IDisposable
    {
        public void Dispose() => File.Delete(path);
    }
}

/// <param name="Token">Of the demo's caller.</param>
/// <param name="Approvers">Email to <c>otpauth://</c> address.</param>
internal sealed record DemoSecrets(string Token, IReadOnlyDictionary<string, string> Approvers);
