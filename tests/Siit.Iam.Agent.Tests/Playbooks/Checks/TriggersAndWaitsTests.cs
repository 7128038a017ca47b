using Siit.Iam.Agent.Playbooks;
using Siit.Iam.Agent.Playbooks.Checks;
using Siit.Iam.Agent.Playbooks.Format;

namespace Siit.Iam.Agent.Tests.Playbooks.Checks;

/// <summary>Each code of triggers and of steps that take their time at least twice: one fault is put in, and exactly that is found, at its line.</summary>
public sealed class TriggersAndWaitsTests
{
    /// <summary>Has one of everything that <see cref="PlaybookReaderTests"/> has not.</summary>
    private const string Whole = """
        schema: playbook/v1
        id: whole
        version: 1.0.0
        title: One of everything else
        owner: group:it-identity
        triggers:
          - manual
          - prompt: { name: whole_thing, description: Do it }
          - request: { form: whole-form }
            bind: { person: =request.requester }
          - overdue: { form: whole-form, after: PT15M }
            bind: { person: =request.requester, days: 3 }
          - hris: { date: end, offset: -P3D, at: "17:00", zone: person, catchUp: P7D }
            where: has(employee.employment_type) && employee.employment_type == 'contractor'
            bind: { person: =employee.work_email, days: 3, who: =employee }
          - hris: { event: department_changed }
            where: has(event.after)
            bind: { person: =employee.work_email, days: 3, note: =event.after }
          - idp: { event: membership.added, connection: okta, group: VPN Users }
            where: has(event.email)
            bind: { person: =event.email, days: 3, group: =event.object }
          - schedule: { cron: "0 7 * * MON", zone: Europe/Paris }
            bind: { person: ana@acme.example, days: 3 }
        inputs:
          person: { type: Person }
          days: { type: int, min: 1, max: 90 }
          group: { type: string, max: 100, default: none }
          note: { type: string, trust: untrusted, optional: true }
          who: { type: Employee, optional: true }
        policy:
          tools: [add_to_group, remove_from_group, suspend_user, unsuspend_user, reset_mfa]
          targets: { person: person == input.person }
          limits: { people: 1, writes: 8 }
          daily: { people: 5, percent: 2 }
          concurrency: { key: =input.person, mode: queue }
          preempts: true
        steps:
          - id: known
            require: has(input.note) && has(input.who)
          - id: agree
            approve: { approvers: one, timeout: PT4H, summary: "${input.who.work_email}: ${input.note}" }
          - id: factors
            do: reset_mfa
            with: { person: =input.person }
            undo: none
            because: Enrolment starts over
          - id: both
            parallel:
              join:
                - id: member
                  do: add_to_group
                  with: { person: =input.person, group: =input.group }
                  undo: inverse
              hold:
                - id: suspend
                  do: suspend_user
                  with: { person: =input.person }
                  undo: { do: unsuspend_user, with: { person: =input.person } }
          - id: each
            foreach: { in: "['a', 'b']", as: word, max: 2, parallel: 2, onError: continue, maxFailures: 1 }
            steps:
              - id: fit
                require: word != 'b'
                else: skip
              - id: more
                do: add_to_group
                with: { person: =input.person, group: =word }
                undo: inverse
            yield: =word
          - id: renew
            ask:
              of: =input.person
              text: Again?
              answers: { again: { enum: ['yes', 'no'] } }
              timeout: P2D
              default: { again: 'no' }
          - id: which
            choose:
              - when: steps.renew.again == 'yes'
                steps: []
                yield: longer
              - else: true
                steps: []
                yield: "${string(size(steps.each.values))} and ${steps.member.state}"
          - id: term
            wait:
              for: days(input.days)
              wakeOn: { event: membership.removed, group: =input.group }
          - id: leave
            do: remove_from_group
            with: { person: =input.person, group: =input.group }
            undo: none
            because: The term is over
          - id: kit
            request: { for: =input.person, text: "Look at ${steps.which.value}" }
          - id: told
            notify: { to: =input.person, template: "Opened ${steps.kit.id}, woken ${string(steps.term.woken)}." }
        onFailure: compensate
        """;

    public static TheoryData<string, string, string, string> Faults => new()
    {
        // code, what stands there, what stands there instead, part of the line that is pointed at
        { "PB002", "offset: -P3D", "offset: -PT3H", "offset" },
        { "PB002", "at: \"17:00\"", "at: \"25:00\"", "25:00" },
        { "PB002", "event: department_changed", "event: departement_changed", "departement" },
        { "PB002", "event: membership.added, connection", "event: member.added, connection", "member.added" },
        { "PB002", "mode: queue", "mode: line", "mode: line" },

        { "PB014", "bind: { person: =event.email, days: 3, group: =event.object }", "bind: { person: =event.email, group: =event.object }", "idp:" },
        { "PB014", "bind: { person: ana@acme.example, days: 3 }", "bind: { person: ana@acme.example, days: three }", "days: three" },
        { "PB014", "days: 3, who: =employee }", "days: 3, who: =employee, whom: =employee }", "whom" },
        { "PB014", "days: 3, who: =employee }", "days: 3, who: =employee.status }", "employee.status" },
        { "PB014", "trust: untrusted, optional: true", "optional: true", "note: =event.after" },

        { "PB015", "  - hris: { event: department_changed }", "  - hris: { event: department_changed, date: end }", "date: end }" },
        { "PB015", "  - hris: { event: department_changed }", "  - hris: { event: department_changed, at: \"17:00\" }", "department_changed, at" },
        { "PB015", "zone: Europe/Paris", "zone: Europe/Pariss", "Pariss" },
        { "PB015", "cron: \"0 7 * * MON\"", "cron: \"0 7 * * MOON\"", "MOON" },
        { "PB015", "cron: \"0 7 * * MON\"", "cron: \"0 7 31 2 *\"", "31 2" },
        { "PB015", "zone: Europe/Paris", "zone: person", "schedule" },
        { "PB015", "  - manual\n", "  - manual\n  - manual: {}\n", "manual: {}" },
        { "PB015", "  - prompt: {", "  - manual: {}\n    prompt: {", "- manual: {}" },
        { "PB015", "event: membership.added, connection: okta, group: VPN Users", "event: membership.added, connection: okta, application: Figma", "application: Figma" },
        { "PB015", "  - manual\n", "  - manual: {}\n    where: 1 == 1\n", "where: 1" },

        { "PB002", "notify: { to: =input.person", "notify: { to: ana@acme.example", "notify:" },
        { "PB021", "notify: { to: =input.person", "notify: { to: =input.days", "notify:" },
        { "PB021", "bind: { person: =request.requester, days: 3 }", "bind: { person: =request.requestr, days: 3 }", "requestr," },
        { "PB022", "where: has(event.email)\n", "where: has(event.actor)\n", "person: =event.email" },

        { "PB025", "${steps.member.state}", "${steps.more.state}", "steps.more" },

        { "PB031", "        steps: []\n        yield: longer\n", "        steps: [{ id: now, do: unsuspend_user, with: { person: =input.person }, undo: inverse }]\n        yield: longer\n", "id: now" },
        { "PB031", "  - id: which\n", "  - id: fine\n    require: steps.renew.again == 'yes'\n  - id: again\n    do: unsuspend_user\n    with: { person: =input.person }\n    undo: inverse\n  - id: which\n", "    do: unsuspend_user\n" },

        { "PB032", "      timeout: P2D\n", "", "of: =input.person" },
        { "PB032", "      default: { again: 'no' }\n", "", "ask:" },

        { "PB033", "default: { again: 'no' }", "default: { again: 'perhaps' }", "perhaps" },
        { "PB033", "answers: { again: { enum: ['yes', 'no'] } }", "answers: { again: { enum: ['yes', 'no'] }, other: { choice: \"['a']\" } }", "other:" },

        { "PB034", "  - id: agree\n", "  - id: early\n    do: reset_mfa\n    with: { person: =input.person }\n    undo: none\n    because: x\n  - id: agree\n", "do: reset_mfa" },
        { "PB034", "  - id: agree\n", "  - id: perhaps\n    choose:\n      - when: input.days > 3\n        steps: [{ id: ok, approve: { approvers: one, timeout: PT1H, summary: x } }]\n      - else: true\n        steps: []\n  - id: early\n    do: reset_mfa\n    with: { person: =input.person }\n    undo: none\n    because: x\n  - id: agree\n", "do: reset_mfa" },

        { "PB053", "      hold:\n        - id: suspend\n          do: suspend_user\n          with: { person: =input.person }\n          undo: { do: unsuspend_user, with: { person: =input.person } }\n", "", "parallel:" },
        { "PB053", "    require: has(input.note) && has(input.who)\n", "    require: has(input.note) && has(input.who)\n    else: skip\n", "else: skip" },
        { "PB053", "  - id: agree\n", "  - id: agree\n    else: skip\n", "else: skip" },
        { "PB053", "onError: continue, maxFailures: 1", "maxFailures: 1", "maxFailures" },

        { "PB054", "        yield: longer\n", "", "choose:" },
        { "PB054", "        yield: longer\n", "        yield: 3\n", "choose:" },

        { "PB055", "      for: days(input.days)\n", "", "wait:" },
        { "PB055", "      for: days(input.days)\n", "      for: days(input.days)\n      until: run.now\n", "wait:" },
        { "PB055", "wakeOn: { event: membership.removed, group", "wakeOn: { event: assignment.removed, group", "wakeOn" },

        { "PB055", "for: days(input.days)", "for: days(-30)", "for: days" },
        { "PB055", "for: days(input.days)", "for: duration('0s')", "for: duration" },

        { "PB060", "        with: { person: =input.person, group: =word }\n        undo: inverse\n", "        with: { person: =input.person, group: =word }\n", "do: add_to_group\n        with: { person: =input.person, group: =word }" },
        { "PB060", "    undo: none\n    because: The term is over\n", "", "do: remove_from_group" },

        { "PB011", "suspend_user, unsuspend_user, reset_mfa]", "suspend_user, reset_mfa]", "undo: { do: unsuspend_user" },
        { "PB061", "undo: { do: unsuspend_user, with: { person: =input.person } }", "undo: { do: add_to_group, with: { person: =input.person } }", "undo: { do: add_to_group" },

        { "PB070", "writes: 8", "writes: 4", "writes: 4" },

        { "PB073", "key: =input.person", "key: =input.days", "key: =input.days" },
        { "PB073", "daily: { people: 5, percent: 2 }", "daily: { people: 0 }", "daily:" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void Read_OneFault_FindsIt(string code, string there, string instead, string pointsAt)
    {
        Assert.Contains(there, Whole, StringComparison.Ordinal);
        var at = Whole.IndexOf(there, StringComparison.Ordinal);
        var text = Whole[..at] + instead + Whole[(at + there.Length)..];

        var reading = PlaybookReader.Read(PlaybookFile.Of("whole.yaml", text));

        Assert.True(reading.Findings.Count > 0, "Nothing was found.");
        Assert.Equal([code], reading.Findings.Select(finding => finding.Code).Distinct());
        var line = text[..text.IndexOf(pointsAt, StringComparison.Ordinal)].Count(letter => letter == '\n') + 1;
        Assert.Contains(reading.Findings, finding => finding.Line == line);
    }

    [Fact]
    public void Read_Whole_HasNoFinding()
    {
        var reading = PlaybookReader.Read(PlaybookFile.Of("whole.yaml", Whole));

        Assert.Empty(reading.Findings);
        Assert.Equal(new PlaybookBound(1, 6) { Groups = 3 }, reading.Playbook!.Bound);
        Assert.Equal(8, reading.Playbook.Triggers.Count);
    }

    [Fact]
    public void Codes_OfTheChecker_AreAllExplained()
    {
        var said = Directory.EnumerateFiles(Path.Combine(ShippedPlaybooksTests.Folder, "..", "src", "Siit.Iam.Agent", "Playbooks"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.EndsWith("Codes.cs", StringComparison.Ordinal))
            .SelectMany(file => System.Text.RegularExpressions.Regex.Matches(File.ReadAllText(file), "\"(PB[0-9]{3})\"").Select(match => match.Groups[1].Value))
            .Distinct().Order().ToList();

        Assert.Equal(said, Codes.All.Select(code => code.Id));
        var readme = File.ReadAllText(Path.Combine(ShippedPlaybooksTests.Folder, "REFERENCE.md"));
        Assert.All(said, code => Assert.Contains(code, readme, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("PB080", "{ playbook: other, version: ^1 }", "{ playbook: othre, version: ^1 }")]
    [InlineData("PB080", "{ playbook: other, version: ^1 }", "{ playbook: other, version: ^2 }")]
    [InlineData("PB080", "{ playbook: other, version: ^1 }", "{ playbook: other, version: 1.0.1 }")]
    [InlineData("PB081", "with: { person: =input.person, days: 3 }", "with: { days: 3 }")]
    [InlineData("PB081", "with: { person: =input.person, days: 3 }", "with: { person: =input.person, dasy: 3 }")]
    [InlineData("PB081", "with: { person: =input.person, days: 3 }", "with: { person: =input.person, days: =input.person }")]
    [InlineData("PB081", "with: { person: =input.person, days: 3 }", "with: { person: ana, days: 3 }")]
    [InlineData("PB081", "with: { person: =input.person, days: 3 }", "with: { person: =input.person, days: soon }")]
    [InlineData("PB081", "with: { person: =input.person, days: 3 }", "with: { person: =input.person, days: \"${input.person}\" }")]
    [InlineData("PB081", "tools: [find_person, clear_sessions]", "tools: [find_person]")]
    [InlineData("PB082", "call: { playbook: other, version: ^1 }", "call: { playbook: caller, version: ^1 }")]
    public void Load_CallThatDoesNotFit_IsFoundAndNotRun(string code, string there, string instead)
    {
        var folder = Directory.CreateTempSubdirectory("siit-calls-").FullName;
        File.WriteAllText(Path.Combine(folder, "other.yaml"), Small("other", "tools: [clear_sessions]", "- id: clear\n    do: clear_sessions\n    with: { person: =input.person }"));
        var caller = Small("caller", "tools: [find_person, clear_sessions]", "- id: leave\n    call: { playbook: other, version: ^1 }\n    with: { person: =input.person, days: 3 }");
        File.WriteAllText(Path.Combine(folder, "caller.yaml"), caller);
        Assert.DoesNotContain(PlaybookFolder.Load(folder).Findings, finding => finding.Severity == Severity.Error);

        Assert.Contains(there, caller, StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(folder, "caller.yaml"), caller.Replace(there, instead, StringComparison.Ordinal));
        var loaded = PlaybookFolder.Load(folder);

        Assert.Contains(loaded.Findings, finding => finding.Code == code && finding.Line == 16);
        Assert.Null(loaded.Find("caller"));
        Assert.NotNull(loaded.Find("other"));
    }

    [Fact]
    public void Load_PlaybooksThatCallEachOther_AreNotRun()
    {
        var folder = Directory.CreateTempSubdirectory("siit-calls-").FullName;
        foreach (var (id, other) in new[] { ("one", "two"), ("two", "one") })
            File.WriteAllText(Path.Combine(folder, id + ".yaml"), Small(id, "tools: [find_person]", $"- id: on\n    call: {{ playbook: {other}, version: ^1 }}\n    with: {{ person: =input.person, days: =input.days }}"));

        var loaded = PlaybookFolder.Load(folder);

        Assert.Equal(2, loaded.Findings.Count(finding => finding.Code == "PB082"));
        Assert.Empty(loaded.Playbooks);
    }

    private static string Small(string id, string tools, string steps) => $$"""
        schema: playbook/v1
        id: {{id}}
        version: 1.0.0
        title: A test
        owner: group:it-identity
        triggers: [manual]
        inputs:
          person: { type: Person }
          days: { type: int, default: 3 }
        policy:
          {{tools}}
          targets: { person: person == input.person }
          limits: { people: 1, writes: 1 }
        # Sixteen is the line of the first step.
        steps:
          {{steps}}
        """;
}
