using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Console;

/// <summary>
/// The keys that cookies and forms are protected with: files in the data folder that nobody but the server's user can read, and
/// part of no backup. Not sealed once more: the key for that would lie beside them.
/// </summary>
internal sealed class ConsoleKeys(DataFolder data) : IXmlRepository
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private string Folder => Path.Combine(data.Path, "console-keys");

    public IReadOnlyCollection<XElement> GetAllElements() =>
        Directory.Exists(Folder) ? [.. Directory.EnumerateFiles(Folder, "*.xml").Order(StringComparer.Ordinal).Select(file => XElement.Load(file))] : [];

    public void StoreElement(XElement element, string friendlyName)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(Folder);
        else
            Directory.CreateDirectory(Folder, OwnerOnly | UnixFileMode.UserExecute);
        var path = Path.Combine(Folder, $"{friendlyName}.xml");
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnerOnly;
        // Renamed when it is whole: half a key would keep the page from starting.
        using (var file = new FileStream($"{path}.new", options))
        {
            element.Save(file);
            file.Flush(flushToDisk: true);
        }

        File.Move($"{path}.new", path, overwrite: true);
    }
}
