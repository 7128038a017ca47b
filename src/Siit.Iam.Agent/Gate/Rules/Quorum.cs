namespace Siit.Iam.Agent.Gate.Rules;

/// <summary>Somebody who could decide, or has.</summary>
/// <param name="Id">The approver's.</param>
/// <param name="EscalatedTo">The group that could take any seat when he decides; null before that.</param>
internal sealed record SeatTaker(string Id, IReadOnlyList<string> Groups, string? EscalatedTo = null);

/// <summary>What one rule asks for: some of its seats taken, by distinct people, each as something else. Pure.</summary>
/// <param name="Rule">Which rule, for people.</param>
/// <param name="Needed">How many of the seats.</param>
internal sealed record Quorum(string Rule, IReadOnlyList<Seat> Seats, int Needed)
{
    /// <summary>One or more approvers from distinct groups of the registry.</summary>
    public static Quorum OfAny(string rule, int needed) => new(rule, [.. Enumerable.Repeat(new Seat(SeatSource.Any), needed)], needed);

    /// <summary>Whether these people can take all that is needed.</summary>
    public bool IsFilledBy(IReadOnlyList<SeatTaker> people) => CanTake(Needed, Seats, Distinct(people));

    /// <summary>How many of the needed seats these people can take.</summary>
    public int FilledBy(IReadOnlyList<SeatTaker> people)
    {
        var distinct = Distinct(people);
        for (var count = Math.Min(Needed, distinct.Count); count > 0; count--)
        {
            if (CanTake(count, Seats, distinct))
                return count;
        }

        return 0;
    }

    /// <summary>For people: <c>2 of: an approver of the group desk; the manager of "…"</c>.</summary>
    public string Word() => Seats.All(seat => seat.Source == SeatSource.Any) && Needed == Seats.Count
        ? Needed == 1 ? "one approver" : $"{(Needed == 2 ? "two" : Needed)} approvers from distinct groups"
        : $"{(Seats.Count == Needed ? Needed == 1 ? "" : "each of: " : $"{Needed} of: ")}{string.Join("; ", Seats.Select(seat => seat.Word()))}";

    /// <summary>The seats that nobody of these could take.</summary>
    public IEnumerable<Seat> NobodyFor(IReadOnlyList<SeatTaker> people) =>
        Seats.Where(seat => people.All(person => !seat.TakenAs(person.Id, person.Groups, person.EscalatedTo).Any()));

    /// <summary>Of people who could do exactly the same, more than there are seats make no difference.</summary>
    private List<(string Id, List<IReadOnlyList<string>> As)> Distinct(IReadOnlyList<SeatTaker> people) =>
    [
        .. people.DistinctBy(person => person.Id)
            .Select(person => (person.Id, As: Seats.Select(seat => (IReadOnlyList<string>)[.. seat.TakenAs(person.Id, person.Groups, person.EscalatedTo).Distinct(StringComparer.Ordinal)]).ToList()))
            .Where(person => person.As.Exists(taken => taken.Count > 0))
            .GroupBy(person => string.Join('|', person.As.Select(taken => string.Join(',', taken.Order(StringComparer.Ordinal)))), StringComparer.Ordinal)
            .SelectMany(alike => alike.Take(Seats.Count)),
    ];

    private static bool CanTake(int needed, IReadOnlyList<Seat> seats, List<(string Id, List<IReadOnlyList<string>> As)> people)
    {
        var sitting = new HashSet<string>(StringComparer.Ordinal);
        var taken = new HashSet<string>(StringComparer.Ordinal);
        return From(0, needed);

        bool From(int seat, int left)
        {
            if (left == 0)
                return true;
            if (seats.Count - seat < left)
                return false;
            foreach (var (id, takenAs) in people.Where(person => !sitting.Contains(person.Id)))
            {
                foreach (var word in takenAs[seat].Where(word => !taken.Contains(word)))
                {
                    sitting.Add(id);
                    taken.Add(word);
                    if (From(seat + 1, left - 1))
                        return true;
                    sitting.Remove(id);
                    taken.Remove(word);
                }
            }

            return From(seat + 1, left);
        }
    }
}
