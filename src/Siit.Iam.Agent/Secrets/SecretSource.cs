using System.Security;

namespace Siit.Iam.Agent.Secrets;

/// <summary>
/// Where a secret comes from: an environment variable or a file, never the settings themselves. It is read anew each time, so
/// that a rotated secret is found without a restart.
/// </summary>
internal sealed record SecretSource
{
    private SecretSource(string? environment, string? file) => (Environment, File) = (environment, file);

    /// <summary>The name of an environment variable.</summary>
    public string? Environment { get; }

    /// <summary>A file's path.</summary>
    public string? File { get; }

    public static SecretSource FromEnvironment(string name) => new(name, null);

    public static SecretSource FromFile(string path) => new(null, path);

    /// <summary>
    /// Reads <c>{"env": "NAME"}</c> or <c>{"file": "/path"}</c>; null when the section is absent or wrong, and then what is wrong
    /// stands in <paramref name="problems"/>.
    /// </summary>
    public static SecretSource? FromSettings(IConfigurationSection section, ICollection<string> problems)
    {
        if (!section.Exists()) return null;
        var name = section.Key;
        if (section.Value is not null)
        {
            problems.Add($"'{name}' holds a value. Secrets do not stand in the settings: write {{\"env\": \"NAME\"}} or {{\"file\": \"/path\"}}.");
            return null;
        }
        // As everywhere in settings: environment variables are written in capitals.
        foreach (var key in section.GetChildren().Select(child => child.Key))
            if (!key.Equals("env", StringComparison.OrdinalIgnoreCase) && !key.Equals("file", StringComparison.OrdinalIgnoreCase)) problems.Add($"'{name}:{key}' is not known; use 'env' or 'file'.");
        var (environment, file) = (section["env"], section["file"]);
        if (string.IsNullOrWhiteSpace(environment) == string.IsNullOrWhiteSpace(file))
        {
            problems.Add($"'{name}' needs exactly one of 'env' (a variable's name) and 'file' (a path).");
            return null;
        }
        return string.IsNullOrWhiteSpace(file) ? FromEnvironment(environment!) : FromFile(file);
    }

    /// <summary>The secret without surrounding white space; null when it is missing, empty or cannot be read.</summary>
    public SecretText? Read()
    {
        var text = (File is null ? System.Environment.GetEnvironmentVariable(Environment!) : ReadFile(File))?.Trim();
        return string.IsNullOrEmpty(text) ? null : new SecretText(text);
    }

    /// <summary>Names the place, never the secret.</summary>
    public override string ToString() => File is null ? $"environment variable {Environment}" : $"file {File}";

    private static string? ReadFile(string path)
    {
        try
        {
            return System.IO.File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SecurityException or ArgumentException or NotSupportedException)
        {
            return null;
        }
    }
}
