using Siit.Iam.Emulator;
using Siit.Iam.Emulator.Entra;
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
    await using var entra = await EmulatedEntra.StartAsync(command.Options(command.EntraPort, proxyPort: 7212));
    await using var okta = await EmulatedOkta.StartAsync(command.Options(command.OktaPort, proxyPort: 7211));

    Terminal.Line($"Entra       {entra.GraphAddress}");
    Terminal.Line($"  tenant    {EmulatedEntra.TenantId}");
    Terminal.Line($"  client    {EmulatedEntra.ClientId}");
    Terminal.Line($"  secret    {EmulatedEntra.ClientSecret}");
    Terminal.Line($"  control   {entra.BaseAddress}_emulator/state");
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
