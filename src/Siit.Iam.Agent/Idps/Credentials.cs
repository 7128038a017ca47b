using Siit.Iam.Agent.Idps.Resilience;

namespace Siit.Iam.Agent.Idps;

/// <summary>The credentials of one connection: which request carries which is decided here and nowhere else.</summary>
/// <param name="Reads">Carried by what changes nothing, reading back included.</param>
/// <param name="Changes">Carried by everything else; the same one when there is no second.</param>
internal sealed record Credentials<T>(T Reads, T Changes)
    where T : class
{
    public T For(HttpRequestMessage request) => Delivery.IsRead(request) ? Reads : Changes;
}

internal static class Credentials
{
    /// <summary>The key of a connection's second credential; it holds the same keys as the first.</summary>
    public const string Key = "changes";

    public static Credentials<T> Of<TOptions, T>(TOptions reads, TOptions? changes, Func<TOptions, T> make)
        where TOptions : class
        where T : class
    {
        var first = make(reads);
        return new Credentials<T>(first, changes is null ? first : make(changes));
    }

    /// <summary>Reads the second credential's section; null when there is none. Each of its problems says where it is.</summary>
    /// <param name="connection">The connection's section.</param>
    /// <param name="keys">What a credential of this IdP consists of.</param>
    public static T? FromSettings<T>(IConfigurationSection connection, IReadOnlyList<string> keys, List<string> problems, Func<IConfigurationSection, List<string>, T> read)
        where T : class
    {
        var section = connection.GetSection(Key);
        if (!section.Exists()) return null;
        var found = new List<string>();
        foreach (var key in section.GetChildren().Select(child => child.Key).Where(key => !keys.Contains(key, StringComparer.OrdinalIgnoreCase)))
            found.Add($"'{key}' is not known. Known: {string.Join(", ", keys)}.");
        var credential = read(section, found);
        problems.AddRange(found.Select(problem => $"{Key}: {problem}"));
        return credential;
    }
}
