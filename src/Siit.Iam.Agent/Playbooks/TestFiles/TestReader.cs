using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Gate.Rehearsals;
using Siit.Iam.Agent.Playbooks.Checks;
using Siit.Iam.Agent.Playbooks.Format;
using Siit.Iam.Agent.Playbooks.Rehearsals;

namespace Siit.Iam.Agent.Playbooks.TestFiles;

/// <summary>From a test file to cases that can be walked, or to everything that is wrong with it at once.</summary>
internal sealed partial class TestReader
{
    public const string Ending = ".test.yaml";

    private readonly PlaybookFile _file;
    private readonly Report _report;

    private TestReader(PlaybookFile file) => (_file, _report) = (file, new Report(file));

    public static TestReading Read(string path)
    {
        var reader = new TestReader(PlaybookFile.Load(path));
        var found = reader.Read();
        return new TestReading(reader._report.HasErrors ? null : found, reader._report.Findings);
    }

    [GeneratedRegex(@"^([a-z_]+)(?:\[([1-9]\d{0,3})\])?$")]
    private static partial Regex Fault();

    private TestFile? Read()
    {
        if (new YamlReader(_file, _report).Read() is not { } tree)
            return null;
        new ShapeCheck(_report).Check(tree, TestShapes.File, "test");
        if (_report.HasErrors || Playbook(tree.Scalar("playbook")!) is not { } playbook || Directory(tree) is not { } directory)
            return null;
        var steps = RehearsedSteps.OfFile(playbook);
        var cases = tree.Sequence("cases")!.Items.Cast<YamlMapping>().Select(one => Case(one, playbook, steps, directory)).ToList();
        foreach (var twice in tree.Sequence("cases")!.Items.Cast<YamlMapping>().GroupBy(one => one.Text("name")).Where(same => same.Count() > 1))
            _report.Add("PB002", twice.Last(), $"There are two cases '{Report.Shown(twice.Key!)}'.", "Give one of them another name.");
        return new TestFile(_file.Path, playbook, cases);
    }

    /// <summary>By its id, beside this file or in the folder above; or by a path.</summary>
    private Playbook? Playbook(YamlScalar named)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(_file.Path))!;
        var path = new[] { named.Text, named.Text + ".yaml", Path.Combine("..", named.Text + ".yaml") }.Select(name => Path.GetFullPath(Path.Combine(folder, name))).FirstOrDefault(File.Exists);
        if (path is null)
        {
            _report.Add("PB002", named, $"There is no playbook '{Report.Shown(named.Text)}'.", "Name its id (its file lies beside the tests or in the folder above), or a path from here.");
            return null;
        }

        var reading = PlaybookReader.Read(path);
        if (reading.Playbook is null)
            _report.Add("PB002", named, $"{path} has errors: {reading.Findings.First(finding => finding.Severity == Severity.Error).Message}", "See siit-iam playbooks check.");
        return reading.Playbook;
    }

    private YamlMapping? Directory(YamlMapping file)
    {
        var otherwise = file.Sequence("cases")!.Items.OfType<YamlMapping>().Select(one => one.Mapping("given")?.Mapping("connections")).OfType<YamlMapping>().SelectMany(CompanyReader.ConnectionsOf).ToList();
        var named = file.Find("directory");
        if (named is YamlMapping inline)
        {
            Accounts(_report, inline, [.. CompanyReader.ConnectionsOf(inline.Mapping("connections")), .. otherwise]);
            return inline;
        }

        var scalar = (YamlScalar)named!;
        var path = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(_file.Path))!, scalar.Text));
        if (!File.Exists(path))
        {
            _report.Add("PB002", scalar, $"There is no file '{Report.Shown(scalar.Text)}'.", "Name a file from here, or write the directory out.");
            return null;
        }

        var other = PlaybookFile.Load(path);
        var report = new Report(other);
        var tree = new YamlReader(other, report).Read();
        if (tree is not null)
            new ShapeCheck(report).Check(tree, TestShapes.Directory, "directory");
        if (tree is not null && !report.HasErrors)
            Accounts(report, tree, [.. CompanyReader.ConnectionsOf(tree.Mapping("connections")), .. otherwise]);
        foreach (var finding in report.Findings)
            _report.Add(finding.Code, scalar, $"{finding.File}:{finding.Line}:{finding.Column}: {finding.Message}", finding.Hint);
        return report.HasErrors ? null : tree;
    }

    /// <summary>An account where there is no such connection would be left out without a word.</summary>
    private static void Accounts(Report report, YamlMapping directory, IReadOnlyList<string> connections)
    {
        foreach (var account in (directory.Sequence("people")?.Items ?? []).OfType<YamlMapping>().SelectMany(person => person.Mapping("accounts")?.Entries ?? []).Where(account => !connections.Contains(account.Key.Text)))
            report.Add("PB002", account.Key, $"The directory has no connection '{Report.Shown(account.Key.Text)}'.", $"It has {string.Join(", ", connections.Distinct())}; name it under 'connections', with its IdP.");
    }

    private TestCase Case(YamlMapping one, Playbook playbook, RehearsedSteps steps, YamlMapping directory)
    {
        var inputs = Object(one.Mapping("inputs"));
        if (one.Mapping("given") is { } given)
            Accounts(_report, given, [.. CompanyReader.ConnectionsOf(given.Mapping("connections") ?? directory.Mapping("connections"))]);
        foreach (var entry in one.Mapping("inputs")?.Entries ?? [])
            Known(entry.Key, "an input of the playbook", playbook.Inputs.Select(input => input.Name));
        if (one.Mapping("trigger") is null == (one.Mapping("inputs") is null) && playbook.Inputs.Any(input => input.Required))
            _report.Add("PB002", one, $"The case '{Report.Shown(one.Text("name")!)}' has {(one.Mapping("trigger") is null ? "neither 'inputs' nor 'trigger'" : "both 'inputs' and 'trigger'")}.", "Give one: what somebody starts it with, or what it starts by.");
        return new TestCase
        {
            Name = one.Text("name")!,
            Company = new CompanyReader(_report).Read(directory, one.Mapping("given"), one.Scalar("now")),
            Inputs = inputs,
            Trigger = one.Mapping("trigger") is { } trigger ? Trigger(trigger) : null,
            Requester = one.Text("requester"),
            Words = Words(one, steps),
            Faults = [.. (one.Mapping("fail")?.Entries ?? []).Select(entry => FaultOf(entry, playbook)).OfType<RehearsalFault>()],
            CrashesEverywhere = one.Scalar("crash") is not null,
            Expect = Expectation(one.Mapping("expect")!, steps),
        };
    }

    private RehearsalWords Words(YamlMapping one, RehearsedSteps steps)
    {
        var words = new RehearsalWords { Wakes = (one.Sequence("wake")?.Items ?? []).Cast<YamlScalar>().Select(step => Step(step, steps.ProblemOfWake)).ToHashSet(StringComparer.Ordinal) };
        if (one.Scalar("approvals") is { } all)
            words = words with { Approval = all.Text };
        var approvals = (one.Mapping("approvals")?.Entries ?? []).ToDictionary(entry => Step(entry.Key, steps.ProblemOfApproval), entry => ((YamlScalar)entry.Value).Text, StringComparer.Ordinal);
        var answers = new Dictionary<string, JsonObject>(StringComparer.Ordinal);
        foreach (var entry in one.Mapping("answers")?.Entries ?? [])
        {
            var step = Step(entry.Key, steps.ProblemOfAnswer);
            answers[step] = Object(entry.Value as YamlMapping);
            if (steps.Find(step) is AskStep ask && answers[step].Count > 0)
            {
                foreach (var problem in ask.Answers.Problems(answers[step], choices: null))
                    _report.Add("PB002", entry.Value, problem, "Answer with exactly the fields of the step's 'answers'.");
            }
        }

        return words with { Approvals = approvals, Answers = answers };
    }

    private string Step(YamlScalar name, Func<string, (string Message, string Hint)?> problem)
    {
        if (problem(name.Text) is var (message, hint))
            _report.Add("PB002", name, message, hint);
        return name.Text;
    }

    private TestTrigger? Trigger(YamlMapping trigger)
    {
        string[] kinds = ["request", "overdue", "hris", "idp", "schedule"];
        if (trigger.Entries.Where(entry => kinds.Contains(entry.Key.Text)).ToList() is not [var only])
        {
            _report.Add("PB002", trigger, "A trigger of a case names exactly one thing that happens.", $"One of {string.Join(", ", kinds)}.");
            return null;
        }

        return new TestTrigger(only.Key.Text, ((YamlScalar)only.Value).Text)
        {
            Employee = trigger.Text("employee"),
            Before = trigger.Text("before"),
            After = trigger.Text("after"),
            Connection = trigger.Text("connection"),
            Person = trigger.Text("person"),
            Object = trigger.Text("object"),
        };
    }

    private RehearsalFault? FaultOf(YamlEntry entry, Playbook playbook)
    {
        var named = Fault().Match(entry.Key.Text);
        var writes = playbook.Policy.Tools.Where(action => !action.IsRead).Select(action => action.Name).ToList();
        if (!named.Success || !writes.Contains(named.Groups[1].Value))
        {
            _report.Add("PB002", entry.Key, $"'{Report.Shown(entry.Key.Text)}' is no change of this playbook.", $"Name an action, or its n-th change, counted from 1 over the whole run, such as {writes.FirstOrDefault() ?? ActionCatalog.All[0].Name}[1]. {Spelling.Hint(entry.Key.Text, writes)}");
            return null;
        }

        return new RehearsalFault(named.Groups[1].Value, named.Groups[2].Success ? int.Parse(named.Groups[2].Value, CultureInfo.InvariantCulture) : null, ((YamlScalar)entry.Value).Text);
    }

    private TestExpectation Expectation(YamlMapping expect, RehearsedSteps steps)
    {
        foreach (var step in (expect.Sequence("approvals")?.Items ?? []).Cast<YamlScalar>())
            Step(step, steps.ProblemOfApproval);
        return new TestExpectation
        {
            End = expect.Text("end")!,
            Code = expect.Text("code"),
            Message = expect.Text("message"),
            Calls = Texts(expect, "calls"),
            Difference = Texts(expect, "diff"),
            DifferenceContains = Texts(expect, "diffContains"),
            Approvals = Texts(expect, "approvals"),
            Writes = (int?)expect.Scalar("writes")?.AsInt,
            Outputs = expect.Mapping("outputs") is { } outputs ? Object(outputs) : null,
        };
    }

    private static List<string>? Texts(YamlMapping of, string key) => of.Sequence(key)?.Items.Cast<YamlScalar>().Select(item => item.Text).ToList();

    private string Known(YamlScalar name, string what, IEnumerable<string> names)
    {
        var known = names.ToList();
        if (!known.Contains(name.Text))
            _report.Add("PB002", name, $"'{Report.Shown(name.Text)}' is not {what}.", Spelling.Hint(name.Text, known));
        return name.Text;
    }

    public static JsonObject Object(YamlMapping? mapping) => new((mapping?.Entries ?? []).Select(entry => KeyValuePair.Create(entry.Key.Text, Node(entry.Value))));

    private static JsonNode? Node(YamlNode node) => node switch
    {
        YamlMapping mapping => Object(mapping),
        YamlSequence sequence => new JsonArray([.. sequence.Items.Select(Node)]),
        YamlScalar scalar => scalar.IsNothing ? null : ValueCheck.Literal(scalar).Value,
        _ => null,
    };
}
