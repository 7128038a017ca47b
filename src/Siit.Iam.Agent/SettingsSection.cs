using System.Globalization;
using Siit.Iam.Agent.Cli;

namespace Siit.Iam.Agent;

/// <summary>
/// Reads one section strictly: what is unknown or does not fit becomes a problem with its key and the fix, and reading goes on,
/// so that everything is told at once. By hand: the framework's binder stops at the first error and is slow to start.
/// </summary>
internal sealed class SettingsSection(IConfiguration configuration, string path, List<string> problems)
{
    private readonly HashSet<string> _asked = new(StringComparer.OrdinalIgnoreCase);

    public SettingsSection Section(string key)
    {
        _asked.Add(key);
        return new SettingsSection(configuration.GetSection(key), Key(key), problems);
    }

    public bool Has(string key) => configuration.GetSection(key).Exists();

    public string? Text(string key)
    {
        _asked.Add(key);
        if (configuration.GetSection(key).GetChildren().Any())
            problems.Add($"{Key(key)} must be a text.");
        return configuration[key];
    }

    public bool Flag(string key, bool otherwise) => Read(key, otherwise, "true or false", (string text, out bool value) => bool.TryParse(text, out value));

    public int Number(string key, int otherwise, int least = int.MinValue, int most = int.MaxValue) => Read(
        key, otherwise, least == int.MinValue ? "a whole number" : $"a number from {least} to {most}",
        (string text, out int value) => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value) && value >= least && value <= most);

    public TimeSpan Time(string key, TimeSpan otherwise) => Read(key, otherwise, "a time such as 30s, 15m, 1h, 7d or 00:15:00", TryTime);

    public TimeSpan Time(string key, TimeSpan otherwise, TimeSpan least, TimeSpan most)
    {
        var time = Time(key, otherwise);
        if (time >= least && time <= most)
            return time;
        problems.Add($"{Key(key)} must be between {least:c} and {most:c}.");
        return otherwise;
    }

    public DateTimeOffset Moment(string key) => Read(
        key, DateTimeOffset.MinValue, "a moment such as 2026-12-24T18:00:00Z",
        (string text, out DateTimeOffset value) => DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out value));

    public T Word<T>(string key, T otherwise) where T : struct, Enum =>
        Read(key, otherwise, $"one of {string.Join(", ", Enum.GetNames<T>().Select(name => name.ToLowerInvariant()))}", TryWord);

    public List<string> Texts(string key)
    {
        _asked.Add(key);
        var section = configuration.GetSection(key);
        if (!string.IsNullOrEmpty(section.Value))
            problems.Add($"{Key(key)} must be a list: [\"{section.Value}\"].");
        var texts = section.GetChildren().Select(child => child.Value).ToList();
        if (texts.Any(string.IsNullOrWhiteSpace))
            problems.Add($"{Key(key)} holds an entry that is no text.");
        return [.. texts.OfType<string>()];
    }

    /// <summary>The entries of a list of objects, or of an object whose keys are names.</summary>
    public IReadOnlyList<(string Key, SettingsSection Section)> Entries(string key)
    {
        _asked.Add(key);
        var section = configuration.GetSection(key);
        if (!string.IsNullOrEmpty(section.Value))
            problems.Add($"{Key(key)} must hold entries, not a single value.");
        return [.. section.GetChildren().Select(child => (child.Key, new SettingsSection(child, $"{Key(key)}:{child.Key}", problems)))];
    }

    public IReadOnlyList<(string Key, T Value)> Words<T>(string key) where T : struct, Enum
    {
        _asked.Add(key);
        var section = Section(key);
        return [.. configuration.GetSection(key).GetChildren().Select(child => (child.Key, section.Word(child.Key, default(T))))];
    }

    /// <summary>Last: whatever nobody asked for is unknown.</summary>
    public void NothingElse()
    {
        foreach (var key in configuration.GetChildren().Select(child => child.Key).Where(key => !_asked.Contains(key)))
            problems.Add($"{Key(key)} is not known. {DidYouMean.Sentence(key, _asked)}");
    }

    internal static bool TryTime(string text, out TimeSpan value)
    {
        value = default;
        // A bare number would be taken for days.
        if (text.Length > 1 && double.TryParse(text[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number < 1e6)
        {
            value = text[^1] switch
            {
                's' => TimeSpan.FromSeconds(number),
                'm' => TimeSpan.FromMinutes(number),
                'h' => TimeSpan.FromHours(number),
                'd' => TimeSpan.FromDays(number),
                _ => TimeSpan.MinValue,
            };
            return value != TimeSpan.MinValue;
        }

        return text.Contains(':') && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out value);
    }

    private static bool TryWord<T>(string text, out T value) where T : struct, Enum =>
        Enum.TryParse(text, ignoreCase: true, out value) && Enum.IsDefined(value) && !char.IsAsciiDigit(text[0]);

    private delegate bool TryRead<T>(string text, out T value);

    private T Read<T>(string key, T otherwise, string what, TryRead<T> read)
    {
        if (Text(key) is not { Length: > 0 } text)
            return otherwise;
        if (read(text, out var value))
            return value;
        problems.Add($"{Key(key)} must be {what}, not '{text}'.");
        return otherwise;
    }

    private string Key(string key) => path.Length == 0 ? key : $"{path}:{key}";
}
