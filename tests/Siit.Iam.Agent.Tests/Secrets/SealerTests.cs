using System.Text;
using Siit.Iam.Agent.Secrets;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Tests.Secrets;

public sealed class SealerTests : IDisposable
{
    private readonly DataFolder folder = new DataFolder(Path.Combine(Path.GetTempPath(), "siit-seal-" + Path.GetRandomFileName())).Create();

    public void Dispose() => Directory.Delete(folder.Path, recursive: true);

    [Fact]
    public void Open_WithTheSameKeyAndPurpose_GivesTheSecretBack()
    {
        var text = new Sealer(folder).Seal("approver:ap_1", "geheim"u8);

        Assert.Equal("geheim", Encoding.UTF8.GetString(new Sealer(folder).Open("approver:ap_1", text)!));
        Assert.DoesNotContain("geheim", text, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToBase64String("geheim"u8), text, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_ForAnotherPurpose_GivesNothing() => Assert.Null(new Sealer(folder).Open("approver:ap_2", new Sealer(folder).Seal("approver:ap_1", "geheim"u8)));

    [Fact]
    public void Open_ChangedAnywhere_GivesNothing()
    {
        var sealer = new Sealer(folder);
        var parts = sealer.Seal("p", "geheim"u8).Split('.');
        var bytes = Convert.FromBase64String(parts[2]);
        for (var i = 0; i < bytes.Length; i++)
        {
            var changed = (byte[])bytes.Clone();
            changed[i] ^= 1;
            Assert.Null(sealer.Open("p", $"{parts[0]}.{parts[1]}.{Convert.ToBase64String(changed)}"));
        }
    }

    [Fact]
    public void Open_WithAnotherKey_GivesNothing()
    {
        var text = new Sealer(folder).Seal("p", "geheim"u8);
        File.WriteAllBytes(folder.Key, new byte[32]);

        Assert.Null(new Sealer(folder).Open("p", text));
    }

    [Fact]
    public void Key_WhenMade_IsReadableByItsOwnerOnly()
    {
        new Sealer(folder).Seal("p", "x"u8);

        if (OperatingSystem.IsWindows())
            Assert.Skip("modes are Unix's");
        else
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(folder.Key));
    }
}
