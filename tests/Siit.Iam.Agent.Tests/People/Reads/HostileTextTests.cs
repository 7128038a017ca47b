using System.Text.Json.Nodes;
using CsCheck;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.People.Reads;

/// <summary>What people type into a directory does not move a cursor, turn text around or hide in an answer.</summary>
public sealed class HostileTextTests
{
    private static readonly string[] Pieces =
        ["\u202E", "\u2066", "\u200B", "\u200F", "\uFEFF", "\u001B[31m", "\r\n", "\0", "\u0085", "\u2028", "\uDB40\uDC41", "\uD800", "\u00AD", "Ana", "\u0430", "\"", "\\", "<b>", " ", new('x', 300)];

    private static readonly Gen<string> Hostile = Gen.Int[0, Pieces.Length - 1].Array[1, 6].Select(chosen => string.Concat(chosen.Select(piece => Pieces[piece])));

    [Fact]
    public void Shown_OfAnything_HoldsNothingHidden() => Hostile.Sample(text =>
    {
        Assert.Null(HiddenText.First(LookAlikes.InName(text)));
        Assert.Null(HiddenText.First(LookAlikes.InAddress(text)));
    });

    [Fact]
    public async Task Answer_OfHostileDirectory_HoldsNothingHidden()
    {
        var okta = new CopiedIdp("okta");
        for (var number = 0; number < 2 * Pieces.Length; number++)
        {
            var (name, address, more) = (Piece(number) + Piece(number / 2), Piece(number + 1), Piece(number * 3) + "Ana" + Piece(number + 7));
            okta.With($"00u{number}", "Ana " + name, $"ana{address}@acme.example", more: account => account with
            {
                Aliases = [more],
                Account = account.Account with { Department = more, Title = name, Manager = address, ManagedBy = more, VendorStatus = name, DisplayName = "Ana " + name },
            });
            okta.WithGroup($"g{number}", "Ana " + more, "00u0");
            okta.WithApplication($"a{number}", "Ana " + more, groups: [$"g{number}"]);
            okta.WithRole($"r{number}", name, groups: [$"g{number}"]);
        }

        await using var world = await ReadsWorld.StartAsync(okta);
        for (var number = 0; number < Pieces.Length; number++)
            okta.Log(new FeedEvent { Id = $"e{number}", Time = DateTimeOffset.UnixEpoch, Kind = LifecycleKind.AccountUpdated, Account = "00u0", Actor = Piece(number), ObjectName = Piece(number), Fields = [Piece(number)], VendorType = "x" });
        await world.SyncAsync("okta");
        var caller = await world.CallerAsync();
        foreach (var (action, input) in new (string, (string, JsonNode)[])[]
        {
            ("find_person", [("person", "Ana")]), ("find_person", [("person", "00u0")]), ("find_person", [("person", "anx@acme.example")]),
            ("find_group", [("limit", 100)]), ("find_application", [("limit", 100)]), ("list_members", [("group", "g1")]), ("list_events", [("limit", 100)]),
        })
        {
            var answer = await world.AskAsync(caller, action, input);
            Assert.Contains(answer, entry => entry.Value is JsonArray { Count: > 3 } || entry.Key is "accounts" or "members");
            Assert.All(Texts(answer), text => Assert.True(HiddenText.First(text) is null, $"{action}: {answer.ToJsonString()}"));
        }

        Assert.All(
            (await world.Get<Siit.Iam.Agent.People.Reads.ImportReviews>().OfAsync(["okta"], CancellationToken.None)).Connections.SelectMany(part => part.LeftOver).SelectMany(left => left.Some),
            text => Assert.Null(HiddenText.First(text)));
    }

    private static string Piece(int number) => Pieces[number % Pieces.Length];

    private static IEnumerable<string> Texts(JsonNode? node) => node switch
    {
        JsonObject all => all.SelectMany(entry => Texts(entry.Value).Append(entry.Key)),
        JsonArray list => list.SelectMany(Texts),
        JsonValue value when value.TryGetValue<string>(out var text) => [text],
        _ => [],
    };
}
