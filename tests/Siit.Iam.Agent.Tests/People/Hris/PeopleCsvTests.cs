using System.Text;
using System.Text.Json;
using CsCheck;
using Siit.Iam.Agent.People.Hris;
using Siit.Iam.Agent.Tests.Playbooks.Expressions;

namespace Siit.Iam.Agent.Tests.People.Hris;

public sealed class PeopleCsvTests
{
    private static readonly DateOnly Today = new(2026, 11, 25);

    /// <summary>File, ids of the good rows, what is told of the others. | stands for the end of a line.</summary>
    [Theory]
    [InlineData("employee_id,work_email|E1,ana@acme.example|", "E1", "")]
    [InlineData("Work_Email , EMPLOYEE_ID|ana@acme.example,E1|", "E1", "")]
    [InlineData("employee_id,work_email,last_name|E1,ana@acme.example,\"Souza, \"\"Ana\"\"|of two lines\"|E2,x|E3,ben@acme.example,b|", "E1 E3", "line 4: has 2 cells, the header has 3.")]
    [InlineData("employee_id,work_email||E1,ana@acme.example|||E2,no address|", "E1", "line 6: work_email is no email address.")]
    [InlineData("employee_id,work_email,salary|E1,ana@acme.example,1|", "E1", "line 1: column 'salary' is not known and was not read.")]
    [InlineData("employee_id,work_email|,ana@acme.example|E2,|", "", "line 2: employee_id is empty.;line 3: work_email is empty.")]
    [InlineData("employee_id,work_email,start_date,end_date|E1,ana@acme.example,03/04/2026,2026-02-30|", "", "line 2: start_date is no date such as 2026-12-01; end_date is no date such as 2026-12-01.")]
    [InlineData("employee_id,work_email,status|E1,ana@acme.example,LEFT|E2,ben@acme.example,gone|", "E1", "line 3: status is none of active, on_leave and left.")]
    [InlineData("employee_id,work_email,title|E1,ana@acme.example,5\" screen|E2,ben@acme.example,x|", "E2", "line 2: holds a quote where none may be; a cell with quotes is written \"in \"\"quotes\"\"\".")]
    [InlineData("employee_id,work_email|E1,a@acme.example|E2,b@acme.example|E1,c@acme.example|", "E2", "line 2: employee_id 'E1' stands in several rows (lines 2, 4); which one is right cannot be told.;line 4: employee_id 'E1' stands in several rows (lines 2, 4); which one is right cannot be told.")]
    [InlineData("employee_id,work_email|E1,Ana@acme.example|E2,b@acme.example|E3,ANA@acme.example|", "E2", "line 2: work_email 'ana@acme.example' stands in several rows (lines 2, 4); whose it is cannot be told.;line 4: work_email 'ana@acme.example' stands in several rows (lines 2, 4); whose it is cannot be told.")]
    [InlineData("employee_id,work_email,end_date|E1,ana@acme.example,2026-11-24|E2,ana@acme.example,|", "E1 E2", "")]
    [InlineData("employee_id,work_email|E\u202E1,ana@acme.example|E2,a\u200Bna@acme.example|", "", "line 2: employee_id holds a character that nobody sees (U+202E).;line 3: work_email holds a character that nobody sees (U+200B).")]
    public void Read_Rows_GoodOnesAreKeptAndBadOnesTold(string file, string ids, string problems)
    {
        var content = PeopleCsv.Read(Encoding.UTF8.GetBytes(file.Replace('|', '\n')), Today);

        Assert.Null(content.Refused);
        Assert.Equal(ids, string.Join(' ', content.Rows.Select(row => row.EmployeeId)));
        Assert.Equal(problems, string.Join(';', content.Problems));
    }

    [Theory]
    [InlineData("", "The file is empty.")]
    [InlineData("\uFEFF", "The file is empty.")]
    [InlineData("|", "The file holds no row.")]
    [InlineData("employee_id,work_email|E1,ana@acme.example", "The last line has no end: the file is still being written, or was cut.")]
    [InlineData("employee_id,title|E1,x|", "The first line must name the columns; work_email missing. Known: employee_id, work_email,")]
    [InlineData("employee_id,work_email,work_email|E1,a@acme.example,b@acme.example|", "The column 'work_email' is there twice.")]
    [InlineData("employee_id,work_email,title|E1,a@acme.example,\"never|E2,b@acme.example,x|", "A quote that is opened in the last row (line 2) is never closed: the file is still being written, or was cut.")]
    public void Read_WholeFileIsWrong_IsRefused(string file, string why) =>
        Assert.StartsWith(why, PeopleCsv.Read(Encoding.UTF8.GetBytes(file.Replace('|', '\n')), Today).Refused, StringComparison.Ordinal);

    [Fact]
    public void Read_NotUtf8_IsRefused() =>
        Assert.Equal("The file is not UTF-8. Export it as UTF-8.", PeopleCsv.Read(Encoding.Latin1.GetBytes("employee_id,work_email\nE1,m\u00fcller@acme.example\n"), Today).Refused);

    [Fact]
    public void Read_ByteOrderMarkAndCarriageReturns_AreNothing()
    {
        var file = "\uFEFFemployee_id,work_email,title\r\nE1,ana@acme.example,x\r\n";

        var row = Assert.Single(PeopleCsv.Read(Encoding.UTF8.GetBytes(file), Today).Rows);

        Assert.Equal(("E1", "x", 2), (row.EmployeeId, row.Facts.Title, row.Line));
    }

    [Fact]
    public void Read_FieldsOf64Kilobytes_AreToldByTheirNames()
    {
        var huge = new string('x', 64 * 1024);

        var content = PeopleCsv.Read(Encoding.UTF8.GetBytes($"employee_id,work_email,title\nE1,ana@acme.example,{huge}\n{huge},b@acme.example,x\nE3,{huge}@acme.example,x\nE4,d@acme.example,x\n"), Today);

        Assert.Equal(["E4"], content.Rows.Select(row => row.EmployeeId));
        Assert.Equal(
            ["line 2: title is longer than 1000 characters.", "line 3: employee_id is longer than 100 characters.", "line 4: work_email is longer than 254 bytes."],
            content.Problems);
    }

    [Fact]
    public void Merge_ColumnIsAbsent_KeepsWhatIsKnown()
    {
        var content = PeopleCsv.Read("employee_id,work_email,title\nE1,ana@acme.example,\n"u8, Today);
        var known = new HrisFacts { WorkEmail = "old@acme.example", Title = "Old", Department = "Sales", End = new DateOnly(2027, 1, 31), Status = EmploymentStatus.OnLeave };

        var merged = content.Merge(content.Rows[0].Facts, known);

        Assert.Equal(known with { WorkEmail = "ana@acme.example", Title = null }, merged);
    }

    [Fact]
    public void ReadAndWrite_AnyPeople_AreTheSame()
    {
        var texts = Gen.OneOf(
            Gen.Const((string?)null),
            Gen.String[Gen.Char["abc ,\"\n\r;'=\u00e4\u4e2d\u202e\0"], 0, 12].Select(text => text.Trim() is { Length: > 0 } trimmed ? trimmed : null),
            Gen.String[Gen.Char, 0, 20].Where(text => !text.Any(char.IsSurrogate)).Select(text => text.Trim() is { Length: > 0 } trimmed ? trimmed : null));
        var dates = Gen.Int[0, 60_000].Select(day => day == 0 ? (DateOnly?)null : DateOnly.FromDayNumber(700_000 + day));
        var people = Gen.Select(texts, texts, texts, dates, dates, Gen.Enum<EmploymentStatus>()).List[0, 8];

        people.Sample(generated =>
        {
            var wanted = generated.Select((values, place) => (EmployeeId: $"E{place}", Facts: new HrisFacts
            {
                WorkEmail = $"p{place}@acme.example",
                FirstName = values.Item1,
                Department = values.Item2,
                CostCenter = values.Item3,
                Start = values.Item4,
                End = values.Item5,
                ProbationEnd = values.Item4,
                Status = values.Item6,
            })).ToList();

            var content = PeopleCsv.Read(Encoding.UTF8.GetBytes(PeopleCsv.Write(wanted)), Today);

            Assert.Empty(content.Problems);
            Assert.Equal(wanted, content.Rows.Select(row => (row.EmployeeId, row.Facts)));
        });
    }

    [Fact]
    public void Read_NaughtyStringsInEveryColumn_NothingCrashesAndTheOthersAreKept()
    {
        var file = CelConformanceTests.SharedData("blns.json");
        Assert.SkipWhen(file is null, "blns.json is not beside the repository (../shared/data/blns.json).");
        var naughty = JsonSerializer.Deserialize<string[]>(File.ReadAllText(file))!;
        var rows = naughty.SelectMany((text, place) => new[]
        {
            ($"A{place}", new HrisFacts { WorkEmail = $"a{place}@acme.example", FirstName = text, Department = text, Title = text, Location = text }),
            (text, new HrisFacts { WorkEmail = $"b{place}@acme.example" }),
            ($"C{place}", new HrisFacts { WorkEmail = text }),
            ($"D{place}", new HrisFacts { WorkEmail = $"d{place}@acme.example", Manager = text }),
        });

        var content = PeopleCsv.Read(Encoding.UTF8.GetBytes(PeopleCsv.Write(rows)), Today);

        Assert.Null(content.Refused);
        Assert.Equal(naughty.Length * 4, content.Rows.Count + content.BadRows);
        Assert.Equal(naughty.Length, content.Rows.Count(row => row.Facts.WorkEmail.StartsWith('a') && row.EmployeeId.StartsWith('A')));
    }
}
