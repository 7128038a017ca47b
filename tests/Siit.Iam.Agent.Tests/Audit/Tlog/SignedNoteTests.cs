using System.Text;
using Siit.Iam.Agent.Audit.Tlog;

namespace Siit.Iam.Agent.Tests.Audit.Tlog;

public sealed class SignedNoteTests
{
    // The example of c2sp.org/signed-note.
    private const string ExampleKey = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
    private const string Example = "This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

    private static readonly NoteSigner Signer = NoteSigner.Create("log.example/a");

    [Fact]
    public void Verify_PublishedExample_IsSignedByItsKey() =>
        Assert.Equal(ExampleKey, Assert.Single(SignedNote.Parse(Encoding.UTF8.GetBytes(Example)).Verify(NoteVerifier.Parse(ExampleKey))).ToString());

    [Fact]
    public void Keys_Written_ReadBack()
    {
        Assert.Equal(Signer.Verifier, NoteSigner.Parse(Signer.Export()).Verifier);
        Assert.Equal(Signer.Verifier, NoteVerifier.Parse(Signer.Verifier.ToString()));
        Assert.Equal("***", Signer.ToString());
    }

    [Fact]
    public void Verify_EveryBitFlipped_IsRefused()
    {
        var (note, key) = (Encoding.UTF8.GetBytes(Example), NoteVerifier.Parse(ExampleKey));
        var missed = new List<int>();
        for (var bit = 0; bit < note.Length * 8; bit++)
        {
            note[bit / 8] ^= (byte)(1 << (bit % 8));
            try
            {
                SignedNote.Parse(note).Verify(key);
                missed.Add(bit);
            }
            catch (TlogException)
            {
                // As it should be.
            }

            note[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        Assert.Empty(missed);
    }

    [Theory]
    [InlineData("")]
    [InlineData("text\n")]
    [InlineData("text\n\n")]
    [InlineData("text\n\n— log.example/a\n")]
    [InlineData("text\n\n- log.example/a AAAAAAAA\n")]
    [InlineData("text\n\n— log.example/a AAAAAAA\n")]
    [InlineData("text\n\n— log.example/a AAAAAAAA")]
    [InlineData("te\txt\n\n— log.example/a AAAAAAAA\n")]
    [InlineData("text\r\n\n— log.example/a AAAAAAAA\n")]
    [InlineData("text\n\n— log+example AAAAAAAA\n")]
    public void Parse_NotANote_IsRefused(string note) => Assert.Throws<TlogException>(() => SignedNote.Parse(note));

    [Fact]
    public void Verify_UnknownKeysBesideAKnownOne_AreIgnored()
    {
        const string Text = "text\n";
        var strangers = Enumerable.Range(0, 15).Select(i => NoteSigner.Create($"stranger.example/{i}").Sign(Text));
        var sameName = NoteSigner.Create(Signer.Verifier.Name).Sign(Text);

        var note = SignedNote.Parse($"{Text}\n{string.Concat(strangers)}{sameName}{Signer.Sign(Text)}");

        Assert.Equal(Signer.Verifier, Assert.Single(note.Verify(Signer.Verifier)));
        Assert.Throws<TlogException>(() => note.Verify(NoteSigner.Create("other.example").Verifier));
    }

    [Fact]
    public void Verify_KnownKeyThatFails_RefusesTheWholeNote()
    {
        const string Text = "text\n";
        var other = NoteSigner.Create("other.example");
        var note = SignedNote.Parse($"{Text}\n{Signer.Sign("another text\n")}{other.Sign(Text)}");

        Assert.Throws<TlogException>(() => note.Verify(Signer.Verifier, other.Verifier));
    }

    [Fact]
    public void Cosignature_VerifiesForItsTextAndTimeOnly()
    {
        var witness = NoteSigner.Create("witness.example", NoteVerifier.CosignatureType);
        var line = NoteSignature.Parse(witness.Cosign("text\n", DateTimeOffset.UnixEpoch.AddSeconds(1679315147)).TrimEnd('\n'));
        byte[] later = [.. line.Bytes];
        later[7] ^= 1;

        Assert.True(witness.Verifier.Verify("text\n", line.Bytes));
        Assert.False(witness.Verifier.Verify("other\n", line.Bytes));
        Assert.False(witness.Verifier.Verify("text\n", later));
    }

    [Theory]
    [InlineData("a\n1\nAAAA\n")]
    [InlineData("a\n01\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n")]
    [InlineData("a\n-1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n")]
    [InlineData("a\n0\nbjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0=\n")]
    [InlineData("\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n")]
    [InlineData("a\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")]
    [InlineData("a\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\nx\n")]
    public void Checkpoint_Malformed_IsRefused(string text) => Assert.Throws<TlogException>(() => Checkpoint.Parse(text));

    [Fact]
    public void Checkpoint_WithExtensionLines_IsRead() =>
        Assert.Equal(7, Checkpoint.Parse("a b\n7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\nextension\n").Size);
}
