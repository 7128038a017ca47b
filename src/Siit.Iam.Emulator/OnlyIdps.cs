namespace Siit.Iam.Emulator;

/// <summary><c>--only-idps</c>: the emulated IdPs alone, for tests and other software.</summary>
internal static class OnlyIdps
{
    public static async Task<int> RunAsync(CommandLine command)
    {
        try
        {
            await using var idps = await EmulatedIdps.StartAsync(command, command.Data);
            idps.Show(command.Data);
            await Stopped.Async();
            return 0;
        }
        catch (IOException trouble)
        {
            Terminal.Error(trouble.Message);
            return 1;
        }
    }
}
