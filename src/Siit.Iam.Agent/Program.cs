using System.Collections;
using Siit.Iam.Agent;
using Siit.Iam.Agent.Cli;

var environment = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
    .ToDictionary(variable => (string)variable.Key, variable => (string)variable.Value!);
return await CommandTree.RunAsync(args, new Surroundings(
    Terminal.OfProcess(), environment, TimeProvider.System, new Product(Serve.RunAsync, Server.Idps)));
