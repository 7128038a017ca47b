using System.Globalization;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Gate.Rules;
using Siit.Iam.Agent.Gate.Standing;

namespace Siit.Iam.Agent.Tests.Gate;

/// <summary>
/// Every relation that somebody may have to a call, and every way to fill up to four seats, against an answer that is found in another
/// way. <c>SIIT_IAM_SEATED</c>: up to so many people decide (2 by default, 4 takes minutes).
/// </summary>
public sealed class SeparationTests
{
    private static readonly string[] Relations = ["is_requester", "is_requester", "is_operator", "is_target", "is_author", "decided_already"];
    private static readonly string[] Groups = ["a", "b"];

    /// <summary>How the same person is known on the other side, or somebody else who only looks like it.</summary>
    private static readonly (string Name, PersonIdentity Who, bool Same)[] Links =
    [
        ("the same address", Known(["dana@acme.example"], []), true),
        ("another address of the same account", Known(["d.private@other.example"], ["okta:00dana"]), true),
        ("another account of the same person", Known(["dana@sub.acme.example"], ["entra:e-dana", "okta:00dana"]), true),
        ("a record of the HRIS", Known([], ["hris:17"]), true),
        ("somebody else", Known(["egon@acme.example"], ["okta:00egon", "hris:18"]), false),
        ("an address that looks the same", Known(["d\u0430na@acme.example"], ["okta:00fake"]), false),
        ("the same id at another connection", Known(["x@acme.example"], ["google:00dana"]), false),
        ("nobody", PersonIdentity.Nobody, false),
    ];

    [Fact]
    public void Excludes_EveryRelationByEveryLink_ExactlyWhoeverIsInvolved()
    {
        var who = Known(["dana@acme.example", "dana.long@acme.example"], ["okta:00dana", "entra:e-dana", "hris:17"]);
        var cases = 0;
        foreach (var active in new[] { true, false })
        {
            // For each relation: not there, or there by one of the links.
            foreach (var chosen in Combinations(Relations.Length, Links.Length + 1, most: 2))
            {
                var there = chosen.Select((link, relation) => (Code: Relations[relation], Link: link)).Where(one => one.Link > 0).Select(one => (one.Code, Link: Links[one.Link - 1])).ToList();
                var parties = there.Where(one => one.Code != "decided_already").Select(one => new Party(one.Code, one.Code, one.Link.Who)).ToList();
                var seated = there.Where(one => one.Code == "decided_already").Select(one => one.Link.Who).ToList();

                var refusal = Separation.Excludes(Approver(active), who, parties, seated);

                var expected = active ? there.Find(one => one.Link.Same).Code : "not_an_approver";
                Assert.True(expected == refusal?.Code, $"active {active}, {string.Join(", ", there.Select(one => $"{one.Code} is {one.Link.Name}"))}: {refusal?.Code ?? "allowed"}");
                cases++;
            }
        }

        Assert.True(cases > 1000, $"{cases} cases");
    }

    [Fact]
    public void Quorum_EverySeatsAndEveryPeople_IsFilledExactlyWhenTheyCanSitDown()
    {
        var most = int.Parse(Environment.GetEnvironmentVariable("SIIT_IAM_SEATED") ?? "2", CultureInfo.InvariantCulture);
        string[] words = ["any", "group:a", "group:b", "manager", "owner"];
        // Each person: in which of the groups, the manager, an owner.
        var kinds = Enumerable.Range(0, 16).ToList();
        var people = Enumerable.Range(1, most).SelectMany(count => Multisets(kinds, count)).ToList();
        var cases = 0;
        foreach (var seats in Enumerable.Range(1, 4).SelectMany(count => Multisets([0, 1, 2, 3, 4], count)))
        {
            foreach (var set in people)
            {
                var takers = set.Select((kind, n) => new SeatTaker($"p{n}", [.. Groups.Where((_, group) => (kind & (1 << group)) != 0)])).ToList();
                var quorumSeats = seats.Select(seat => ApprovalRule.SeatOf(words[seat])! with { Holders = Holders(words[seat], set) }).ToList();
                for (var needed = 1; needed <= seats.Length; needed++)
                {
                    var expected = CanSit([.. seats.Select(seat => words[seat])], set, needed);
                    Assert.True(
                        expected == new Quorum("r", quorumSeats, needed).IsFilledBy(takers),
                        $"{needed} of {string.Join(", ", seats.Select(seat => words[seat]))} by people {string.Join(", ", set)}: expected {expected}");
                    cases++;
                }
            }
        }

        Assert.True(cases >= 50_000, $"{cases} cases");
    }

    private static List<string> Holders(string word, int[] people) => word switch
    {
        "manager" => [.. people.Select((kind, n) => (kind, n)).Where(one => (one.kind & 4) != 0).Select(one => $"p{one.n}")],
        "owner" => [.. people.Select((kind, n) => (kind, n)).Where(one => (one.kind & 8) != 0).Select(one => $"p{one.n}")],
        _ => [],
    };

    /// <summary>Person after person sits down somewhere, or nowhere.</summary>
    private static bool CanSit(string[] seats, int[] people, int needed)
    {
        return Next(0, 0, []);

        bool Next(int person, int taken, HashSet<string> labels)
        {
            if (labels.Count >= needed)
                return true;
            if (person == people.Length)
                return false;
            for (var seat = 0; seat < seats.Length; seat++)
            {
                if ((taken & (1 << seat)) != 0)
                    continue;
                foreach (var label in Labels(seats[seat], people[person]).Where(label => !labels.Contains(label)))
                {
                    if (Next(person + 1, taken | (1 << seat), [.. labels, label]))
                        return true;
                }
            }

            return Next(person + 1, taken, labels);
        }
    }

    private static IEnumerable<string> Labels(string seat, int kind)
    {
        if (seat is "any" or "group:a" && (kind & 1) != 0)
            yield return "a";
        if (seat is "any" or "group:b" && (kind & 2) != 0)
            yield return "b";
        if (seat == "manager" && (kind & 4) != 0)
            yield return "the manager";
        if (seat == "owner" && (kind & 8) != 0)
            yield return "an owner";
    }

    /// <summary>Every way to choose one of so many for each, with at most <paramref name="most"/> that are not the first.</summary>
    private static IEnumerable<int[]> Combinations(int length, int choices, int most)
    {
        if (length == 0)
            return [[]];
        return Combinations(length - 1, choices, most).SelectMany(rest => Enumerable.Range(0, choices)
            .Where(choice => choice == 0 || rest.Count(one => one != 0) < most).Select(choice => (int[])[.. rest, choice]));
    }

    private static IEnumerable<int[]> Multisets(IReadOnlyList<int> of, int count) => count == 0
        ? [[]]
        : Multisets(of, count - 1).SelectMany(rest => of.Where(one => rest.Length == 0 || one >= rest[^1]).Select(one => (int[])[.. rest, one]));

    private static PersonIdentity Known(string[] addresses, string[] keys) => new(addresses.ToHashSet(), keys.ToHashSet());

    private static ApproverRecord Approver(bool active) => new()
    {
        Id = "ap_dana",
        Email = "dana@acme.example",
        Name = "Dana",
        Groups = ["a"],
        SealedSecret = "",
        EnrolledAt = default,
        RemovedAt = active ? null : DateTimeOffset.UnixEpoch,
    };
}
