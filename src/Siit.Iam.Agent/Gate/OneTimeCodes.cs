using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using OtpNet;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Secrets;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Gate;

/// <summary>
/// Proves that an approver is present: a time-based one-time code (RFC 6238, 6 digits, 30 seconds). No code counts twice, for
/// anything; wrong ones in a row close the door for a while. It proves presence, not what was read.
/// </summary>
internal sealed class OneTimeCodes(IStore store, AuditLog log, ApproverRegistry approvers, Sealer sealer, KeyedLocks locks, TimeProvider time)
{
    private const int FreeTries = 3;
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(15);

    /// <summary>The approver whose code this is; or why it does not count.</summary>
    /// <param name="email">Of the approver.</param>
    /// <param name="code">Six digits; spaces are ignored.</param>
    /// <param name="purpose">What it is given for, for the audit log, such as <c>approve call_…</c>.</param>
    public async Task<CodeCheck> CheckAsync(string email, string code, string purpose, CancellationToken cancellationToken)
    {
        if (await approvers.FindAsync(email, cancellationToken) is not { } found)
            return new CodeCheck(null, new Refusal("unknown_approver", $"'{Actions.HiddenText.Shown(email, 60)}' is no approver. siit-iam approvers list shows who is."));

        using var held = await locks.AcquireAsync($"code:{found.Id}", cancellationToken);
        var approver = await store.GetAsync<ApproverRecord>(found.Id, cancellationToken);
        if (approver is not { IsActive: true })
            return new CodeCheck(null, new Refusal("unknown_approver", "This approver was removed."));
        var now = time.GetUtcNow();
        if (approver.ThrottledUntil is { } until && now < until)
            return await RefuseAsync(approver, purpose, new Refusal("throttled", $"Too many wrong codes. The next one is looked at after {until:HH:mm:ss}Z."), cancellationToken);
        if (sealer.Open(ApproverRegistry.PurposeOf(approver.Id), approver.SealedSecret) is not { } secret)
            return await RefuseAsync(approver, purpose, new Refusal("not_readable", "This approver's secret cannot be opened with this server's key (data.key). Enrol the approver anew."), cancellationToken);
        if (StepOf(secret, code, now) is not { } step)
            return await WrongAsync(approver, purpose, now, cancellationToken);
        if (step <= approver.LastStep)
            return await RefuseAsync(approver, purpose, new Refusal("code_used", "This code was used before. Wait for the next one; no code counts twice."), cancellationToken);

        var used = approver with { LastStep = step, WrongCodes = 0, ThrottledUntil = null };
        return (await store.CommitAsync([Change.Save(used)], CancellationToken.None)).Done
            ? new CodeCheck(used with { Version = used.Version + 1 }, null)
            : new CodeCheck(null, new Refusal("changed_meanwhile", "The approver's record changed meanwhile; try again with the next code."));
    }

    private static long? StepOf(byte[] secret, string code, DateTimeOffset now)
    {
        var digits = string.Concat(code.Where(c => !char.IsWhiteSpace(c)));
        if (digits.Length != 6 || !digits.All(char.IsAsciiDigit))
            return null;
        var current = now.ToUnixTimeSeconds() / 30;
        var totp = new Totp(secret);
        // The step before and the one after, for clocks that differ; each is compared whole.
        long? matched = null;
        for (var step = current - 1; step <= current + 1; step++)
        {
            var expected = totp.ComputeTotp(DateTimeOffset.FromUnixTimeSeconds(step * 30).UtcDateTime);
            if (CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(expected), Encoding.ASCII.GetBytes(digits)))
                matched = step;
        }

        return matched;
    }

    private async Task<CodeCheck> WrongAsync(ApproverRecord approver, string purpose, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var wrong = approver.WrongCodes + 1;
        DateTimeOffset? until = null;
        if (wrong >= FreeTries)
            until = now + TimeSpan.FromTicks(Math.Min(LongestPause.Ticks, FirstPause.Ticks << Math.Min(wrong - FreeTries, 10)));
        // Counted before it is answered: a guess that cannot be counted is no guess.
        var counted = await store.CommitAsync([Change.Save(approver with { WrongCodes = wrong, ThrottledUntil = until })], CancellationToken.None);
        var message = until is { } pause ? $"The code is wrong. After {wrong} wrong codes the next one is looked at after {pause:HH:mm:ss}Z." : "The code is wrong.";
        return await RefuseAsync(approver, purpose, new Refusal(counted.Done ? "wrong_code" : "changed_meanwhile", message), cancellationToken);
    }

    private async Task<CodeCheck> RefuseAsync(ApproverRecord approver, string purpose, Refusal refusal, CancellationToken cancellationToken)
    {
        var data = new JsonObject { ["approver"] = approver.Id, ["purpose"] = purpose, ["code"] = refusal.Code };
        await log.WriteAsync(new AuditDraft(AuditKinds.ApproverCodeRefused) { Data = data }, cancellationToken);
        return new CodeCheck(null, refusal);
    }
}

/// <param name="Approver">Present; null when the code does not count.</param>
internal sealed record CodeCheck(ApproverRecord? Approver, Refusal? Refusal);
