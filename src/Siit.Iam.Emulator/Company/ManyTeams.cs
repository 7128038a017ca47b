namespace Siit.Iam.Emulator.Company;

/// <summary>Groups beside the known ones, as many as asked for, so that each person is in so many groups; the same for the same seed.</summary>
internal static class ManyTeams
{
    /// <param name="memberships">In how many groups each person is, the known ones but <see cref="GroupKind.Everyone"/> included.</param>
    public static IReadOnlyList<Team> Of(Acme acme, int count, int memberships, int seed)
    {
        if (count <= 0) return [];
        var random = new Random(seed);
        var members = Enumerable.Range(0, count).Select(_ => new HashSet<string>(StringComparer.Ordinal)).ToList();
        var known = acme.Teams.Where(team => team.Kind != GroupKind.Everyone).ToList();
        foreach (var person in acme.People)
        {
            var missing = Math.Min(count, memberships - known.Count(team => team.Has(person)));
            while (missing > 0)
            {
                if (members[random.Next(count)].Add(person.Login)) missing--;
            }
        }

        return [.. members.Select((logins, i) => new Team($"Project {i + 1:0000}", "Works on one thing", person => logins.Contains(person.Login)))];
    }
}
