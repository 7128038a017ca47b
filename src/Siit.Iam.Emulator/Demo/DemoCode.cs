using System.Web;
using OtpNet;

namespace Siit.Iam.Emulator.Demo;

/// <summary><c>code [EMAIL]</c>: what the demo approver's authenticator app would show now.</summary>
internal static class DemoCode
{
    public static int Print(CommandLine command)
    {
        var approvers = new DemoFolder(command.DemoData).Read()?.Approvers;
        if (approvers is null)
        {
            Terminal.Error("There is no demo yet. Start it: dotnet run --project src/Siit.Iam.Emulator");
            return 3;
        }

        var email = command.Person ?? DemoPeople.Desk;
        if (!approvers.TryGetValue(email, out var address))
        {
            Terminal.Error($"{email} is no approver of the demo; there are {string.Join(", ", approvers.Keys)}.");
            return 2;
        }

        Terminal.Line(Of(address, TimeProvider.System));
        return 0;
    }

    public static string Of(string otpAuthAddress, TimeProvider time)
    {
        var secret = HttpUtility.ParseQueryString(new Uri(otpAuthAddress).Query)["secret"]!;
        return new Totp(Base32Encoding.ToBytes(secret)).ComputeTotp(time.GetUtcNow().UtcDateTime);
    }
}
