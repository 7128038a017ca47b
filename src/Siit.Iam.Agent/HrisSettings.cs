using Siit.Iam.Agent.People.Hris;
using Siit.Iam.Agent.Secrets;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent;

/// <summary>The section <c>hris</c>. What the keys mean stands at <see cref="HrisOptions"/>.</summary>
internal static class HrisSettings
{
    /// <param name="configuration">The same section, for secrets.</param>
    public static HrisOptions Read(SettingsSection section, IConfigurationSection configuration, DataFolder data, List<string> problems)
    {
        var defaults = new HrisOptions();
        var options = new HrisOptions
        {
            Sources = [.. section.Entries("sources").Select(entry => Source(entry.Key, entry.Section, configuration.GetSection($"sources:{entry.Key}:token"), data, problems))],
            LeaversPerDay = section.Number("leaversPerDay", defaults.LeaversPerDay),
            LeaversPercent = section.Number("leaversPercent", defaults.LeaversPercent),
            Settle = section.Time("settle", defaults.Settle),
            Every = section.Time("every", defaults.Every),
            MaxFileBytes = section.Number("maxFileBytes", defaults.MaxFileBytes),
            MaxRequestBytes = section.Number("maxRequestBytes", defaults.MaxRequestBytes),
            RequestsPerMinute = section.Number("requestsPerMinute", defaults.RequestsPerMinute),
        };
        section.NothingElse();
        problems.AddRange(options.Problems());
        return options;
    }

    private static HrisSource Source(string key, SettingsSection section, IConfigurationSection token, DataFolder data, List<string> problems)
    {
        // A variable's name may be in capitals.
        var name = key.ToLowerInvariant();
        var wrong = new List<string>();
        _ = section.Section("token");
        var secret = SecretSource.FromSettings(token, wrong);
        problems.AddRange(wrong.Select(problem => $"hris:sources:{name}: {problem}"));
        var source = new HrisSource(name, section.Text("file") is { Length: > 0 } file ? Path.GetFullPath(file, data.Path) : null, secret);
        section.NothingElse();
        return source;
    }
}
