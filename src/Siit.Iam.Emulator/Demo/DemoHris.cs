using Siit.Iam.Emulator.Company;

namespace Siit.Iam.Emulator.Demo;

/// <summary>Plays the HRIS that leaves a file each night.</summary>
internal static class DemoHris
{
    /// <summary>At the first start; afterwards the file is whoever's who plays with it. Written beside and renamed, as an export should.</summary>
    public static void Write(DemoFolder folder, CommandLine command)
    {
        if (File.Exists(folder.PeopleFile))
            return;
        var today = DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime);
        File.WriteAllText(folder.PeopleFile + ".new", HrisPeople.Csv(Acme.Of(command.People, command.Seed).People, today));
        File.Move(folder.PeopleFile + ".new", folder.PeopleFile);
    }
}
