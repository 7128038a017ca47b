using System.Text.Json.Nodes;
using CsCheck;
using Siit.Iam.Agent.Playbooks.Expressions;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.Playbooks.Expressions;

/// <summary>
/// Whatever the check accepts has, at run time, the type that it was given, or one of the declared troubles.
/// <c>SIIT_CEL_PROGRAMS=500000</c> says how many programs are tried (default 30,000).
/// </summary>
public sealed class CelFuzzTests(ITestOutputHelper output)
{
    private static readonly RecordType App = new("app", [new("id", CelType.String), new("name", CelType.String, Taint: Taint.Untrusted), new("via", CelType.String, Optional: true)]);

    private static readonly RecordType Account = new("account",
    [
        new("id", CelType.String),
        new("email", CelType.Person, Optional: true),
        new("status", new EnumType(["active", "suspended"])),
        new("count", CelType.Int),
        new("apps", new ListType(App, 25)),
        new("boss", new RecordType("boss", [new("email", CelType.Person, Optional: true)]), Optional: true),
    ]);

    private static readonly CelEnvironment Names = CelEnvironment.Empty
        .With("input", new RecordType("input", [new("n", CelType.Int), new("d", CelType.Double), new("s", CelType.String), new("b", CelType.Bool), new("o", CelType.Int, Optional: true)]))
        .With("acc", Account)
        .With("all", new ListType(Account, 5))
        .With("m", new MapType(CelType.Int))
        .With("at", CelType.Timestamp)
        .With("span", CelType.Duration);

    [Fact]
    public void Evaluate_AnyAcceptedExpression_GivesItsTypeOrADeclaredTrouble()
    {
        var (tried, accepted, values, troubles) = (0, 0, 0, 0);
        Gen.Select(Any(4), Scopes).Sample((text, make) =>
        {
            Interlocked.Increment(ref tried);
            var check = Cel.Check(text, Names);
            if (check.Typed is null)
                return;
            Interlocked.Increment(ref accepted);
            var expression = check.ToExpression();
            try
            {
                var value = expression.Evaluate(make());
                Assert.NotNull(value);
                CelValues.FromJson(JsonNode.Parse(value.ToJsonString()), expression.Type, "result");
                Interlocked.Increment(ref values);
            }
            catch (ExpressionException e)
            {
                // The scope is right, so nothing of it may be missing or of another type.
                Assert.DoesNotContain("is not there", e.Message, StringComparison.Ordinal);
                Assert.DoesNotContain("' is not ", e.Message.Replace("' is not a time zone", "", StringComparison.Ordinal), StringComparison.Ordinal);
                Interlocked.Increment(ref troubles);
            }
        }, iter: Longer.Number("SIIT_CEL_PROGRAMS", 30_000));
        output.WriteLine($"{tried} tried, {accepted} accepted, {values} values, {troubles} declared troubles");
        Assert.True(accepted > tried / 20, "The generator makes too few expressions that are accepted.");
    }

    [Fact]
    public void Check_AnyText_NeverThrows() =>
        Gen.String[Gen.Char["abc.()[]{}'\"\\=<>!&|?:,+-*/%0123456789 \n\u00e4\ud83d#$`xrRbuU"], 0, 40].Sample(text => Cel.Check(text, Names) is not null, iter: 20_000);

    private static readonly Gen<string> Text = Words.Of("''", "'a'", "'active'", "'x@y'", "'1'", "'true'", "'2026-01-31T09:00:00Z'", "'1h'", "'\\U0001F431'", "r'\\d'", "'Europe/Paris'", "'+02:00'");

    private static Gen<string> Any(int depth) => Gen.OneOf(Bool(depth), Int(depth), Str(depth), List(depth), Time(depth), Real(depth));

    // One time in ten something of another type, so that what is refused is tried too.
    private static Gen<string> Mostly(Gen<string> right, int depth) => Gen.Frequency((12, right), (1, depth <= 0 ? Text : Words.Of("all", "acc", "m", "at", "[]", "{}", "input.o", "acc.email", "acc.boss.email")));

    private static Gen<string> Bool(int depth)
    {
        if (depth <= 0)
            return Words.Of("true", "false", "input.b", "has(acc.email)", "has(acc.boss)", "has(input.o)", "acc.status == 'active'");
        Gen<string> b = Mostly(Bool(depth - 1), depth), i = Mostly(Int(depth - 1), depth), s = Mostly(Str(depth - 1), depth), l = Mostly(List(depth - 1), depth), t = Mostly(Time(depth - 1), depth);
        var sign = Words.Of("==", "!=", "<", "<=", ">", ">=");
        return Gen.OneOf(
            Gen.Select(b, Words.Of("&&", "||"), b, (x, op, y) => $"({x} {op} {y})"),
            b.Select(x => $"!({x})"),
            Gen.Select(i, sign, i, (x, op, y) => $"{x} {op} {y}"),
            Gen.Select(s, sign, s, (x, op, y) => $"{x} {op} {y}"),
            Gen.Select(t, sign, t, (x, op, y) => $"{x} {op} {y}"),
            Gen.Select(l, Words.Of("all", "exists", "exists_one"), b, (x, op, y) => $"{x}.{op}(v, {y})"),
            Gen.Select(s, Words.Of("contains", "startsWith", "endsWith"), s, (x, op, y) => $"{x}.{op}({y})"),
            s.Select(x => $"{x}.matches('a(b|c)*')"),
            s.Select(x => $"bool({x})"),
            Gen.Select(s, l, (x, y) => $"{x} in {y}"),
            s.Select(x => $"{x} in m"),
            b.Select(x => $"(has(acc.boss) && has(acc.boss.email) && {x} ? acc.boss.email == 'a' : {x})"),
            b.Select(x => $"(has(input.o) && (input.o > 1 || {x}))"),
            b.Select(x => $"all.all(a, !has(a.email) || a.email != '' && {x})"),
            Gen.Select(b, b, b, (x, y, z) => $"({x} ? {y} : {z})"));
    }

    private static Gen<string> Int(int depth)
    {
        if (depth <= 0)
            return Words.Of("0", "1", "-1", "9223372036854775807", "-9223372036854775808", "0x10", "input.n", "acc.count", "size(all)");
        Gen<string> i = Mostly(Int(depth - 1), depth), s = Mostly(Str(depth - 1), depth), l = Mostly(List(depth - 1), depth), t = Mostly(Time(depth - 1), depth), d = Mostly(Real(depth - 1), depth), b = Mostly(Bool(depth - 1), depth);
        return Gen.OneOf(
            Gen.Select(i, Words.Of("+", "-", "*", "/", "%"), i, (x, op, y) => $"({x} {op} {y})"),
            i.Select(x => $"-({x})"),
            Gen.OneOf(s, l).Select(x => $"size({x})"),
            Gen.OneOf(s, t, d).Select(x => $"int({x})"),
            s.Select(x => $"m[{x}]"),
            Gen.Select(t, Words.Of("getFullYear", "getHours", "getDayOfYear", "getMilliseconds"), (x, op) => $"{x}.{op}()"),
            Gen.Select(t, s, (x, y) => $"{x}.getHours({y})"),
            Gen.Select(b, i, i, (x, y, z) => $"({x} ? {y} : {z})"),
            i.Select(x => $"[1, 2][{x}]"));
    }

    private static Gen<string> Real(int depth) => depth <= 0
        ? Words.Of("0.0", "1.5", "-2e300", ".5", "input.d")
        : Gen.OneOf(
            Gen.Select(Real(depth - 1), Words.Of("+", "-", "*", "/"), Real(depth - 1), (x, op, y) => $"({x} {op} {y})"),
            Mostly(Int(depth - 1), depth).Select(x => $"double({x})"),
            Mostly(Str(depth - 1), depth).Select(x => $"double({x})"));

    private static Gen<string> Time(int depth) => depth <= 0
        ? Words.Of("at", "span", "timestamp('2026-01-31T09:00:00+01:00')", "duration('90m')", "days(3)")
        : Gen.OneOf(
            Gen.Select(Time(depth - 1), Words.Of("+", "-"), Time(depth - 1), (x, op, y) => $"({x} {op} {y})"),
            Mostly(Str(depth - 1), depth).Select(x => $"timestamp({x})"),
            Mostly(Str(depth - 1), depth).Select(x => $"duration({x})"),
            Mostly(Int(depth - 1), depth).Select(x => $"days({x})"),
            Mostly(Int(depth - 1), depth).Select(x => $"timestamp({x})"));

    private static Gen<string> Str(int depth)
    {
        if (depth <= 0)
            return Gen.OneOf<string>(Text, Words.Of("input.s", "acc.id", "acc.status"));
        Gen<string> s = Mostly(Str(depth - 1), depth), l = Mostly(List(depth - 1), depth), b = Mostly(Bool(depth - 1), depth);
        return Gen.OneOf(
            Gen.Select(s, s, (x, y) => $"({x} + {y})"),
            Gen.OneOf(Int(depth - 1), Bool(depth - 1), Time(depth - 1), Real(depth - 1), s).Select(x => $"string({x})"),
            s.Select(x => $"{x}.lowerAscii()"),
            Gen.Select(l, Mostly(Int(depth - 1), depth), (x, y) => $"{x}[{y}]"),
            Gen.Select(Bool(depth - 1), s, s, (x, y, z) => $"({x} ? {y} : {z})"),
            Gen.Select(l, s, (x, y) => $"{x}.join({y})"),
            Gen.Select(b, s, (x, y) => $"all.filter(a, has(a.email) && {x}).map(a, a.email + {y}).join()"),
            Gen.Select(b, b, (x, y) => $"all.filter(a, {x} && has(a.boss)).filter(b, has(b.boss.email) || {y}).map(b, b.boss.email).join()"),
            b.Select(x => $"({x} ? all.filter(a, has(a.email)) : all).map(a, a.email).join()"),
            b.Select(x => $"(has(all[0].email) && {x} ? all[0].email : acc.id)"),
            Gen.Const("(has(acc.email) ? acc.email : acc.id)"));
    }

    private static Gen<string> List(int depth)
    {
        if (depth <= 0)
            return Words.Of("all.map(a, a.id)", "['a', 'b']", "[]", "acc.apps.map(p, p.name)", "all.filter(a, a.count > 0).map(a, a.id)");
        Gen<string> l = Mostly(List(depth - 1), depth), s = Mostly(Str(depth - 1), depth), b = Mostly(Bool(depth - 1), depth);
        return Gen.OneOf(
            Gen.Select(s, s, (x, y) => $"[{x}, {y}]"),
            Gen.Select(l, l, (x, y) => $"({x} + {y})"),
            Gen.Select(l, b, (x, y) => $"{x}.filter(v, v != '' && {y})"),
            Gen.Select(l, s, (x, y) => $"{x}.map(v, v + {y})"),
            Gen.Select(b, s, (x, y) => $"all.map(a, has(a.email) && {x}, a.email + {y})"),
            Gen.Select(Bool(depth - 1), l, l, (x, y, z) => $"({x} ? {y} : {z})"));
    }

    private static readonly Gen<string> Word = Words.Of("", "a", "x@y.example", "1", "\ud83d\ude00", "${1}", "=1", "2026-01-31T09:00:00Z");

    private static readonly Gen<Func<IScope>> Scopes = Gen.Select(
        Words.Of<long>(0, 1, -1, long.MaxValue, long.MinValue, 3), Words.Of<double>(0, -1.5, 1e308), Word, Gen.Bool, Gen.Int[0, 255],
        (n, d, s, b, bits) => (Func<IScope>)(() => Scope.Empty
            .With("input", With(new JsonObject { ["n"] = n, ["d"] = d, ["s"] = s, ["b"] = b }, "o", (bits & 1) > 0 ? JsonValue.Create(n) : null))
            .With("acc", AccountOf(s, bits >> 1))
            .With("all", new JsonArray([.. Enumerable.Range(0, bits % 6).Select(i => (JsonNode)AccountOf(s + i, bits + i))]))
            .With("m", new JsonObject { ["a"] = 1, [s.Length == 0 ? "b" : s] = n })
            .With("at", JsonValue.Create("2026-02-28T23:59:59.5Z"))
            .With("span", JsonValue.Create("PT1H30M"))));

    private static JsonObject AccountOf(string word, int bits)
    {
        var account = new JsonObject
        {
            ["id"] = word,
            ["status"] = (bits & 1) > 0 ? "active" : "suspended",
            ["count"] = bits,
            ["apps"] = new JsonArray([.. Enumerable.Range(0, bits % 3).Select(i => (JsonNode)With(new JsonObject { ["id"] = $"{i}", ["name"] = word }, "via", i > 0 ? JsonValue.Create("g") : null))]),
        };
        With(account, "email", (bits & 2) > 0 ? JsonValue.Create(word) : null);
        return With(account, "boss", (bits & 4) > 0 ? With([], "email", (bits & 8) > 0 ? JsonValue.Create(word) : null) : null);
    }

    private static JsonObject With(JsonObject record, string name, JsonNode? value)
    {
        if (value is not null)
            record[name] = value;
        return record;
    }
}
