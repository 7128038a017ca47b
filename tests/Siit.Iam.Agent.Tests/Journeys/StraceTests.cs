using System.Diagnostics;
using System.Text.RegularExpressions;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Tests.Cli;
using Siit.Iam.Agent.Tests.Support;
using Siit.Iam.Emulator.Common;
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
                await GoneAsync(world);
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

    /// <summary>
    /// The server is up and idle, or waits for the IdP's answer, when strace takes hold of it: the next syncs are those of the action, so
    /// that the process is gone before its intent is durable, or after it and before its outcome is.
    /// </summary>
    [Theory]
    [InlineData("signal=SIGKILL", false)]
    [InlineData("signal=SIGKILL", true)]
    [InlineData("error=EIO", false)]
    [InlineData("error=EIO", true)]
    public async Task Action_FsyncKillsOrFailsWithinIt_ActsAtMostOnceAndNeverBeforeItsIntent(string fault, bool whileTheIdpIsAsked)
    {
        Needs.File(Strace, "strace");
        var points = int.TryParse(Environment.GetEnvironmentVariable("SIIT_IAM_STRACE"), out var given) ? given : 2;
        // An effect without an outcome needs a person, and until then nothing more is done to the account.
        if (whileTheIdpIsAsked)
            points = 1;
        await using var world = await CliWorld.StartAsync();
        await world.EnrolFirstAsync();
        await world.RegisterCallerAsync();
        await world.StopServerAsync();
        var (gone, begun, done, log) = (0, 0, 0, new AuditFiles(world.Data.Audit));
        for (var point = 1; point <= points; point++)
        {
            var (effects, key, where) = (world.Okta.Ledger.Effects.Count, $"strace-in-{fault}-{point}", $"{fault} at {point}");
            var before = Intents(log);
            using (var server = ServeProcess.Start(world.Data.Path, Surroundings(world)))
            {
                await server.Endpoint.WaitAsync(Patience);
                Task<Ran>? call = null;
                if (whileTheIdpIsAsked)
                {
                    // Long enough to take hold of the process meanwhile.
                    world.Okta.Faults.Add(new Fault { Kind = FaultKind.Slow, Milliseconds = 8000, Method = "DELETE", Path = "/sessions$" });
                    call = ClearAsync(world, key);
                    await Eventually.Is(() => Task.FromResult(Intents(log)), now => now > before);
                }

                using var strace = await AttachAsync(server.Id, $"inject=fsync,fdatasync:{fault}:when={point}");
                var ran = await (call ?? ClearAsync(world, key));
                // The caller hears of it before the process is cleared away.
                if (ran.ExitCode != 0 && fault.StartsWith("signal", StringComparison.Ordinal))
                    await server.EndedAsync().WaitAsync(Patience);
                gone += server.ExitCode is null ? 0 : 1;
                await server.KillAsync();
                await strace.WaitForExitAsync().WaitAsync(Patience);
            }

            // What was on the disk when it died.
            world.Okta.Faults.Clear();
            Assert.True(world.Okta.Ledger.Effects.Count <= Intents(log), $"{where}: an effect without a durable intent before it");
            begun += Intents(log) > before ? 1 : 0;
            done += world.Okta.Ledger.Effects.Count > effects ? 1 : 0;
            await world.StartServerAsync();
            // Asked again by its key: what was done is not done again.
            var again = await ClearAsync(world, key);
            await world.StopServerAsync();
            var verified = AuditVerifier.Verify(log);
            Assert.True(verified is { IsWhole: true, Unsigned: 0 }, $"{where}: {verified.Problem?.What}");
            Assert.True(world.Okta.Ledger.Effects.Count <= effects + 1, $"{where}: {world.Okta.Ledger.Effects.Count - effects} effects. {again}");
            Assert.True(again.ExitCode == 0 || world.Okta.Ledger.Effects.Count == effects || again.ToString().Contains("needs_person", StringComparison.Ordinal), $"{where}: {again}");
        }

        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{fault} at the first {points} syncs of a thread {(whileTheIdpIsAsked ? "while the IdP was asked" : "before the call")}: the process was gone within the action {gone} times, its intent was durable by then {begun} times, the effect done {done} times.");
        // The first sync after the attaching is the action's own: before the call that of what comes before the effect.
        Assert.True(fault.StartsWith("error", StringComparison.Ordinal) ? gone == 0 : gone > 0, $"{gone} of {points}");
        Assert.True(whileTheIdpIsAsked ? begun == points : done < points, $"{begun} begun, {done} done of {points}");
    }

    private static int Intents(AuditFiles log) => AuditReader.ReadAll(log.Log).Count(entry => entry.Kind == AuditKinds.EffectIntent);

    /// <summary>Killing strace lets its child go first; it holds the folder until it is gone itself.</summary>
    private static async Task GoneAsync(CliWorld world) => await Eventually.Is(() => Task.FromResult(IsFree(world.Data.Lock)), free => free);

    private static bool IsFree(string held)
    {
        try
        {
            using var file = new FileStream(held, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static Task<Ran> ClearAsync(CliWorld world, string key) =>
        world.RunAsync("call", "clear_sessions", "-i", $"person={CliWorld.Somebody}", "-i", "reason=strace", "-i", $"idempotency_key={key}");

    /// <summary>Holds all threads of the process when it returns.</summary>
    private static async Task<Process> AttachAsync(int process, string inject)
    {
        var strace = Process.Start(new ProcessStartInfo(Strace, ["-f", "-p", $"{process}", "-o", "/dev/null", "-e", "trace=fsync,fdatasync", "-e", inject]) { RedirectStandardError = true })!;
        using var patience = new CancellationTokenSource(Patience);
        var said = "";
        while (await strace.StandardError.ReadLineAsync(patience.Token) is { } line)
        {
            said += line;
            if (!line.Contains("attached", StringComparison.Ordinal))
                continue;
            _ = strace.StandardError.ReadToEndAsync(CancellationToken.None);
            return strace;
        }

        strace.Dispose();
        Needs.That(false, $"strace may not take hold of a running process here ({said}); allow ptrace");
        throw new InvalidOperationException(said);
    }

    private static Dictionary<string, string> Surroundings(CliWorld world) => new()
    {
        ["SIIT_IAM__LISTEN"] = "127.0.0.1:0",
        ["SIIT_IAM__CONNECTIONS__OKTA__IDP"] = "okta",
        ["SIIT_IAM__CONNECTIONS__OKTA__URL"] = world.Okta.BaseAddress.ToString(),
        ["SIIT_IAM__CONNECTIONS__OKTA__TOKEN__ENV"] = "SIIT_TEST_STRACE_TOKEN",
        ["SIIT_TEST_STRACE_TOKEN"] = EmulatedOkta.SswsToken,
    };

    private static Traced Serve(CliWorld world, string inject)
    {
        var start = new ProcessStartInfo(Strace, ["-f", "-qq", "-o", Path.Combine(world.Parent, "strace"), "-e", "trace=fsync", "-e", inject, ServeProcess.Executable, "serve", "--data", world.Data.Path])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        foreach (var (name, value) in Surroundings(world))
            start.Environment[name] = value;
        return new Traced(Process.Start(start)!);
    }

    /// <summary>False when it has ended before it listened, of what was done to it.</summary>
    private static async Task<bool> StartedAsync(Traced server)
    {
        using var patience = new CancellationTokenSource(Patience);
        var said = "";
        while (await server.Process.StandardError.ReadLineAsync(patience.Token) is { } line)
        {
            said += line + "\n";
            if (!Listening().IsMatch(line))
                continue;
            // Whatever else it says must not fill its pipe.
            _ = server.Process.StandardError.ReadToEndAsync(CancellationToken.None);
            return true;
        }

        // Else the test would kill nothing and be content: with wrong settings no server starts.
        Assert.DoesNotContain("The settings cannot be used", said, StringComparison.Ordinal);
        return false;
    }

    [GeneratedRegex("^Agents connect to ")]
    private static partial Regex Listening();

    private sealed record Traced(Process Process) : IDisposable
    {
        public void Dispose() => Process.Dispose();
    }
}
