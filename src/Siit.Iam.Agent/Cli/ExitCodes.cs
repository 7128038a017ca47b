namespace Siit.Iam.Agent.Cli;

/// <summary>What the process ends with; scripts rely on these.</summary>
internal static class ExitCodes
{
    public const int Done = 0;

    /// <summary>Refused, denied, not found, or it failed.</summary>
    public const int Refused = 1;

    /// <summary>The command line or the settings are wrong.</summary>
    public const int Usage = 2;

    /// <summary>No server answers at the data folder.</summary>
    public const int NoServer = 3;

    /// <summary>Another server has the data folder open.</summary>
    public const int FolderInUse = 4;

    /// <summary>The audit log is damaged or cannot be written, for instance because the disk is full.</summary>
    public const int AuditLog = 5;

    /// <summary>The address to listen on is taken.</summary>
    public const int AddressInUse = 6;

    /// <summary>The store cannot be used.</summary>
    public const int Store = 7;

    /// <summary>The newer version of a playbook may do more, or with less agreement: somebody has to look.</summary>
    public const int Widened = 8;
}
