using Siit.Iam.Agent.Playbooks;
using Siit.Iam.Agent.Playbooks.Checks;
using Siit.Iam.Agent.Playbooks.Format;

namespace Siit.Iam.Agent.Tests.Playbooks;

/// <summary>Each code at least twice: a playbook without a fault gets one fault, and exactly that is found, at its line.</summary>
public sealed class PlaybookReaderTests
{
    /// <summary>Has one of everything.</summary>
    private const string Whole = """
        schema: playbook/v1
        id: whole
        version: 1.0.0
        title: One of everything
        owner: group:it-identity
        triggers: [manual]
        inputs:
          person: { type: Person }
          connection: { type: string, max: 64 }
          size: { type: enum, values: [small, large] }
          note: { type: string, trust: untrusted, optional: true }
          ticket: { type: Request }
        policy:
          tools: [find_person, clear_sessions, suspend_user, remove_application, list_events]
          connections: [okta, okta-emea]
          targets: { person: person == input.person }
          limits: { people: 1, writes: 8 }
        vars:
          greeting: "Hello ${input.person}"
        steps:
          - id: found
            do: find_person
            with: { person: =input.person, connection: =input.connection }
          - id: account
            let: =steps.found.accounts[0]
          - id: sized
            require: input.size == 'small' && size(steps.found.accounts) > 0
            message: "${vars.greeting}"
          - id: think
            agent:
              goal: Say what to do.
              context: { text: =input.ticket.text }
              tools: [list_events]
              budget: { turns: 2, toolCalls: 1, tokens: 1000, time: PT1M }
              output:
                verdict: { enum: [yes_please, no_thanks] }
                why: { string: 100 }
                login: { choice: "steps.found.accounts.map(a, a.id)" }
              onInvalid: { then: fail }
              untrusted: [text]
          - id: agree
            approve: { approvers: one, timeout: PT4H, summary: "Suspend ${input.person}: ${steps.think.why}" }
          - id: sessions
            do: clear_sessions
            with: { person: =input.person, connection: okta }
            unsupported: skip
            undo: none
            because: Signing in again is harmless
          - id: apps
            foreach: { in: steps.account.value.applications, as: app, max: 5, onError: continue }
            steps:
              - id: unassign
                do: remove_application
                with: { person: =input.person, application: =app.id }
          - id: decide
            choose:
              - when: steps.think.verdict == 'yes_please'
                steps:
                  - id: suspend
                    do: suspend_user
                    with: { person: =input.person }
                    undo: inverse
              - else: true
                steps: []
          - id: tell
            notify: { template: "Done with ${string(steps.apps.ok)}." }
          - id: noted
            require: has(input.note) && input.note != ''
        outputs:
          failed: =steps.apps.failed
        """;

    public static TheoryData<string, string, string, string> Faults => new()
    {
        // code, what stands there, what stands there instead, part of the line that is pointed at
        { "PB001", "title: One of everything", "title: One: of everything", "title:" },
        { "PB001", "title: One of everything", "title: &t One of everything", "title:" },
        { "PB001", "title: One of everything", "title: *t", "title:" },
        { "PB001", "title: One of everything", "title: !!str One of everything", "title:" },
        { "PB001", "require: has(input.note) && input.note != ''", "require: !has(input.note) || input.note != ''", "require: !has" },
        { "PB001", "id: whole", "id: whole\nid: twice", "id: twice" },
        { "PB001", "id: whole", "<<: { id: whole }\nid: whole", "<<:" },
        { "PB001", "outputs:", "---\noutputs:", "---" },
        { "PB001", "Hello", "Hel\u202Elo", "greeting" },
        { "PB001", "schema: playbook/v1", "%YAML 1.2\n---\nschema: playbook/v1", "%YAML" },
        { "PB001", "{ person: =input.person, application: =app.id }", "{ person: =input.person, application: =app.id", "id: decide" },

        { "PB001", "title: One of everything", "title: One\u00A0of everything", "title:" },
        { "PB001", "    let: =steps.found", "\u00A0   let: =steps.found", "\u00A0   let" },

        { "PB002", "triggers:", "onFailrue: stop\ntriggers:", "onFailrue" },
        { "PB002", "owner: group:it-identity\n", "", "schema:" },
        { "PB002", "owner: group:it-identity", "owner: ana@acme.example", "owner:" },
        { "PB002", "version: 1.0.0", "version: 1.0", "version:" },
        { "PB002", "schema: playbook/v1", "schema: playbook/v2", "schema:" },
        { "PB002", "triggers: [manual]", "triggers: [{ manual: { hires: now } }]", "triggers:" },
        { "PB002", "triggers: [manual]", "triggers: [schedule]", "triggers:" },
        { "PB002", "timeout: PT4H", "timeout: 4h", "timeout: 4h" },
        { "PB002", "approvers: one", "approvers: 1", "approvers: 1" },
        { "PB002", "unsupported: skip", "unsuported: skip", "unsuported" },
        { "PB002", "approvers: one", "seats: [boss]", "seats: [boss]" },
        { "PB038", "approvers: one, ", "", "approve: {" },
        { "PB038", "approvers: one", "approvers: one, fallback: desk", "fallback: desk" },
        { "PB038", "approvers: one", "seats: [any], needed: 2", "needed: 2" },
        { "PB038", "approvers: one", "seats: [manager, manager]", "seats: [manager" },
        { "PB038", "approvers: one", "seats: [\"group:desk\"], fallback: it", "fallback: it" },
        { "PB038", "application: =app.id }\n", "application: =app.id }\n      - id: again\n        approve: { seats: [owner], timeout: PT1H, summary: x }\n", "id: again" },
        { "PB038", "  - id: noted\n", "  - id: last\n    approve: { seats: [manager], timeout: PT1H, summary: x }\n  - id: noted\n", "id: last" },
        { "PB002", "size: { type: enum, values: [small, large] }", "size: { type: enum }", "size:" },
        { "PB002", "max: 64 }", "max: 64, values: [a] }", "connection: { type" },
        { "PB002", "- id: tell\n", "- id: in\n", "id: in" },
        { "PB002", "      - else: true\n        steps: []\n", "      - steps: []\n", "- steps: []" },
        { "PB002", "  targets: { person: person == input.person }\n", "", "tools:" },

        { "PB003", "notify: {", "let: 1\n    notify: {", "notify: {" },
        { "PB003", "- id: tell", "- id: found", "- id: found\n    notify" },
        { "PB003", "require: has(input.note) && input.note != ''", "reqiure: has(input.note)", "id: noted" },
        { "PB003", "as: app, max: 5, onError: continue }\n    steps:\n      - id: unassign\n        do: remove_application\n        with: { person: =input.person, application: =app.id }", "as: steps, max: 5 }\n    steps:\n      - { id: unassign, do: remove_application, with: { person: =input.person, application: x } }", "as: steps" },

        { "PB010", "do: suspend_user", "do: user.supsend", "do: user" },
        { "PB010", "do: suspend_user", "do: supsend_user", "do: supsend_user" },
        { "PB010", "tools: [list_events]", "tools: [list_event]", "tools: [list_event]" },
        { "PB010", "tools: [find_person,", "tools: [find_persons, find_person,", "tools: [find_persons" },

        { "PB011", "do: clear_sessions", "do: revoke_grants", "do: revoke_grants" },
        { "PB011", "connection: okta }", "connection: entra }", "connection: entra" },

        { "PB012", "application: =app.id }", "app: =app.id, application: =app.id }", "app: =app.id" },
        { "PB012", ", application: =app.id }", " }", "do: remove_application" },
        { "PB012", "application: =app.id }", "application: =app.direct }", "application: =app.direct" },
        { "PB012", "application: =app.id }", "application: =app.id, request: REQ-1 }", "request: REQ-1" },
        { "PB012", "connection: okta }", "connection: okta, dry_run: true }", "dry_run" },

        { "PB012", "with: { person: =input.person, connection: okta }", "with: { person: Ana Lopes, connection: okta }", "Ana Lopes" },

        { "PB020", "application: =app.id", "application: app.id", "application: app.id" },
        { "PB020", "failed: =steps.apps.failed", "failed: steps.apps.failed", "failed:" },
        { "PB020", "Done with", "Done {{ input.size }} with", "template: \"Done" },
        { "PB020", "input.size == 'small' &&", "input.size == 'small' &", "require: input.size" },
        { "PB020", "let: =steps.found.accounts[0]", "let: =steps.found.accounts[0", "let:" },
        { "PB020", "\"Hello ${input.person}\"", "\"Hello ${input.person\"", "greeting" },

        { "PB021", "input.size == 'small' &&", "input.size &&", "require: input.size" },
        { "PB021", "size(steps.found.accounts) > 0", "size(steps.found.accounts) > 0.5", "require: input.size" },
        { "PB021", "${string(steps.apps.ok)}", "${steps.apps.ok}", "template: \"Done" },
        { "PB021", "failed: =steps.apps.failed", "failed: =steps.apps.faield", "failed:" },
        { "PB021", "let: =steps.found.accounts[0]", "let: =steps.fuond.accounts[0]", "let:" },
        { "PB021", "in: steps.account.value.applications", "in: input.person", "in: input.person" },

        { "PB022", "require: has(input.note) && input.note != ''", "require: input.note != ''", "require: input.note" },
        { "PB022", "require: has(input.note) && input.note != ''", "require: has(input.note) || input.note != ''", "require: has" },
        { "PB022", "a.id)", "a.email)", "a.email)" },

        { "PB023", "input.size == 'small'", "input.size == 'smal'", "require: input.size" },
        { "PB023", "steps.think.verdict == 'yes_please'", "steps.think.verdict in ['yes', 'no_thanks']", "when:" },

        { "PB024", "size(steps.found.accounts) > 0", "steps.found.accounts.all(a, steps.found.accounts.all(b, steps.found.accounts.all(c, a.id == b.id || b.id == c.id)))", "require: input.size" },
        { "PB024", "failed: =steps.apps.failed", "failed: =steps.found.accounts.map(a, steps.found.accounts.map(b, steps.found.accounts.map(c, a.id + b.id + c.id)))", "failed:" },

        { "PB025", "failed: =steps.apps.failed", "failed: =steps.suspend.state", "failed:" },
        { "PB025", "failed: =steps.apps.failed", "failed: =steps.unassign.state", "failed:" },
        { "PB025", "require: input.size == 'small'", "require: steps.apps.ok == 0 && input.size == 'small'", "require: steps.apps" },
        { "PB025", "failed: =steps.apps.failed", "failed: =steps.tell.sent", "failed:" },

        { "PB027", "size(steps.found.accounts) > 0", "size(steps.found.accounts) > 1 / 0", "require: input.size" },
        { "PB027", "require: has(input.note) && input.note != ''", "require: timestamp('2027-13-01') < timestamp('2027-12-01T00:00:00Z')", "require: timestamp" },

        { "PB030", "  - id: agree\n    approve: { approvers: one, timeout: PT4H, summary: \"Suspend ${input.person}: ${steps.think.why}\" }\n", "", "do: suspend_user" },
        { "PB030", "  - id: sessions\n", "  - id: again\n    do: find_person\n    with: { person: =input.person }\n  - id: decided\n    choose:\n      - when: size(steps.again.accounts) == 1\n        steps: [{ id: now, do: suspend_user, with: { person: =input.person } }]\n      - else: true\n        steps: []\n  - id: sessions\n", "id: now" },

        { "PB040", "      budget: { turns: 2, toolCalls: 1, tokens: 1000, time: PT1M }\n", "", "goal:" },
        { "PB040", "toolCalls: 1, ", "", "budget:" },
        { "PB040", "tools: [list_events]", "tools: [list_events, suspend_user]", "suspend_user]" },
        { "PB040", "onInvalid: { then: fail }", "onInvalid: { then: use, value: { verdict: perhaps, why: x, login: y } }", "onInvalid" },
        { "PB040", "onInvalid: { then: fail }", "onInvalid: { then: use }", "onInvalid" },

        { "PB041", "with: { person: =input.person, connection: =input.connection }\n", "with: { person: =input.person, connection: =input.connection }\n  - id: first\n    do: clear_sessions\n    with: { person: =input.ticket.text }\n", "person: =input.ticket.text" },
        { "PB041", "  - id: agree\n", "  - id: first\n    do: remove_application\n    with: { person: =input.person, application: =steps.think.why }\n  - id: agree\n", "application: =steps.think.why" },

        { "PB042", "untrusted: [text]", "untrusted: []", "context:" },
        { "PB042", "goal: Say what to do.", "goal: \"Say what to do: ${input.ticket.text}\"", "goal:" },
        { "PB042", "untrusted: [text]", "untrusted: [text, txet]", "untrusted:" },

        { "PB043", "goal: Say what to do.", "goal: Use ghp_16C7e42F292c6912E7710c838347Ae178B4a.", "goal:" },
        { "PB043", "greeting: \"Hello ${input.person}\"", "greeting: \"Hello ${input.person}, the password is Winter2026!\"", "greeting:" },

        { "PB050", "      - else: true\n        steps: []\n", "      - else: true\n        steps:\n          - id: stop\n            finish: { status: done }\n          - id: never\n            notify: { template: x }\n", "id: never" },
        { "PB050", "  - id: tell\n", "  - id: stop\n    finish: { status: done }\n  - id: tell\n", "id: tell" },

        { "PB051", "      - else: true\n", "      - when: steps.think.verdict == 'yes_please'\n        steps: []\n      - else: true\n", "- when: steps.think.verdict == 'yes_please'\n        steps: []" },
        { "PB051", "      - else: true\n", "      - when: steps.think.verdict == 'no_thanks'\n        steps: []\n      - else: true\n", "- else" },
        { "PB051", "require: has(input.note) && input.note != ''", "require: size('x') == 1", "require: size('x')" },

        { "PB052", "      - else: true\n        steps: []\n", "", "choose:" },
        { "PB052", "      - else: true\n        steps: []\n", "      - when: input.size == 'small'\n        steps: []\n", "choose:" },

        { "PB061", "    because: Signing in again is harmless\n", "", "undo: none" },
        { "PB061", "undo: inverse", "undo: { do: find_person }", "undo: { do" },
        { "PB061", "undo: none\n    because: Signing in again is harmless", "undo: inverse", "undo: inverse" },

        { "PB070", "writes: 8", "writes: 6", "writes: 6" },
        { "PB070", "targets: { person: person == input.person }", "targets: { person: \"person in [input.person, input.connection]\" }", "people: 1" },
        { "PB071", "max: 5, ", "", "foreach" },
        { "PB071", "foreach: { in: steps.account.value.applications, as: app, max: 5, onError: continue }", "foreach: { in: steps.account.value.applications, as: app }", "foreach" },
        { "PB072", "people: 1,", "people: 5000,", "people: 5000" },
        { "PB072", "writes: 8", "writes: 100000", "writes: 100000" },

        { "PB090", "tools: [find_person,", "tools: [deactivate_user, find_person,", "deactivate_user" },
        { "PB090", "message: \"${vars.greeting}\"", "message: Hello", "greeting:" },
        { "PB090", "    require: has(input.note) && input.note != ''", "    let: 1", "note:" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void Read_OneFault_FindsIt(string code, string there, string instead, string pointsAt)
    {
        Assert.Contains(there, Whole, StringComparison.Ordinal);
        var at = Whole.IndexOf(there, StringComparison.Ordinal);
        var text = Whole[..at] + instead + Whole[(at + there.Length)..];

        var reading = PlaybookReader.Read(PlaybookFile.Of("whole.yaml", text));

        Assert.Equal([code], reading.Findings.Select(finding => finding.Code).Distinct());
        Assert.Equal(reading.Findings[0].Severity == Severity.Warning, reading.Playbook is not null);
        Assert.All(reading.Findings, finding => Assert.False(string.IsNullOrWhiteSpace(finding.Message)));
        var line = text[..text.IndexOf(pointsAt, StringComparison.Ordinal)].Count(letter => letter == '\n') + 1;
        Assert.Contains(reading.Findings, finding => Math.Abs(finding.Line - line) <= (code == "PB001" ? 1 : 0));
    }

    [Fact]
    public void Read_Whole_HasNoFinding()
    {
        var reading = PlaybookReader.Read(PlaybookFile.Of("whole.yaml", Whole));

        Assert.Empty(reading.Findings);
        Assert.Equal(new PlaybookBound(1, 7) { Applications = 5 }, reading.Playbook!.Bound);
    }

    [Fact]
    public void Faults_EveryCode_IsThereTwice()
    {
        string[] codes =
        [
            "PB001", "PB002", "PB003", "PB010", "PB011", "PB012", "PB020", "PB021", "PB022", "PB023", "PB024", "PB025", "PB027", "PB030", "PB038",
            "PB040", "PB041", "PB042", "PB043", "PB050", "PB051", "PB052", "PB061", "PB070", "PB071", "PB072", "PB090",
        ];

        var seeded = Faults.Select(row => row.Data.Item1).ToLookup(code => code);

        Assert.All(codes, code => Assert.True(seeded[code].Count() >= 2, code));
    }

    [Fact]
    public void Read_ManyFaults_AreToldAtOnceInOrder()
    {
        var text = Whole.Replace("version: 1.0.0", "version: one", StringComparison.Ordinal)
            .Replace("do: suspend_user", "do: supsend_user", StringComparison.Ordinal)
            .Replace("input.size == 'small'", "input.size == 'smal'", StringComparison.Ordinal)
            .Replace("failed: =steps.apps.failed", "failed: =steps.apps.faield", StringComparison.Ordinal);

        var reading = PlaybookReader.Read(PlaybookFile.Of("whole.yaml", text));

        Assert.Null(reading.Playbook);
        Assert.Equal(["PB002", "PB023", "PB010", "PB021"], reading.Findings.Select(finding => finding.Code));
        Assert.Equal("Did you mean 'suspend_user'?", reading.Findings[2].Hint);
        Assert.Equal("Did you mean 'failed'?", reading.Findings[3].Hint);
    }

    [Fact]
    public void Read_ProblemInAnExpression_PointsAtItsLetter()
    {
        var text = Whole.Replace("application: =app.id }", "application: =app.idd }", StringComparison.Ordinal);

        var finding = Assert.Single(PlaybookReader.Read(PlaybookFile.Of("whole.yaml", text)).Findings);

        var line = text.Split('\n')[finding.Line - 1];
        Assert.Equal("idd }", line[(finding.Column - 1)..]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("# nothing")]
    [InlineData("- a list")]
    [InlineData("just text")]
    [InlineData("{}")]
    [InlineData("\0")]
    [InlineData("steps: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[")]
    public void Read_NoPlaybookAtAll_SaysSo(string text)
    {
        var reading = PlaybookReader.Read(PlaybookFile.Of("x.yaml", text));

        Assert.Null(reading.Playbook);
        Assert.Contains(reading.Findings, finding => finding.Severity == Severity.Error);
    }
}
