using Siit.Iam.Emulator;
using Siit.Iam.Emulator.Demo;

// A chat server on standard streams, for whoever tries toolServers.
if (args is ["tool-server"]) return await Siit.Iam.Emulator.Tools.ToolServerProcess.RunAsync();

var (command, errors) = CommandLine.Parse(args);
if (errors.Count > 0)
{
    foreach (var error in errors) Terminal.Error(error);
    return 2;
}

if (command.Background) Terminal.WriteInto(new DemoFolder(command.DemoData).Log);
return command.Verb switch
{
    Verb.Code => DemoCode.Print(command),
    Verb.Mcp => await DemoBridge.RunAsync(command),
    _ when command.OnlyIdps => await OnlyIdps.RunAsync(command),
    _ => await DemoRun.Async(command),
};
