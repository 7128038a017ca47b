using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Tests.Idps.Google;
using Siit.Iam.Agent.Tests.Support;
using Siit.Iam.Emulator.Common;

namespace Siit.Iam.Agent.Tests.Emulator.Google;

/// <summary>The emulated log: every change is in it, late when told to be, and a page is part of one moment's answer.</summary>
public sealed class GoogleLogTests
{
    [Fact]
    public async Task Log_WithADelay_ShowsEntriesLateAndOutOfOrder()
    {
        var time = new ManualTime();
        await using var world = await GoogleWorld.StartAsync(new EmulatorOptions { People = 30 }, time: time);
        var from = time.GetUtcNow() - TimeSpan.FromMinutes(1);
        world.Arrange("""{"logDelaySeconds": 600}""");
        for (var i = 0; i < 12; i++) await world.SendAsync("PUT", $"/users/{world.Id("ben")}", $$"""{"suspended":{{(i % 2 == 0 ? "true" : "false")}}}""");

        var seen = new List<string>();
        var appeared = new List<DateTimeOffset>();
        for (var minute = 0; minute < 11; minute++)
        {
            time.Advance(TimeSpan.FromMinutes(1));
            foreach (var entry in await EventsAsync(world, from))
            {
                if (seen.Contains(entry.Id)) continue;
                seen.Add(entry.Id);
                appeared.Add(entry.Time);
            }
        }

        Assert.Equal(12, seen.Count);
        Assert.NotEqual(appeared.Order(), appeared);
    }

    [Fact]
    public async Task Log_OfOneRequestThatChangesMuch_IsOneEntryWithItsEvents()
    {
        await using var world = await GoogleWorld.StartAsync(new EmulatorOptions { People = 30 });

        await world.SendAsync("PUT", $"/users/{world.Id("ben")}", """{"primaryEmail":"benno@acme.example","name":{"givenName":"Benno"},"suspended":true}""");

        Assert.Equal(["RENAME_USER", "CHANGE_FIRST_NAME", "SUSPEND_USER"], world.Google.State.Log[^1].Events.Select(one => one.Name));
        Assert.Equal(["ben@acme.example", "benno@acme.example", "benno@acme.example"], world.Google.State.Log[^1].Events.Select(one => one.Parameters["USER_EMAIL"]));
    }

    [Fact]
    public async Task Users_WithADeletedNamesake_AreFoundByAddress()
    {
        await using var world = await GoogleWorld.StartAsync(new EmulatorOptions { People = 30 });
        var former = world.Id("ben");
        await world.SendAsync("DELETE", $"/users/{former}");
        await world.SendAsync("POST", "/users", """{"primaryEmail":"ben@acme.example","name":{"givenName":"B","familyName":"N"},"password":"long-enough-1"}""");

        Assert.NotEqual(former, world.Id("ben"));
        Assert.DoesNotContain(world.Google.State.Assignments, one => one.AssignedTo == former);
    }

    private static async Task<IReadOnlyList<LoggedEvent>> EventsAsync(GoogleWorld world, DateTimeOffset from)
    {
        var all = new List<LoggedEvent>();
        string? cursor = null;
        do
        {
            var page = await world.Connection.ListEventsAsync(null, from, 100, cursor, CancellationToken.None);
            all.AddRange(page.Items);
            cursor = page.Next;
        }
        while (cursor is not null);
        return all;
    }
}
