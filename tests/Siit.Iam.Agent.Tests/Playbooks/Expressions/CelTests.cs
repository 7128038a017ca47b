using System.Text.Json.Nodes;
using Siit.Iam.Agent.Playbooks.Expressions;

namespace Siit.Iam.Agent.Tests.Playbooks.Expressions;

/// <summary>What our profile adds to plain CEL.</summary>
public sealed class CelTests
{
    private static readonly RecordType Person = new("person",
    [
        new("email", CelType.Person, Optional: true),
        new("status", new EnumType(["active", "suspended"])),
        new("note", CelType.String, Taint: Taint.Untrusted),
        new("boss", new RecordType("boss", [new("email", CelType.Person, Optional: true)]), Optional: true),
    ]);

    private static readonly CelEnvironment Names = CelEnvironment.Empty.With("p", Person).With("list", new ListType(Person, 10)).With("n", CelType.Int).With("s", CelType.String);

    [Theory]
    [InlineData("has(p.email) && p.email != ''")]
    [InlineData("!has(p.email) || p.email != ''")]
    [InlineData("has(p.email) ? p.email == s : n > 0")]
    [InlineData("has(p.boss) && has(p.boss.email) && p.boss.email == s")]
    [InlineData("!(has(p.email) && n > 0) || p.email == s")]
    [InlineData("list.map(x, has(x.email), x.email).exists(e, e == s)")]
    [InlineData("list.all(x, !has(x.email) || x.email.endsWith('@acme.example'))")]
    [InlineData("has(p.email) && list.exists(q, p.email == s)")]
    [InlineData("has(list[0].email) && list[0].email == s")]
    [InlineData("has(list[0].boss) && has(list[0].boss.email) && list[0].boss.email == s")]
    [InlineData("list.filter(x, has(x.email)).map(x, x.email).size() > 0")]
    [InlineData("list.filter(x, n > 0 && has(x.email)).exists(y, y.email == s)")]
    [InlineData("list.filter(x, has(x.boss) && has(x.boss.email)).all(y, y.boss.email == s)")]
    [InlineData("list.filter(x, has(x.email)).filter(x, x.status == 'active').map(x, x.email)[0] == s")]
    [InlineData("list.filter(x, has(x.email))[0].email == s")]
    [InlineData("list.filter(a, !(!has(a.email) || n > 0)).map(a, a.email).size() > 0")]
    public void Check_GuardedOptional_IsAccepted(string text) => Assert.Empty(Cel.Check(text, Names).Problems);

    [Theory]
    [InlineData("p.email != ''")]
    [InlineData("has(p.email) || p.email != ''")]
    [InlineData("!has(p.email) && p.email != ''")]
    [InlineData("has(p.boss.email)")]
    [InlineData("has(p.boss) && p.boss.email == s")]
    [InlineData("has(p.email) ? n > 0 : p.email == s")]
    [InlineData("list.filter(x, has(x.email) || n > 0).map(x, x.email).size() > 0")]
    [InlineData("list.filter(x, !has(x.email)).map(x, x.email).size() > 0")]
    [InlineData("list.filter(x, p.status == 'active' && has(p.email)).map(x, x.email).size() > 0")]
    [InlineData("(n > 0 ? list.filter(x, has(x.email)) : list).map(x, x.email).size() > 0")]
    [InlineData("(list + list.filter(x, has(x.email))).map(x, x.email).size() > 0")]
    [InlineData("list.filter(x, has(x.email)).exists(y, list.exists(x, x.email == s))")]
    [InlineData("has(list[0].email) && list[1].email == s")]
    [InlineData("has(list[n].email) && list[n].email == s")]
    [InlineData("list.exists(p, has(p.email)) && p.email == s")]
    public void Check_UnguardedOptional_IsRefused(string text) =>
        Assert.All(Cel.Check(text, Names).Problems, problem => Assert.Equal("PB022", problem.Code));

    [Theory]
    [InlineData("p.status == 'activ'", "PB023", "Did you mean 'active'?")]
    [InlineData("'gone' != p.status", "PB023", "There are active, suspended.")]
    [InlineData("p.stauts == 'active'", "PB021", "Did you mean 'status'?")]
    [InlineData("list.exist(x, true)", "PB021", "Did you mean 'exists'?")]
    [InlineData("s.startWith('a')", "PB021", "Did you mean 'startsWith'?")]
    [InlineData("s.matches(s)", "PB021", "Write it as a text in quotes.")]
    [InlineData("s.matches('(?=a)')", "PB021", "Mend it.")]
    [InlineData("n == s", "PB021", null)]
    [InlineData("n == 1.0", "PB021", null)]
    [InlineData("n && true", "PB021", null)]
    [InlineData("p.note == null", "PB020", null)]
    [InlineData("n = 1", "PB020", "Compare with '=='.")]
    [InlineData("[1, 2].join(', ')", "PB021", "It is written list<string>.join() or list<string>.join(string).")]
    [InlineData("list.map(x, x.status).join(1)", "PB021", null)]
    [InlineData("list.all(a, list.all(b, list.all(c, list.all(d, list.all(e, list.all(f, a.note == b.note))))))", "PB024", null)]
    public void Check_Mistake_IsNamed(string text, string code, string? hint)
    {
        var problems = Cel.Check(text, Names).Problems;

        Assert.Contains(problems, problem => problem.Code == code && (hint is null || problem.Hint == hint));
    }

    [Theory]
    [InlineData("p.note", true)]
    [InlineData("p.status", false)]
    [InlineData("list", true)]
    [InlineData("list.map(x, x.status)", false)]
    [InlineData("list.map(x, x.note)[0] + s", true)]
    [InlineData("n > 0 ? s : p.note", true)]
    [InlineData("p.note == 'x' ? 'a' : 'b'", true)]
    [InlineData("size(list)", false)]
    [InlineData("list.map(x, x.note).join(', ')", true)]
    [InlineData("[s].join(p.note)", true)]
    [InlineData("list.map(x, x.status).join()", false)]
    public void Check_TextFromOutside_IsFollowed(string text, bool outside) =>
        Assert.Equal(outside, Cel.Check(text, Names).Typed!.WholeTaint.HasFlag(Taint.Untrusted));

    [Theory]
    [InlineData("1 / n", "A division by zero.")]
    [InlineData("9223372036854775807 + 1 + n", "A whole number is outside of 64 bits.")]
    [InlineData("[1, 2][n + 5]", "The list has 2 items; there is none at 5.")]
    [InlineData("{'a': 1}[s]", "The map has no such key.")]
    [InlineData("int(s)", "A text is not a whole number.")]
    [InlineData("duration('1000000h') + duration('2000000h')", "A duration is longer than 292 years.")]
    public void Evaluate_WhatCannotBeComputed_IsASentence(string text, string message)
    {
        var expression = Cel.Check(text, Names).ToExpression();

        var trouble = Assert.Throws<ExpressionException>(() => expression.Evaluate(Scope.Empty.With("n", 0).With("s", "x")));

        Assert.Equal(message, trouble.Message);
    }

    [Theory]
    [InlineData("false && 1 / n == 1", "false")]
    [InlineData("1 / n == 1 || true", "true")]
    [InlineData("[0, 1].exists(x, 1 / x == 1)", "true")]
    [InlineData("timestamp('2026-02-28T23:00:00Z') + days(2)", "\"2026-03-02T23:00:00Z\"")]
    [InlineData("duration('90m')", "\"PT1H30M\"")]
    [InlineData("{'a': [1, 2].map(x, x * 2)}", "{\"a\":[2,4]}")]
    [InlineData("'\\U0001F431'.size()", "1")]
    [InlineData("['hello', 'mellow'].join()", "\"hellomellow\"")]
    [InlineData("['hello', 'mellow'].join(' ')", "\"hello mellow\"")]
    [InlineData("[].join()", "\"\"")]
    [InlineData("[].join('/')", "\"\"")]
    [InlineData("['x'].join('/')", "\"x\"")]
    [InlineData("['a', 'b'].map(x, x + x).join(', ')", "\"aa, bb\"")]
    [InlineData("'\\uFFFD' < '\\U0001F431'", "true")]
    public void Evaluate_Value_IsItsJson(string text, string json) =>
        Assert.Equal(json, Cel.Check(text, Names).ToExpression().Evaluate(Scope.Empty.With("n", 0))!.ToJsonString());

    [Theory]
    [InlineData("timestamp('2027-13-01')", "A text is not a time such as 2026-01-31T09:00:00Z.", 0)]
    [InlineData("run == duration('1d')", "A text is not a duration such as 1h30m.", 7)]
    [InlineData("n > int('12a')", "A text is not a whole number.", 4)]
    [InlineData("n / 0 > 1", "A division by zero.", 2)]
    [InlineData("false && 1 / 0 == 1", "A division by zero.", 11)]
    [InlineData("n > 0 || 1 % 0 == 1", "A remainder by zero.", 11)]
    [InlineData("true ? 1 : [1, 2][5]", "The list has 2 items; there is none at 5.", 17)]
    [InlineData("[1, 0].map(x, 1 / x)", "A division by zero.", 7)]
    [InlineData("list.all(x, [1, 2].map(y, 1 / 0)[0] == n)", "A division by zero.", 28)]
    [InlineData("{'a': 1, 'a': 2}", "A map has one key twice.", 9)]
    [InlineData("{'a': n, 'a': 2}", "A map has one key twice.", 9)]
    [InlineData("{'a': 1}['b'] + n", "The map has no such key.", 8)]
    [InlineData("vars.teams['Fin'] == s", "The map has no such key.", 10)]
    [InlineData("at.getHours('Mars/Phobos')", "'Mars/Phobos' is not a time zone, or the time cannot be shown in it.", 12)]
    public void Check_PartThatCanNeverBeComputed_IsToldOnceWithTheTrouble(string text, string trouble, int at)
    {
        var teams = new MapType(CelType.String);
        var names = Names.With("at", CelType.Timestamp).With("run", CelType.Duration).With("vars", new RecordType("vars", [new("teams", teams)])) with
        {
            Known = new JsonObject { ["teams"] = new JsonObject { ["Finance"] = "f" } },
        };

        var check = Cel.Check(text, names);

        Assert.Empty(check.Problems);
        var problem = Assert.Single(check.Hopeless);
        Assert.Equal(("PB027", trouble, at), (problem.Code, problem.Message, problem.At));
    }

    [Theory]
    [InlineData("[0, 1].exists(x, 1 / x == 1)")]
    [InlineData("false && 1 / n == 1")]
    [InlineData("[1, 2][n]")]
    [InlineData("int(s)")]
    [InlineData("vars.teams['Finance'] == s")]
    [InlineData("vars.teams[s] == s")]
    [InlineData("at.getHours('Europe/Paris') + at.getHours('+02:00') + at.getHours(s)")]
    public void Check_WhatMayBeComputed_IsNotHopeless(string text)
    {
        var names = Names.With("at", CelType.Timestamp).With("vars", new RecordType("vars", [new("teams", new MapType(CelType.String))])) with
        {
            Known = new JsonObject { ["teams"] = new JsonObject { ["Finance"] = "f" } },
        };

        var check = Cel.Check(text, names);

        Assert.Empty(check.Problems);
        Assert.Empty(check.Hopeless);
    }

    [Theory]
    [InlineData("list.map(a, a.email)", "'a.email' may be absent. Guard it: has(a.email) && ..., or take those that have it before: .filter(a, has(a.email)).")]
    [InlineData("list.map(a, a.emial)", "'a' has no 'emial'. Did you mean 'email'?")]
    [InlineData("list[0].email", "'list[0].email' may be absent. Guard it: has(list[0].email) && ..., or require: has(list[0].email) in a step before.")]
    public void Check_Message_NamesWhatTheAuthorWrote(string text, string message)
    {
        var problem = Assert.Single(Cel.Check(text, Names).Problems);

        Assert.Equal(message, $"{problem.Message} {problem.Hint}");
    }

    [Fact]
    public void Check_Join_CountsEveryItem() =>
        Assert.Equal(
            Cel.Check("list.map(x, x.status)", Names).Typed!.Cost + 11,
            Cel.Check("list.map(x, x.status).join()", Names).Typed!.Cost);

    [Fact]
    public void Evaluate_PlaceInAList_IsNamedAsItIsWritten()
    {
        var expression = Cel.Check("list.map(a, a.note)", Names).ToExpression();

        var trouble = Assert.Throws<ExpressionException>(() => expression.Evaluate(Scope.Empty.With("list", new JsonArray(new JsonObject()))));

        Assert.Equal("'a.note' is not there.", trouble.Message);
    }

    [Fact]
    public void Check_ConjunctionWithAMistake_StillProvesTheRest()
    {
        var check = Cel.Check("n == x && has(p.email) && has(p.boss)", Names);

        Assert.Null(check.Typed);
        Assert.Equal(["p.boss", "p.email"], check.WhenTrue.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("PT4H", 4 * 3600)]
    [InlineData("P2D", 2 * 86400)]
    [InlineData("P1DT1H1M1S", 90061)]
    [InlineData("PT0S", 0)]
    [InlineData("-PT5S", -5)]
    public void Iso_Duration_ReadsAndWrites(string text, int seconds)
    {
        Assert.Equal(TimeSpan.FromSeconds(seconds), CelTime.Iso(text));
        Assert.Equal(text, CelTime.IsoText(TimeSpan.FromSeconds(seconds)));
    }

    [Theory]
    [InlineData("P")]
    [InlineData("PT")]
    [InlineData("P1M")]
    [InlineData("P1Y")]
    [InlineData("4h")]
    [InlineData("PT1H ")]
    public void Iso_NoDuration_IsNone(string text) => Assert.Null(CelTime.Iso(text));
}
