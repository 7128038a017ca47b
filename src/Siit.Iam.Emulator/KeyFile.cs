namespace Siit.Iam.Emulator;

/// <summary>Where a started emulator leaves the private key that its service app signs in with.</summary>
internal static class KeyFile
{
    public static string Write(string? directory, string name, string pem)
    {
        var path = Path.GetFullPath(Path.Combine(directory ?? ".demo", name));
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, pem);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return path;
    }
}
