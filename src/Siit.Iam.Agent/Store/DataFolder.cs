namespace Siit.Iam.Agent.Store;

/// <summary>Where the server keeps what it knows, and the names in there.</summary>
internal sealed class DataFolder(string path)
{
    public string Path { get; } = System.IO.Path.GetFullPath(path);

    public string Store => In("store.db");

    /// <summary>What LiteDB has committed but not yet moved into <see cref="Store"/>.</summary>
    public string StoreLog => LiteDbLog.PathOf(Store);

    /// <summary>The copy of the directory: large, and read again from the IdPs when it is missing.</summary>
    public string People => In("people.db");

    /// <summary>What LiteDB has committed but not yet moved into <see cref="People"/>.</summary>
    public string PeopleLog => LiteDbLog.PathOf(People);

    /// <summary>Held open by the one process that may open the store.</summary>
    public string Lock => In("serve.lock");

    /// <summary>Who holds the lock; beside it, because a locked file cannot be read.</summary>
    public string Pid => In("serve.pid");

    public string Audit => In("audit");

    /// <summary>The key that seals secrets in the store; mode 0600 and part of no backup.</summary>
    public string Key => In("data.key");

    /// <summary>Callers' bridges connect here.</summary>
    public string CallersSocket => In("callers.sock");

    /// <summary>The command line connects here; mode 0600.</summary>
    public string OperatorsSocket => In("operators.sock");

    /// <summary>Present while a restore replaces files: what lies here is then half old, half new.</summary>
    public string RestoreMarker => In("restore.unfinished");

    /// <summary>
    /// <c>--data</c>, else <c>SIIT_IAM_DATA</c>, else the platform's folder for state:
    /// <c>$XDG_STATE_HOME/siit-iam</c> or <c>~/.local/state/siit-iam</c>, on Windows <c>%LOCALAPPDATA%\siit-iam</c>.
    /// </summary>
    public static DataFolder Resolve(string? option, Func<string, string?> environment)
    {
        if (!string.IsNullOrWhiteSpace(option))
            return new DataFolder(option);
        if (environment("SIIT_IAM_DATA") is { Length: > 0 } set)
            return new DataFolder(set);
        // The specification says to ignore a relative one.
        if (environment("XDG_STATE_HOME") is { } state && System.IO.Path.IsPathFullyQualified(state))
            return new DataFolder(System.IO.Path.Combine(state, "siit-iam"));
        return new DataFolder(OperatingSystem.IsWindows()
            ? System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData), "siit-iam")
            : System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "state", "siit-iam"));
    }

    /// <summary>Creates it, readable by its owner only. An existing folder keeps its mode.</summary>
    public DataFolder Create()
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(Path);
        else
            Directory.CreateDirectory(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return this;
    }

    public override string ToString() => Path;

    private string In(string name) => System.IO.Path.Combine(Path, name);
}
