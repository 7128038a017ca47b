using System.Diagnostics;
using System.Text.RegularExpressions;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Tests.Cli;
using Siit.Iam.Agent.Tests.Support;
using Siit.Iam.Emulator.Okta;

namespace Siit.Iam.Agent.Tests.Journeys;

/// <summary>
/// The shipped server under strace, which makes the n-th fsync of a thread kill the process or report an error: a start, an action at the
/// IdP, and what is there afterwards. SIIT_IAM_STRACE=N tries the first N.
/// </summary>
public sealed partial class StraceTests
{
    private const string Strace = "/usr/bin/strace";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData("signal=SIGKILL")]
    [InlineData("error=EIO")]
    public async Task Serve_FsyncKillsOrFails_EffectsAreRecordedBeforeAndTheLogIsWhole(string fault)
    {
        Needs.File(Strace, "strace");
        var points = int.TryParse(Environment.GetEnvironmentVariable("SIIT_IAM_STRACE"), out var given) ? given : 2;
        await using var world = await CliWorld.StartAsync();
        await world.EnrolFirstAsync();
        await world.RegisterCallerAsync();
        await world.StopServerAsync();
        var hit = 0;
        for (var point = 1; point <= points; point++)
        {
            var effects = world.Okta.Ledger.Effects.Count;
            using (var server = Serve(world, $"inject=fsync:{fault}:when={point}"))
            {
                if (await StartedAsync(server))
                    await world.RunAsync("call", "clear_sessions", "-i", $"person={CliWorld.Somebody}", "-i", "reason=strace", "-i", $"idempotency_key=strace-{fault}-{point}");
                hit += server.Process.HasExited ? 1 : 0;
                server.Process.Kill(entireProcessTree: true);
                await server.Process.WaitForExitAsync().WaitAsync(Patience);
            }

            // A healthy start brings store and log together.
            await world.StartServerAsync();
            await world.StopServerAsync();
            var verified = AuditVerifier.Verify(new AuditFiles(world.Data.Audit));
            Assert.True(verified is { IsWhole: true, Unsigned: 0 }, $"{fault} at {point}: {verified.Problem?.What}");
            var intents = AuditReader.ReadAll(new AuditFiles(world.Data.Audit).Log).Count(entry => entry.Kind == AuditKinds.EffectIntent);
            Assert.True(world.Okta.Ledger.Effects.Count <= effects + 1, $"{fault} at {point}: more than one effect");
            Assert.True(world.Okta.Ledger.Effects.Count <= intents, $"{fault} at {point}: an effect without an intent before it");
        }

        TestContext.Current.TestOutputHelper!.WriteLine($"{fault} at the first {points} syncs of a thread: the process was gone {hit} times.");
    }

    private static Traced Serve(CliWorld world, string inject)
    {
        var start = new ProcessStartInfo(Strace, ["-f", "-qq", "-o", Path.Combine(world.Parent, "strace"), "-e", "trace=fsync", "-e", inject, ServeProcess.Executable, "serve", "--data", world.Data.Path])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        start.Environment["SIIT_IAM__LISTEN"] = "127.0.0.1:0";
        start.Environment["SIIT_IAM__CONNECTIONS__OKTA__IDP"] = "okta";
        start.Environment["SIIT_IAM__CONNECTIONS__OKTA__URL"] = world.Okta.BaseAddress.ToString();
        start.Environment["SIIT_IAM__CONNECTIONS__OKTA__TOKEN__ENV"] = "SIIT_TEST_STRACE_TOKEN";
        start.Environment["SIIT_TEST_STRACE_TOKEN"] = EmulatedOkta.SswsToken;
        return new Traced(Process.Start(start)!);
    }

    /// <summary>False when it has ended before it listened.</summary>
    private static async Task<bool> StartedAsync(Traced server)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (await server.Process.StandardError.ReadLineAsync(patience.Token) is { } line)
        {
            if (!Listening().IsMatch(line))
                continue;
            // Whatever else it says must not fill its pipe.
            _ = server.Process.StandardError.ReadToEndAsync(CancellationToken.None);
            return true;
        }

        return false;
    }

    [GeneratedRegex("^Agents connect to ")]
    private static partial Regex Listening();

    private sealed record Traced(Process Process) : IDisposable
    {
        public void Dispose() => Process.Dispose();
    }
}
