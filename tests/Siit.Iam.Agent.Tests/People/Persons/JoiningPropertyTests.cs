using CsCheck;
using Siit.Iam.Agent.People.Copy;
using Siit.Iam.Agent.People.Persons;

namespace Siit.Iam.Agent.Tests.People.Persons;

/// <summary>What holds for every directory, however odd: small ones, so that everything meets everything.</summary>
public sealed class JoiningPropertyTests
{
    private static readonly string[] Connections = ["okta", "google", "entra"];

    private static readonly string[] Few = ["a@a.example", "b@a.example", "c@a.example", "d@a.example", "a@x.example", "b@a-alias.example", "nothing"];

    private static readonly Gen<string> Addresses = Gen.Int[0, Few.Length - 1].Select(n => Few[n]);

    private static readonly Gen<string> Accounts =
        from address in Addresses
        from extra in Gen.Int[0, 9]
        from other in Addresses
        from third in Addresses
        from day in Gen.Int[0, 6]
        from seen in Gen.Int[0, 6]
        select $"{address} seen={seen}" + extra switch
        {
            0 or 1 => $" alias={other}",
            2 or 3 => $" former={other}/{day}",
            4 => $" former={other}/{day} alias={third}",
            5 => " guest",
            6 => $" gone={day}",
            7 => $" login={other}",
            _ => "",
        };

    private static readonly Gen<string[]> Directories =
        from accounts in Accounts.Array[1, 9]
        from connections in Gen.Int[0, 2].Array[9]
        from records in Addresses.Array[0, 2]
        from decisions in Gen.Select(Gen.Bool, Gen.Int[0, 8], Gen.Int[0, 8], Addresses).Array[0, 2]
        select (string[])
        [
            .. accounts.Select((account, n) => $"{Connections[connections[n]]}:{n} {account}"),
            .. records.Select((address, n) => $"hris:{n} {address}"),
            .. decisions.Where(d => d.Item2 != d.Item3 && d.Item2 < accounts.Length && d.Item3 < accounts.Length)
                .Select(d => d.Item1 ? $"join {Name(d.Item2)} {Name(d.Item3)}" : $"split {Name(d.Item2)} from {Name(d.Item3)} at {d.Item4}"),
        ];

    private static readonly PersonRules Rules = Story.Rules(new PersonOptions
    {
        Domains = ["a.example"],
        DomainAliases = new Dictionary<string, string> { ["a-alias.example"] = "a.example" },
    });

    [Fact]
    public void Order_OfAccounts_DoesNotCount() => Gen.Select(Directories, Gen.Int).Sample((lines, seed) =>
    {
        var shuffled = lines.ToArray();
        new Random(seed).Shuffle(shuffled);
        Assert.Equal(Full(new Story(lines).Join(Rules)), Full(new Story(shuffled).Join(Rules)));
    }, iter: 2000);

    [Fact]
    public void Account_IsInAtMostOnePerson() => Directories.Sample(lines =>
    {
        var members = new Story(lines).Join(Rules).All.SelectMany(person => person.Accounts).Select(account => account.Key).ToList();
        Assert.Equal(members.Distinct().Count(), members.Count);
    }, iter: 2000);

    [Fact]
    public void UnrelatedAccount_ChangesNobodyElse() => Directories.Sample(lines =>
    {
        var before = new Story(lines).Join(Rules);
        var after = new Story([.. lines, "jumpcloud:new zoe@a.example alias=zz@a.example former=yy@a.example/4 seen=3"]).Join(Rules);
        Assert.Equal(Full(before), Full(after).Where(line => !line.StartsWith("jumpcloud:new", StringComparison.Ordinal)));
    }, iter: 2000);

    [Fact]
    public void WhatIsCertain_HasOneAccountAtAConnection() => Directories.Sample(lines =>
    {
        var story = new Story([.. lines.Where(line => !line.StartsWith("join", StringComparison.Ordinal))]);
        Assert.All(story.Join(Rules).All.Where(person => person.Conflicts.Count == 0), person =>
            Assert.Equal(person.Accounts.Count, person.Accounts.Select(account => account.Key.Connection).Distinct().Count()));
    }, iter: 2000);

    /// <summary>A person derived from the few accounts around it is the same as among all.</summary>
    [Fact]
    public void Neighbourhood_IsEnough() => Directories.Sample(lines =>
    {
        var story = new Story(lines);
        story.Records.Clear();
        var all = story.Join(Rules);
        var book = new AddressBook();
        var copies = Connections.ToDictionary(name => name, name => new ConnectionCopy(name, book));
        foreach (var account in story.Accounts)
            copies[account.Key.Connection].Set(account.Account);
        foreach (var (key, entry) in story.Entries.Where(found => found.Entry.GoneAt is null))
        {
            var near = new Neighbourhood(Rules, story.Decisions, Connections.ToHashSet(), null, wanted => () => story.Entries.First(found => found.Key == wanted).Entry);
            near.Add([key]);
            near.Grow(copies, book);
            var person = Joining.Of(near.Found, [], story.Decisions, Rules).Of(key)!;
            Assert.Equal(Full(all.Of(key)!), Full(person));

            var address = AddressKey.Of(entry.Found.Account.Email!);
            var at = new Neighbourhood(Rules, story.Decisions, Connections.ToHashSet(), null, wanted => () => story.Entries.First(found => found.Key == wanted).Entry);
            at.Ask([address]);
            at.Grow(copies, book);
            Assert.Equal(all.At(address).Select(Full).Order(StringComparer.Ordinal), Joining.Of(at.Found, [], story.Decisions, Rules).At(address).Select(Full).Order(StringComparer.Ordinal));
        }
    }, iter: 2000);

    private static IEnumerable<string> Full(JoinedPeople joined) => [.. joined.All.Select(Full).Order(StringComparer.Ordinal)];

    private static string Full(Person person) => $"{Story.Told(person)} ({person.Id}) gone {string.Join(',', person.Gone.Select(account => account.Key).Order(Comparer<AccountKey>.Create((a, b) => string.CompareOrdinal(a.ToString(), b.ToString()))))}"
        + $" {string.Join(',', person.Conflicts.Select(conflict => conflict.Id))}";

    /// <summary>Decisions name any account, whether it is there or not.</summary>
    private static string Name(int n) => $"{Connections[n % 3]}:{n}";
}
