using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using Siit.Iam.Agent.Audit;

namespace Siit.Iam.Agent.Tests.Audit;

public sealed class CanonicalJsonTests
{
    public static TheoryData<string> Vectors => ["arrays", "french", "structures", "unicode", "values", "weird"];

    [Theory]
    [MemberData(nameof(Vectors))]
    public void Utf8_PublishedVector_GivesPublishedBytes(string name)
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "Audit", "data", "jcs");
        var input = File.ReadAllBytes(Path.Combine(folder, "input", name + ".json"));
        var expected = File.ReadAllBytes(Path.Combine(folder, "output", name + ".json"));

        Assert.Equal(expected, CanonicalJson.Utf8(CanonicalJson.Parse(input)));
        using var document = JsonDocument.Parse(input);
        Assert.Equal(expected, CanonicalJson.Utf8(document.RootElement));
    }

    // RFC 8785 appendix B, and the borders of each case of ECMA-262 Number::toString.
    [Theory]
    [InlineData(0x0000000000000000, "0")]
    [InlineData(0x8000000000000000, "0")]
    [InlineData(0x0000000000000001, "5e-324")]
    [InlineData(0x8000000000000001, "-5e-324")]
    [InlineData(0x7fefffffffffffff, "1.7976931348623157e+308")]
    [InlineData(0xffefffffffffffff, "-1.7976931348623157e+308")]
    [InlineData(0x4340000000000000, "9007199254740992")]
    [InlineData(0xc340000000000000, "-9007199254740992")]
    [InlineData(0x4430000000000000, "295147905179352830000")]
    [InlineData(0x44b52d02c7e14af5, "9.999999999999997e+22")]
    [InlineData(0x44b52d02c7e14af6, "1e+23")]
    [InlineData(0x44b52d02c7e14af7, "1.0000000000000001e+23")]
    [InlineData(0x444b1ae4d6e2ef4e, "999999999999999700000")]
    [InlineData(0x444b1ae4d6e2ef4f, "999999999999999900000")]
    [InlineData(0x444b1ae4d6e2ef50, "1e+21")]
    [InlineData(0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7")]
    [InlineData(0x3eb0c6f7a0b5ed8d, "0.000001")]
    [InlineData(0x41b3de4355555553, "333333333.3333332")]
    [InlineData(0x41b3de4355555554, "333333333.33333325")]
    [InlineData(0x41b3de4355555555, "333333333.3333333")]
    [InlineData(0x41b3de4355555556, "333333333.3333334")]
    [InlineData(0x41b3de4355555557, "333333333.33333343")]
    [InlineData(0xbecbf647612f3696, "-0.0000033333333333333333")]
    [InlineData(0x43143ff3c1cb0959, "1424953923781206.2")]
    public void Number_EdgeOfIeee754_IsWrittenAsEcmaScriptWritesIt(ulong bits, string expected)
    {
        var value = BitConverter.UInt64BitsToDouble(bits);

        Assert.Equal(expected, Text(JsonValue.Create(value)));
    }

    [Theory]
    [InlineData("{\"a\":1,\"a\":2}")]
    [InlineData("{\"a\":1,\"\\u0061\":2}")]
    [InlineData("[\"\\ud800\"]")]
    [InlineData("{\"\\udc00x\":1}")]
    [InlineData("[1e400]")]
    [InlineData("[NaN]")]
    [InlineData("[9007199254740993]")]
    [InlineData("[-9007199254740993]")]
    [InlineData("[1,]")]
    [InlineData("")]
    public void Parse_NotIJson_IsRefused(string json) => Assert.Throws<FormatException>(() => CanonicalJson.Parse(json));

    [Fact]
    public void Utf8_ValuesThatJsonHasNot_AreRefused()
    {
        Assert.Throws<FormatException>(() => CanonicalJson.Utf8(JsonValue.Create(double.NaN)));
        Assert.Throws<FormatException>(() => CanonicalJson.Utf8(JsonValue.Create(float.PositiveInfinity)));
        Assert.Throws<FormatException>(() => CanonicalJson.Utf8(JsonValue.Create("\ud800")));
        Assert.Throws<FormatException>(() => CanonicalJson.Utf8(new JsonObject { ["\ud800"] = 1 }));
        Assert.Throws<FormatException>(() => CanonicalJson.Utf8(JsonValue.Create(long.MaxValue)));
    }

    [Fact]
    public void Utf8_ClrValues_AreWhatTheyWouldBeOnceWritten()
    {
        var node = new JsonObject
        {
            ["z"] = 1.10m,
            ["y"] = 0.1f,
            ["x"] = 7L,
            ["w"] = 'c',
            ["v"] = true,
            ["u"] = null,
            ["t"] = 9007199254740992L,
        };

        Assert.Equal("""{"t":9007199254740992,"u":null,"v":true,"w":"c","x":7,"y":0.1,"z":1.1}""", Text(node));
        Assert.Equal(CanonicalJson.Digest(node), CanonicalJson.Digest(CanonicalJson.Parse(node.ToJsonString())));
    }

    [Fact]
    public void Digest_KnownValue_IsSha256OfTheCanonicalForm() =>
        Assert.Equal("44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a", CanonicalJson.Digest(new JsonObject()));

    [Fact]
    public void Utf8_AnyDouble_ReadsBackAsTheSameDouble() =>
        Gen.ULong.Select(BitConverter.UInt64BitsToDouble).Where(double.IsFinite).Sample(value =>
            double.Parse(Text(JsonValue.Create(value)), CultureInfo.InvariantCulture) == value, iter: 20_000);

    [Fact]
    public void Utf8_AnyValue_CanonicalTwiceIsOnce() => AnyJson(4).Sample(make =>
    {
        var once = CanonicalJson.Utf8(make());
        return CanonicalJson.Utf8(CanonicalJson.Parse(once)).AsSpan().SequenceEqual(once);
    }, iter: 2_000);

    [Fact]
    public void Utf8_AnyObject_OrderOfMembersDoesNotMatter() =>
        Gen.Dictionary(Name, AnyJson(2))[0, 8].Select(Gen.Int).Sample((members, seed) =>
        {
            var shuffled = members.ToArray();
            new Random(seed).Shuffle(shuffled);
            return Text(Members(members)) == Text(Members(shuffled));
        }, iter: 2_000);

    private static readonly Gen<string> Name = Gen.OneOf<string>(
        Gen.String[Gen.Char["ab€\u0001\"\\é\ufb33"], 0, 6],
        Gen.Const("\ud83d\ude00"));

    private static Gen<Func<JsonNode?>> AnyJson(int depth)
    {
        var leaf = Gen.OneOf(
            Gen.Double.Where(double.IsFinite).Select(d => (Func<JsonNode?>)(() => JsonValue.Create(d))),
            Name.Select(s => (Func<JsonNode?>)(() => JsonValue.Create(s))),
            Gen.Bool.Select(b => (Func<JsonNode?>)(() => JsonValue.Create(b))),
            Gen.Bool.Select(_ => (Func<JsonNode?>)(() => null)));
        if (depth == 0)
            return leaf;
        var inner = AnyJson(depth - 1);
        return Gen.OneOf(
            leaf,
            inner.Array[0, 4].Select(items => (Func<JsonNode?>)(() => new JsonArray([.. items.Select(i => i())]))),
            Gen.Dictionary(Name, inner)[0, 4].Select(m => (Func<JsonNode?>)(() => Members(m))));
    }

    private static JsonObject Members(IEnumerable<KeyValuePair<string, Func<JsonNode?>>> members) =>
        new(members.Select(m => KeyValuePair.Create(m.Key, m.Value())));

    private static string Text(JsonNode? node) => Encoding.UTF8.GetString(CanonicalJson.Utf8(node));
}
