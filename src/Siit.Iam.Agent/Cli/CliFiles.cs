namespace Siit.Iam.Agent.Cli;

/// <summary>Files that a verb was told to write.</summary>
internal static class CliFiles
{
    /// <summary>In the place of what was there; a folder that is missing is made.</summary>
    /// <exception cref="CliException">It cannot be written.</exception>
    public static async Task WriteAsync(string file, string text, CancellationToken cancellationToken)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
            await File.WriteAllTextAsync(file, text, cancellationToken);
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCodes.Usage, "usage", $"{file} cannot be written: {trouble.Message}");
        }
    }
}
