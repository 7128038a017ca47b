using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Audit;

namespace Siit.Iam.Agent.Console.SignIn;

/// <summary>What the audit log says about signing in. Refusals are counted, not written, once somebody makes many of them.</summary>
internal sealed class SignInAudit(AuditLog log, TimeProvider time)
{
    private const int RefusalsPerMinute = 30;
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private DateTimeOffset _since;
    private int _written;
    private int _swallowed;

    public Task SignedInAsync(SessionRecord session, CancellationToken cancellationToken) => WriteAsync(AuditKinds.ConsoleSignedIn, session.Email, new JsonObject
    {
        ["subject"] = session.Subject,
        ["session"] = session.Id,
        ["signed_in_at"] = session.SignedInAt,
    }, cancellationToken);

    public Task SignedOutAsync(SessionRecord session, CancellationToken cancellationToken) =>
        WriteAsync(AuditKinds.ConsoleSignedOut, session.Email, new JsonObject { ["session"] = session.Id }, cancellationToken);

    /// <param name="why">One of <see cref="SignInRefusals"/>.</param>
    /// <param name="who">As far as the provider told; null when it vouched for nobody.</param>
    public async Task RefusedAsync(string why, string? who, string? subject, CancellationToken cancellationToken)
    {
        int? swallowed;
        lock (_gate)
        {
            var now = time.GetUtcNow();
            if (now - _since >= Minute)
                (_since, _written) = (now, 0);
            if (++_written > RefusalsPerMinute)
            {
                _swallowed++;
                return;
            }

            (swallowed, _swallowed) = (_swallowed > 0 ? _swallowed : null, 0);
        }

        if (swallowed is { } count)
            await log.WriteAsync(new AuditDraft(AuditKinds.RateSwallowed) { Actor = Actor(null), Data = new JsonObject { ["what"] = AuditKinds.ConsoleSignInRefused, ["count"] = count } }, cancellationToken);
        await WriteAsync(AuditKinds.ConsoleSignInRefused, HiddenText.Shown(who), new JsonObject { ["why"] = why, ["subject"] = HiddenText.Shown(subject) }, cancellationToken);
    }

    private async Task WriteAsync(string kind, string? who, JsonObject data, CancellationToken cancellationToken) =>
        await log.WriteAsync(new AuditDraft(kind) { Actor = Actor(who), Data = data }, cancellationToken);

    private static AuditActor Actor(string? who) => new() { Operator = string.IsNullOrEmpty(who) ? null : who, Door = Gate.Doors.Console };
}
