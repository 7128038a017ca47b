using System.Globalization;
using System.Text;
using CsvHelper;
using CsvHelper.Configuration;
using Siit.Iam.Agent.Actions;

namespace Siit.Iam.Agent.People.Hris;

/// <param name="Line">Where the row begins.</param>
internal sealed record PeopleRow(int Line, string EmployeeId, HrisFacts Facts);

/// <summary>What stands in a <c>people.csv</c>.</summary>
internal sealed record PeopleContent
{
    /// <summary>Why none of it can be taken; null when it can.</summary>
    public string? Refused { get; init; }

    public IReadOnlyList<PeopleRow> Rows { get; init; } = [];

    /// <summary>Ids in rows that cannot be taken: they are there, and nothing is known of them.</summary>
    public IReadOnlySet<string> BadIds { get; init; } = new HashSet<string>();

    public int BadRows { get; init; }

    /// <summary>What is wrong, each with its line.</summary>
    public IReadOnlyList<string> Problems { get; init; } = [];

    /// <summary>Columns that the file does not have: they leave what is known as it is.</summary>
    public IReadOnlyList<PeopleColumn> Absent { get; init; } = [];

    /// <summary>The facts of a row, with what its file says nothing about as it was known before.</summary>
    public HrisFacts Merge(HrisFacts facts, HrisFacts? known) => known is null
        ? facts
        : Absent.Aggregate(facts, (merged, column) => column.Read(merged, column.Write(known) ?? "").Facts ?? merged);
}

/// <summary>
/// Reads and writes <c>people.csv</c>: RFC 4180, UTF-8 with or without BOM, a header row, columns in any order. A file that was
/// cut is recognised where a text can show it: an open quote, a last line without its end. A cut between two lines cannot be seen
/// here; that rows are missing is looked at by <see cref="HrisBook"/>, and a missing row never means "left".
/// </summary>
internal static class PeopleCsv
{
    private static readonly string[] Required = [PeopleColumn.EmployeeId, "work_email"];
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <param name="today">Rows of people who have left may share a work email with one of somebody who works here.</param>
    public static PeopleContent Read(ReadOnlySpan<byte> content, DateOnly today)
    {
        if (content.StartsWith(Encoding.UTF8.Preamble))
            content = content[Encoding.UTF8.Preamble.Length..];
        if (content.IsEmpty)
            return Refuse("The file is empty.");
        if (content[^1] != '\n')
            return Refuse("The last line has no end: the file is still being written, or was cut.");
        try
        {
            return Read(Strict.GetString(content), today);
        }
        catch (DecoderFallbackException)
        {
            return Refuse("The file is not UTF-8. Export it as UTF-8.");
        }
    }

    public static string Write(IEnumerable<(string EmployeeId, HrisFacts Facts)> people)
    {
        using var text = new StringWriter();
        using (var csv = new CsvWriter(text, new CsvConfiguration(CultureInfo.InvariantCulture)
        {
            NewLine = "\n",
            // With a line end of its own the library leaves the other one unquoted.
            ShouldQuote = cell => cell.Field?.AsSpan().ContainsAny(",\"\r\n") == true,
        }))
        {
            csv.WriteField(PeopleColumn.EmployeeId);
            foreach (var column in PeopleColumn.All)
                csv.WriteField(column.Name);
            csv.NextRecord();
            foreach (var (id, facts) in people)
            {
                csv.WriteField(id);
                foreach (var column in PeopleColumn.All)
                    csv.WriteField(column.Write(facts));
                csv.NextRecord();
            }
        }

        return text.ToString();
    }

    private static PeopleContent Read(string text, DateOnly today)
    {
        var broken = false;
        using var parser = new CsvParser(new StringReader(text), new CsvConfiguration(CultureInfo.InvariantCulture)
        {
            BadDataFound = _ => broken = true,
        });
        if (!parser.Read())
            return Refuse("The file holds no row.");
        var header = Header.Of(parser.Record!);
        if (header.Problem is not null)
            return Refuse(header.Problem);
        var found = new Rows(header);
        var last = parser.RawRecord;
        while (parser.Read())
        {
            broken = false;
            var cells = parser.Record!;
            last = parser.RawRecord;
            found.Take(parser.RawRow - last.TrimEnd('\r', '\n').Count(c => c == '\n'), cells, broken);
        }

        // An open quote takes in everything up to the end, which the library then counts as a line more.
        return last.Count(c => c == '"') % 2 == 1
            ? Refuse($"A quote that is opened in the last row (line {found.LastLine - 1}) is never closed: the file is still being written, or was cut.")
            : found.End(today);
    }

    private static PeopleContent Refuse(string why) => new() { Refused = why };

    /// <summary>Which cell is which column.</summary>
    private sealed record Header(int Id, IReadOnlyList<(PeopleColumn Column, int At)> Columns, int Width, IReadOnlyList<string> Unknown, string? Problem)
    {
        public static Header Of(string[] cells)
        {
            var names = cells.Select(cell => cell.Trim().ToLowerInvariant()).ToList();
            var twice = names.GroupBy(name => name).Where(group => group.Count() > 1).Select(group => group.Key).FirstOrDefault();
            var missing = Required.Except(names).ToList();
            var problem = missing.Count > 0 ? $"The first line must name the columns; {string.Join(" and ", missing)} missing. Known: {string.Join(", ", Known)}."
                : twice is not null ? $"The column '{HiddenText.Shown(twice, 60)}' is there twice."
                : null;
            var columns = PeopleColumn.All.Select(column => (Column: column, At: names.IndexOf(column.Name))).Where(column => column.At >= 0).ToList();
            return new Header(names.IndexOf(PeopleColumn.EmployeeId), columns, cells.Length, [.. names.Except(Known)], problem);
        }

        private static IReadOnlyList<string> Known { get; } = [PeopleColumn.EmployeeId, .. PeopleColumn.All.Select(column => column.Name)];
    }

    /// <summary>The rows so far.</summary>
    private sealed class Rows(Header header)
    {
        private readonly List<PeopleRow> _rows = [];
        private readonly HashSet<string> _badIds = new(StringComparer.Ordinal);
        private readonly List<(int Line, string Text)> _problems = [];
        private int _bad;

        public int LastLine { get; private set; } = 1;

        public void Take(int line, string[] cells, bool broken)
        {
            LastLine = line;
            var id = header.Id < cells.Length ? cells[header.Id].Trim() : "";
            if (broken)
                Bad(line, id, "holds a quote where none may be; a cell with quotes is written \"in \"\"quotes\"\"\".");
            else if (cells.Length != header.Width)
                Bad(line, id, $"has {cells.Length} cells, the header has {header.Width}.");
            else if (HrisText.KeyProblem(id) is { } wrong)
                Bad(line, id, $"{PeopleColumn.EmployeeId} {wrong}.");
            else
                TakeFacts(line, id, cells);
        }

        public PeopleContent End(DateOnly today)
        {
            DropSame(_rows.GroupBy(row => row.EmployeeId, StringComparer.Ordinal), PeopleColumn.EmployeeId, "which one is right");
            // Who comes back may get a new id with the old address; the row of the first time is history.
            DropSame(_rows.Where(row => !row.Facts.Leaving.IsOver(today)).GroupBy(row => HrisText.Address(row.Facts.WorkEmail), StringComparer.Ordinal), "work_email", "whose it is");
            var unknown = header.Unknown.Select(name => $"line 1: column '{HiddenText.Shown(name, 60)}' is not known and was not read.");
            return new PeopleContent
            {
                Rows = _rows,
                BadIds = _badIds,
                BadRows = _bad,
                Problems = [.. unknown, .. _problems.OrderBy(problem => problem.Line).Select(problem => problem.Text)],
                Absent = [.. PeopleColumn.All.Except(header.Columns.Select(column => column.Column))],
            };
        }

        private void DropSame(IEnumerable<IGrouping<string, PeopleRow>> groups, string column, string what)
        {
            var dropped = new HashSet<PeopleRow>(ReferenceEqualityComparer.Instance);
            foreach (var same in groups.Where(group => group.Skip(1).Any()).ToList())
            {
                var lines = string.Join(", ", same.Take(5).Select(row => row.Line)) + (same.Count() > 5 ? ", ..." : "");
                foreach (var row in same)
                {
                    dropped.Add(row);
                    Bad(row.Line, row.EmployeeId, $"{column} '{HiddenText.Shown(same.Key, 60)}' stands in several rows (lines {lines}); {what} cannot be told.");
                }
            }

            _rows.RemoveAll(dropped.Contains);
        }

        private void TakeFacts(int line, string id, string[] cells)
        {
            var facts = new HrisFacts { WorkEmail = "" };
            var wrong = new List<string>();
            foreach (var (column, at) in header.Columns)
            {
                var (read, problem) = column.Read(facts, cells[at].Trim());
                facts = read ?? facts;
                if (problem is not null)
                    wrong.Add($"{column.Name} {problem}");
            }

            if (wrong.Count > 0)
                Bad(line, id, $"{string.Join("; ", wrong)}.");
            else
                _rows.Add(new PeopleRow(line, id, facts));
        }

        private void Bad(int line, string id, string why)
        {
            _bad++;
            if (id.Length > 0)
                _badIds.Add(id);
            _problems.Add((line, $"line {line}: {why}"));
        }
    }
}
