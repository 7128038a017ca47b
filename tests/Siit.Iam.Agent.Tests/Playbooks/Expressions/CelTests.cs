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
    public void Check_GuardedOptional_IsAccepted(string text) => Assert.Empty(Cel.Check(text, Names).Problems);

    [Theory]
    [InlineData("p.email != ''")]
    [InlineData("has(p.email) || p.email != ''")]
    [InlineData("!has(p.email) && p.email != ''")]
    [InlineData("has(p.boss.email)")]
    [InlineData("has(p.boss) && p.boss.email == s")]
    [InlineData("has(p.email) ? n > 0 : p.email == s")]
    [InlineData("list.filter(x, has(x.email)).map(x, x.email).size() > 0")]
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
    public void Check_TextFromOutside_IsFollowed(string text, bool outside) =>
        Assert.Equal(outside, Cel.Check(text, Names).Typed!.WholeTaint.HasFlag(Taint.Untrusted));

    [Theory]
    [InlineData("1 / n", "A division by zero.")]
    [InlineData("9223372036854775807 + 1 + n", "A whole number is outside of 64 bits.")]
    [InlineData("[1, 2][5]", "The list has 2 items; there is none at 5.")]
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
    [InlineData("'\\uFFFD' < '\\U0001F431'", "true")]
    public void Evaluate_Value_IsItsJson(string text, string json) =>
        Assert.Equal(json, Cel.Check(text, Names).ToExpression().Evaluate(Scope.Empty.With("n", 0))!.ToJsonString());

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
