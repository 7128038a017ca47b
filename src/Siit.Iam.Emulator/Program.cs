using Siit.Iam.Emulator;
using Siit.Iam.Emulator.JumpCloud;
using Siit.Iam.Emulator.Okta;

var (command, errors) = CommandLine.Parse(args);
if (errors.Count > 0)
{
    foreach (var error in errors) Terminal.Error(error);
    return 2;
}

// The IdPs, alphabetically. Without --only-idps the demo starts the agent in front of them.
try
{
    await using var jumpCloud = await EmulatedJumpCloud.StartAsync(command.Options(command.JumpCloudPort, proxyPort: 7215));
    await using var okta = await EmulatedOkta.StartAsync(command.Options(command.OktaPort, proxyPort: 7211));

    Terminal.Line($"JumpCloud   {jumpCloud.BaseAddress}");
    Terminal.Line($"  client    {EmulatedJumpCloud.ClientId}");
    Terminal.Line($"  secret    {EmulatedJumpCloud.ClientSecret}");
    Terminal.Line($"  API key   {EmulatedJumpCloud.ApiKey}");
    Terminal.Line($"  control   {jumpCloud.BaseAddress}_emulator/state");
    Terminal.Line($"Okta        {okta.BaseAddress}");
    Terminal.Line($"  client    {EmulatedOkta.ClientId}");
    Terminal.Line($"  key file  {KeyFile.Write(command.Data, "okta-private-key.pem", okta.PrivateKeyPem)}");
    Terminal.Line($"  SSWS      {EmulatedOkta.SswsToken}");
    Terminal.Line($"  control   {okta.BaseAddress}_emulator/state");
    await Stopped.Async();
    return 0;
}
catch (IOException trouble)
{
    Terminal.Error(trouble.Message);
    return 1;
}
