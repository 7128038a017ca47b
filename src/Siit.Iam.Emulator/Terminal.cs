#pragma warning disable RS0030 // The one place of the emulator that touches the console.
namespace Siit.Iam.Emulator;

internal static class Terminal
{
    private static string? _file;

    public static void Line(string text) => Write(Console.Out, text);

    public static void Error(string text) => Write(Console.Error, text);

    /// <summary>For a demo in the background, whose starter may be gone: everything goes into a file.</summary>
    public static void WriteInto(string file)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, "");
        _file = file;
    }

    public static Stream Input() => Console.OpenStandardInput();

    public static Stream Output() => Console.OpenStandardOutput();

    private static void Write(TextWriter writer, string text)
    {
        if (_file is null)
            writer.WriteLine(text);
        else
            File.AppendAllText(_file, text + Environment.NewLine);
    }
}
