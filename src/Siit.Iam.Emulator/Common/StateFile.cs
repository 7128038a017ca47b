using System.Text.Json;

namespace Siit.Iam.Emulator.Common;

/// <summary>What outlives a restart.</summary>
internal sealed record Kept<T>(T State, IReadOnlyList<Effect> Effects, long IdsUsed, string PrivateKeyPem);

/// <summary>One JSON file, replaced as a whole: a reader finds the old one or the new one.</summary>
internal sealed class StateFile<T>(string path)
{
    public Kept<T>? Read()
    {
        if (!File.Exists(path)) return null;
        using var file = File.OpenRead(path);
        return JsonSerializer.Deserialize<Kept<T>>(file) ?? throw new InvalidDataException($"{path} is empty; start with --fresh.");
    }

    public void Write(Kept<T> kept)
    {
        var next = path + ".next";
        using (var file = new FileStream(next, FileMode.Create, FileAccess.Write))
        {
            JsonSerializer.Serialize(file, kept);
            file.Flush(flushToDisk: true);
        }

        File.Move(next, path, overwrite: true);
    }

    public void Delete() => File.Delete(path);
}
