using OtpNet;

namespace Siit.Iam.Agent.Tests.Journeys.Kills;

/// <summary>An approver with an authenticator. A code counts once, so it is handed out once.</summary>
internal sealed class KillApprover(string email, string group, byte[] secret)
{
    private readonly Lock _lock = new();
    private long _lastStep;

    public string Email => email;

    public string Group => group;

    /// <summary>A code that counts now and was not used yet; null until the next half minute.</summary>
    public string? TakeCode()
    {
        lock (_lock)
        {
            var current = DateTimeOffset.UtcNow.ToUnixTimeSeconds() / 30;
            // The next step's code is accepted as well, for clocks that differ.
            var step = Math.Max(current, _lastStep + 1);
            if (step > current + 1)
                return null;
            _lastStep = step;
            return new Totp(secret).ComputeTotp(DateTimeOffset.FromUnixTimeSeconds(step * 30).UtcDateTime);
        }
    }
}
