using Siit.Iam.Agent.Cli;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.People.Persons;

namespace Siit.Iam.Agent;

/// <summary>The section <c>people</c>. What the keys mean stands at <see cref="PersonOptions"/>.</summary>
internal static class PersonSettings
{
    public static PersonOptions Read(SettingsSection section, IConfigurationSection connections, List<string> problems)
    {
        List<string> names = [.. connections.GetChildren().Select(connection => connection.Key.ToLowerInvariant())];
        if (names.Contains(IHrisRecords.Source))
            problems.Add($"connections: '{IHrisRecords.Source}' cannot be a connection's name, it stands for the HRIS. Choose another.");
        var aliases = Aliases(section, problems);
        var options = new PersonOptions
        {
            Domains = Domains(section.Texts("domains"), "people:domains", problems),
            DomainAliases = aliases,
            ServiceAccounts = Services(section.Texts("serviceAccounts"), problems),
            JoinAliases = section.Flag("joinAliases", false),
            Sources = new SourceRules(names, Sources(section, names, problems), connections.GetChildren().ToDictionary(
                connection => connection.Key.ToLowerInvariant(), Attributes, StringComparer.Ordinal)),
            Owners = new OwnerRules { All = [.. Owners(section, names, problems)] },
        };
        section.NothingElse();
        return options;
    }

    private static Dictionary<string, string> Aliases(SettingsSection section, List<string> problems)
    {
        var entries = section.Section("domainAliases");
        var aliases = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (domain, _) in section.Entries("domainAliases"))
            aliases[domain] = entries.Text(domain) ?? "";
        foreach (var (domain, counts) in aliases)
        {
            Domains([domain, counts], $"people:domainAliases:{domain}", problems);
            if (aliases.ContainsKey(counts))
                problems.Add($"people:domainAliases:{domain} counts as '{counts}', which counts as another one itself. Name the last one.");
        }

        return aliases;
    }

    private static IEnumerable<OwnerRule> Owners(SettingsSection section, List<string> connections, List<string> problems)
    {
        foreach (var (key, ofConnection) in section.Entries("owners"))
        {
            var connection = key.ToLowerInvariant();
            if (!connections.Contains(connection))
                problems.Add($"people:owners:{key} is no connection. {DidYouMean.Sentence(key, connections)}");
            foreach (var kind in new[] { "groups", "applications" })
            {
                var entries = ofConnection.Section(kind);
                foreach (var (what, _) in ofConnection.Entries(kind))
                {
                    var owners = entries.Texts(what);
                    foreach (var owner in owners.Where(owner => !PersonRules.LooksLikeAddress(owner)))
                        problems.Add($"people:owners:{key}:{kind}:{what} names '{owner}', which is no work email.");
                    yield return new OwnerRule(connection, kind == "applications", what, owners);
                }
            }

            ofConnection.NothingElse();
        }
    }

    private static List<string> Domains(List<string> domains, string key, List<string> problems)
    {
        foreach (var domain in domains.Where(domain => !PersonRules.LooksLikeAddress($"a@{domain}")))
            problems.Add($"{key}: '{domain}' is no domain such as acme.example.");
        return domains;
    }

    private static List<string> Services(List<string> names, List<string> problems)
    {
        foreach (var name in names.Where(name => name.TrimEnd('*').Length == 0 || name.TrimEnd('*').Contains('*')))
            problems.Add($"people:serviceAccounts: '{name}' must be a login, a work email or connection:id, with at most one * at its end.");
        return names;
    }

    private static Dictionary<string, IReadOnlyList<string>> Sources(SettingsSection section, List<string> connections, List<string> problems)
    {
        var entries = section.Section("sources");
        List<string> known = [IHrisRecords.Source, .. connections];
        var order = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        foreach (var (key, _) in section.Entries("sources"))
        {
            var sources = entries.Texts(key).ConvertAll(source => source.ToLowerInvariant());
            var field = SourceRules.Fields.FirstOrDefault(field => field.Equals(key, StringComparison.OrdinalIgnoreCase));
            if (field is null)
                problems.Add($"people:sources:{key} is no field of a person. {DidYouMean.Sentence(key, SourceRules.Fields)} The fields: {string.Join(", ", SourceRules.Fields)}.");
            foreach (var source in sources.Where(source => !known.Contains(source)))
                problems.Add($"people:sources:{key} names '{source}', which is no source. The sources: {string.Join(", ", known)}.");
            foreach (var source in sources.GroupBy(source => source).Where(same => same.Count() > 1))
                problems.Add($"people:sources:{key} names '{source.Key}' twice.");
            if (field is not null)
                order[field] = sources;
        }

        return order;
    }

    /// <summary>What the connection's own options have checked, or refuse.</summary>
    private static IReadOnlyDictionary<string, string> Attributes(IConfigurationSection connection) => connection.GetSection(FieldMap.Key).GetChildren()
        .Select(entry => (Field: FieldMap.PersonFields.FirstOrDefault(field => field.Equals(entry.Key, StringComparison.OrdinalIgnoreCase)), entry.Value))
        .Where(entry => entry is { Field: not null, Value: not null }).ToDictionary(entry => entry.Field!, entry => entry.Value!, StringComparer.Ordinal);
}
