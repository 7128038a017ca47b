using Siit.Iam.Emulator;
using Siit.Iam.Emulator.Google;
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
    await using var google = await EmulatedGoogle.StartAsync(command.Options(command.GooglePort, proxyPort: 7213));
    await using var okta = await EmulatedOkta.StartAsync(command.Options(command.OktaPort, proxyPort: 7211));

    Terminal.Line($"Google      {google.BaseAddress}");
    Terminal.Line($"  token     {google.TokenAddress}");
    Terminal.Line($"  subject   {EmulatedGoogle.Subject}");
    Terminal.Line($"  key file  {KeyFile.Write(command.Data, "google-key.json", google.KeyJson)}");
    Terminal.Line($"  control   {google.BaseAddress}_emulator/state");
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
