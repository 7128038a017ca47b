#pragma warning disable RS0030 // The one place of the emulator that writes to the console.
namespace Siit.Iam.Emulator;

internal static class Terminal
{
    public static void Line(string text) => Console.Out.WriteLine(text);

    public static void Error(string text) => Console.Error.WriteLine(text);
}
