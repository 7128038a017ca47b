using CsCheck;
using Siit.Iam.Agent.People.Reads;

namespace Siit.Iam.Agent.Tests.People.Reads;

public sealed class SpellingTests
{
    private static readonly Gen<string> Words = Gen.String[Gen.Char["abAB1"], 0, 9];

    [Theory]
    [InlineData("ana", "ana", 0)]
    [InlineData("ana", "Anna", 1)]
    [InlineData("bne", "ben", 1)]
    [InlineData("okafor", "okafro", 1)]
    [InlineData("lopez", "lopes", 1)]
    [InlineData("maria", "mia", 2)]
    [InlineData("", "abc", 3)]
    [InlineData("abcdef", "ghijkl", 4)]
    public void Distance_CountsWhatHasToBeChanged(string one, string other, int distance) => Assert.Equal(distance, Spelling.Distance(one, other, 3));

    /// <summary>Leaving out what cannot be near changes no answer.</summary>
    [Fact]
    public void Distance_WithinALimit_IsThatWithoutOne() => Gen.Select(Words, Words, Gen.Int[1, 3]).Sample((one, other, most) =>
    {
        var distance = Spelling.Distance(one, other, 20);
        Assert.Equal(Math.Min(distance, most + 1), Spelling.Distance(one, other, most));
        if (distance <= most)
            Assert.False(Spelling.IsFar(one, Spelling.Letters(one), other, most));
    });
}
