using Siit.Iam.Agent.People.Copy;

namespace Siit.Iam.Agent.Tests.People.Copy;

public sealed class AddressKeyTests
{
    private const string Characters = "aZ9.@-_+ \tKé\u212a\uff21\u0130";

    /// <summary>Most addresses are their own key, and are not looked at further: that must not change what a key is.</summary>
    [Fact]
    public void Key_OfAnythingAtAll_IsTheSameWhetherItIsLookedAtFurtherOrNot()
    {
        var random = new Random(7);
        for (var i = 0; i < 20_000; i++)
        {
            var text = new string([.. Enumerable.Range(0, random.Next(12)).Select(_ => Characters[random.Next(Characters.Length)])]);

            var key = AddressKey.Of(text);

            // A space in front is no part of it, and has it looked at.
            Assert.Equal(AddressKey.Of(" " + text), key);
        }
    }

    [Fact]
    public void Key_OfAnAddressInSmallLetters_TakesNoRoomOfItsOwn()
    {
        var address = new string("ana.perez@acme.example".AsSpan());

        Assert.Same(address, AddressKey.Of(address));
        Assert.Equal(address, AddressKey.Of("Ana.Perez@Acme.Example."));
    }
}
