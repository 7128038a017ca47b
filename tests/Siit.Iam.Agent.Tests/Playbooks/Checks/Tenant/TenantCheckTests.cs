using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Gate.Rules;
using Siit.Iam.Agent.Gate.StandingApprovals;
using Siit.Iam.Agent.Playbooks;
using Siit.Iam.Agent.Playbooks.Checks;
using Siit.Iam.Agent.Playbooks.Checks.Tenant;
using Siit.Iam.Agent.Playbooks.Format;

namespace Siit.Iam.Agent.Tests.Playbooks.Checks.Tenant;

/// <summary>Each code that only the organisation tells at least twice: a playbook, or the organisation, gets one fault, and exactly that is found.</summary>
public sealed class TenantCheckTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 26, 0, 0, 0, TimeSpan.Zero);

    private const string Whole = """
        schema: playbook/v1
        id: whole
        version: 1.0.0
        title: Everything that an organisation has to have
        owner: group:desk
        triggers:
          - idp: { event: membership.added, connection: okta, group: VPN Users }
            where: has(event.email)
            bind: { person: =event.email }
        inputs:
          person: { type: Person }
        policy:
          tools: [add_to_group, remove_from_group, add_application, clear_sessions, suspend_user, unsuspend_user]
          connections: [okta, jump]
          targets: { person: person == input.person }
          limits: { people: 1, writes: 9 }
          standing: SA-1
        steps:
          - id: agree
            approve: { approvers: two, timeout: PT4H, summary: x }
          - id: join
            do: add_to_group
            with: { person: =input.person, group: g-vpn, connection: okta }
          - id: tool
            do: add_application
            with: { person: =input.person, application: a-figma }
          - id: each
            foreach: { in: "['g-vpn', 'g-mail']", as: group, max: 2 }
            steps:
              - id: leave
                do: remove_from_group
                with: { person: =input.person, group: =group, connection: okta }
          - id: sessions
            do: clear_sessions
            with: { person: =input.person, connection: jump }
            unsupported: skip
          - id: hold
            do: suspend_user
            with: { person: =input.person }
          - id: back
            do: unsuspend_user
            with: { person: =input.person }
          - id: term
            wait: { for: days(3), wakeOn: { event: membership.removed, group: Mail } }
        """;

    public static TheoryData<string, string, string, string> Faults => new()
    {
        // code, what stands there, what stands there instead, part of the line that is pointed at
        { "PB013", "    unsupported: skip\n", "", "id: sessions" },
        { "PB013", "do: suspend_user\n    with: { person: =input.person }", "do: clear_sessions\n    with: { person: =input.person }", "id: hold" },
        { "PB016", "connections: [okta, jump]", "connections: [okta, jump, entra]", "connections: [okta" },
        { "PB016", "event: membership.added, connection: okta, group: VPN Users", "event: membership.added, connection: okto", "idp:" },
        { "PB026", "group: g-vpn,", "group: g-vnp,", "id: join" },
        { "PB026", "group: g-vpn,", "group: VPN Users,", "id: join" },
        { "PB026", "application: a-figma", "application: a-fgima", "id: tool" },
        { "PB026", "'g-mail']", "'g-male']", "id: leave" },
        { "PB026", "group: VPN Users }", "group: VPN Usres }", "idp:" },
        { "PB026", "group: Mail }", "group: Mial }", "id: term" },
        { "PB035", "standing: SA-1", "standing: SA-2", "standing:" },
        { "PB035", "id: whole", "id: another", "standing:" },
        { "PB035", "  - idp:", "  - manual: {}\n  - idp:", "- manual" },
        { "PB036", "owner: group:desk", "owner: group:dask", "owner:" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void Check_OneFaultOfTheFile_FindsIt(string code, string there, string instead, string pointsAt)
    {
        Assert.Contains(there, Whole, StringComparison.Ordinal);
        var at = Whole.IndexOf(there, StringComparison.Ordinal);
        var text = Whole[..at] + instead + Whole[(at + there.Length)..];

        var findings = Check(text, Known());

        Assert.Equal([code], findings.Select(finding => finding.Code).Distinct());
        var line = text[..text.IndexOf(pointsAt, StringComparison.Ordinal)].Count(letter => letter == '\n') + 1;
        Assert.Contains(findings, finding => finding.Line == line);
    }

    [Fact]
    public void Check_Whole_HasNoFinding() => Assert.Empty(Check(Whole, Known()));

    [Fact]
    public void Check_OneFaultOfTheOrganisation_FindsIt()
    {
        (string Code, string Says, Severity Severity, TenantKnown Known)[] faults =
        [
            ("PB013", "'suspend_user' does not exist at okta, which this run may reach", Severity.Warning, Known() with { Connections = [Okta with { Supports = action => action.Name != "suspend_user" }, Jump] }),
            ("PB013", "'suspend_user' does not exist at okta, jump (jumpcloud).", Severity.Error, Known() with { Connections = [Okta with { Supports = action => action.Name != "suspend_user" }, Jump with { Supports = action => action.Name is not ("suspend_user" or "clear_sessions") }] }),
            ("PB026", "It is not known yet whether there is a group 'g-vpn': okta has not been read.", Severity.Warning, Known() with { Connections = [Okta with { Groups = new(() => null) }, Jump] }),
            ("PB026", "There is no application 'a-figma' at okta, jump.", Severity.Error, Known() with { Connections = [Okta with { Applications = Things() }, Jump] }),
            ("PB031", "'agree' needs two approvers from distinct groups, and there are 2 in 1 group: nobody could decide.", Severity.Error, Known() with { Approvers = [new SeatTaker("a", ["desk"]), new SeatTaker("b", ["desk"])] }),
            ("PB031", "'suspend_user' needs one approver, and there are 0 in 0 groups: nobody could decide.", Severity.Error, Known() with { Approvers = [] }),
            ("PB031", "The rule 'board' asks for an approver of the group 'board'", Severity.Error, Gate(options => options.ApprovalRules = [new ApprovalRule { Name = "board", Playbooks = ["whole"], Seats = ["group:board"] }])),
            ("PB035", "has expired at 2026-11-25 00:00Z", Severity.Error, Gate(options => options.StandingApprovals[0].Expires = Now.AddDays(-1))),
            ("PB035", "does not cover 'unsuspend_user'", Severity.Warning, Gate(options => options.StandingApprovals[0].Actions.Remove("unsuspend_user"))),
            ("PB035", "A run can reach 1 people", Severity.Warning, Gate(options => options.StandingApprovals[0].MaxPeople = 0)),
            ("PB036", "No approver is in the group 'desk'", Severity.Warning, Known() with { Approvers = [new SeatTaker("a", ["it"]), new SeatTaker("b", ["security"])] }),
        ];
        foreach (var (code, says, severity, known) in faults)
        {
            var findings = Check(Whole, known);
            Assert.Contains(findings, finding => finding.Code == code && finding.Severity == severity && finding.Message.Contains(says, StringComparison.Ordinal));
            Assert.True(findings.All(finding => finding.Code == code || (code == "PB031" && finding.Code == "PB036")), string.Join('\n', findings));
        }
    }

    public static TheoryData<string, string?, bool, string, string> SeatFaults => new()
    {
        // seats, why nobody is an owner (null: somebody is), whether it is an error, what is told
        { "seats: [\"group:dask\"]", null, true, "'agree' asks for an approver of the group 'dask', and nobody is in it.", "Did you mean 'desk'?" },
        { "seats: [owner], fallback: securty", null, true, "'agree' asks for an approver of the group 'securty', and nobody is in it.", "Did you mean 'security'?" },
        { "seats: [owner]", "okta names no owner", true, "'agree' asks the owner of the group 'g-vpn' at okta, and nobody could be that: okta names no owner.", "Or give a 'fallback'." },
        { "seats: [owner], fallback: desk", "okta names no owner", false, "and nobody could be that: okta names no owner.", "Until then the group 'desk' is asked." },
        { "seats: [manager]", "no source", true, "'agree' asks the manager, and gate:standingSource does not say where", "Name a connection there" },
    };

    [Theory]
    [MemberData(nameof(SeatFaults))]
    public void Check_SeatThatNobodyCouldTake_IsFound(string seats, string? why, bool isError, string says, string hint)
    {
        var known = Gate(options => options.StandingSource = why == "no source" ? null : "okta") with
        {
            Owners = new Dictionary<OwnedThing, KnownOwners> { [new("okta", false, "g-vpn")] = new(why is null ? ["a"] : [], why) },
        };
        var text = Whole.Replace("approvers: two", seats, StringComparison.Ordinal);

        var found = Assert.Single(Check(text, known), finding => finding.Code == "PB039");

        Assert.Equal(isError, found.Severity == Severity.Error);
        Assert.Contains(says, found.Message, StringComparison.Ordinal);
        Assert.Contains(hint, found.Hint, StringComparison.Ordinal);
        // Whoever publishes it is out: what only they own, nobody else could agree to.
        Assert.Equal(isError, TenantCheck.DecidersOf(Read(text), known).Count > 0);
        Assert.NotEmpty(TenantCheck.DecidersOf(Read(Whole.Replace("approvers: two", "seats: [owner]", StringComparison.Ordinal)), known with { Approvers = [.. known.Approvers.Where(approver => approver.Id != "a")] }));
    }

    [Fact]
    public void Check_ThingThatIsNotThere_SuggestsWhatIsMeant()
    {
        Assert.Contains(Check(Whole.Replace("group: g-vpn,", "group: VPN Users,", StringComparison.Ordinal), Known()), finding => finding.Hint == "It is named by its id: g-vpn.");
        Assert.Contains(Check(Whole.Replace("group: g-vpn,", "group: Mial,", StringComparison.Ordinal), Known()), finding => finding.Hint == "Did you mean 'Mail' (g-mail)?");
        Assert.Contains(Check(Whole.Replace("application: a-figma", "application: a-figam", StringComparison.Ordinal), Known()), finding => finding.Hint == "Did you mean 'a-figma'?");
    }

    [Fact]
    public void Capability_OfAConnectionCalledLikeItsIdp_IsKnownFromTheFileAlone()
    {
        KnownConnection[] idps = [new("jumpcloud", "jumpcloud", action => action.Name != "clear_sessions"), new("okta", "okta", _ => true)];
        var named = Whole.Replace("    unsupported: skip\n", "", StringComparison.Ordinal).Replace("connection: jump }", "connection: jumpcloud }", StringComparison.Ordinal).Replace("[okta, jump]", "[okta, jumpcloud]", StringComparison.Ordinal);

        var found = Assert.Single(CapabilityCheck.Of(Read(named), idps, everyConnection: false));
        Assert.Equal(("PB013", Severity.Error), (found.Code, found.Severity));
        Assert.Empty(CapabilityCheck.Of(Read(named.Replace("connection: jumpcloud }", "connection: okta }", StringComparison.Ordinal)), idps, everyConnection: false));
    }

    private static KnownConnection Okta => new("okta", "okta", _ => true) { Groups = Things(("g-vpn", "VPN Users"), ("g-mail", "Mail")), Applications = Things(("a-figma", "Figma")) };

    private static KnownConnection Jump => new("jump", "jumpcloud", action => action.Name != "clear_sessions") { Groups = Things(), Applications = Things() };

    private static Lazy<IReadOnlyList<KnownThing>?> Things(params (string Id, string Name)[] things) => new(() => [.. things.Select(thing => new KnownThing(thing.Id, thing.Name))]);

    private static TenantKnown Known() => new()
    {
        Connections = [Okta, Jump],
        Approvers = [new SeatTaker("a", ["desk"]), new SeatTaker("b", ["security"])],
        Gate = new GateOptions
        {
            StandingApprovals =
            [
                new StandingApproval
                {
                    Id = "SA-1", Actions = ["suspend_user", "unsuspend_user", "add_application"], Triggers = ["idp"], Playbooks = ["whole"], MaxPeople = 1, MaxPerDay = 5, Owner = "desk", Expires = Now.AddDays(9),
                },
            ],
        },
        Now = Now,
    };

    private static TenantKnown Gate(Action<GateOptions> change)
    {
        var known = Known();
        change(known.Gate);
        return known;
    }

    private static IReadOnlyList<Finding> Check(string text, TenantKnown known) => TenantCheck.Check(Read(text), known);

    private static Playbook Read(string text)
    {
        var reading = PlaybookReader.Read(PlaybookFile.Of("whole.yaml", text));
        Assert.True(reading.Playbook is not null, string.Join('\n', reading.Findings));
        return reading.Playbook;
    }
}
