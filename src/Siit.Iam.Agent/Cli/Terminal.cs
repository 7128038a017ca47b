#pragma warning disable RS0030 // The one place of the product that touches the console.
using System.Text;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;

namespace Siit.Iam.Agent.Cli;

/// <summary>
/// What a verb writes to and asks through. Every line shows hidden characters written out: what a directory or a model said
/// cannot move the cursor, colour, or turn text around.
/// </summary>
/// <param name="input">Where answers come from.</param>
/// <param name="output">Results.</param>
/// <param name="error">Trouble, and questions, so that results can be redirected.</param>
/// <param name="isInteractive">Whether a person sits there who can be asked.</param>
/// <param name="readHidden">Reads an answer without showing it; null: as any other.</param>
internal sealed class Terminal(TextReader input, TextWriter output, TextWriter error, bool isInteractive, Func<string>? readHidden = null)
{
    public bool IsInteractive => isInteractive;

    /// <summary>For the help that the command line library writes itself.</summary>
    public TextWriter Writer => output;

    public static Terminal OfProcess() =>
        new(System.Console.In, System.Console.Out, System.Console.Error, !System.Console.IsInputRedirected && !System.Console.IsErrorRedirected, ReadHidden);

    /// <summary>The bare streams, for the bridge: nothing else may write to them.</summary>
    public static (Stream Input, Stream Output) Streams() => (System.Console.OpenStandardInput(), System.Console.OpenStandardOutput());

    public void Line(string text = "") => output.WriteLine(HiddenText.Shown(text, int.MaxValue));

    public void Lines(IEnumerable<string> lines)
    {
        foreach (var line in lines)
            Line(line);
    }

    /// <summary>The one document that a verb prints with <c>--json</c>.</summary>
    public void Json(JsonNode? document) => output.WriteLine(document is null ? "null" : document.ToJsonString(WireJson.Indented));

    public void Error(string text)
    {
        foreach (var line in text.Split('\n'))
            error.WriteLine(HiddenText.Shown(line.TrimEnd('\r'), int.MaxValue));
    }

    /// <summary>Null at the end of the input.</summary>
    public string? Ask(string question)
    {
        error.Write($"{question}: ");
        return input.ReadLine()?.Trim();
    }

    /// <summary>As <see cref="Ask"/>, without showing what is typed.</summary>
    public string? AskHidden(string question)
    {
        if (readHidden is null)
            return Ask(question);
        error.Write($"{question}: ");
        var answer = readHidden();
        error.WriteLine();
        return answer.Trim();
    }

    private static string ReadHidden()
    {
        var typed = new StringBuilder();
        while (true)
        {
            var key = System.Console.ReadKey(intercept: true);
            if (key.Key == ConsoleKey.Enter)
                return typed.ToString();
            if (key.Key == ConsoleKey.Backspace)
                typed.Length = Math.Max(0, typed.Length - 1);
            else if (!char.IsControl(key.KeyChar))
                typed.Append(key.KeyChar);
        }
    }
}
