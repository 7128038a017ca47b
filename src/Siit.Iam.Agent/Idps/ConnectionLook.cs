using System.Globalization;

namespace Siit.Iam.Agent.Idps;

/// <summary>Several looks at one IdP at once, and what their answers said by the way.</summary>
internal sealed class ConnectionLook(IdpKind idp, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, IdpException> _trouble = new(StringComparer.Ordinal);
    private readonly List<QuotaState> _quotas = [];

    /// <summary>What failed, by what the look was for: a scope, a permission.</summary>
    public IReadOnlyDictionary<string, IdpException> Trouble => _trouble;

    public IReadOnlyList<QuotaState> Quotas => [.. _quotas.OrderBy(quota => quota.Name, StringComparer.Ordinal)];

    public TimeSpan? Skew { get; private set; }

    public bool IsRefused(string what) => Trouble.GetValueOrDefault(what)?.Trouble == IdpTrouble.NotAllowed;

    /// <summary>Null when it failed; why then stands in <see cref="Trouble"/>.</summary>
    /// <param name="read">The answer's <c>Date</c>, and a quota if it states one.</param>
    public async Task<T?> AtAsync<T>(string what, Func<Task<T>> send, Func<T, (DateTimeOffset? Date, QuotaState? Quota)> read)
        where T : class
    {
        var sent = time.GetUtcNow();
        try
        {
            var answer = await send();
            var (date, quota) = read(answer);
            lock (_gate)
            {
                Skew ??= ConnectionCheck.Skew(date, sent, time.GetUtcNow());
                if (quota is not null) _quotas.Add(quota);
            }
            return answer;
        }
        catch (IdpException e)
        {
            lock (_gate) _trouble[what] = e;
            return null;
        }
    }

    /// <summary>A wrong clock, reads that failed for another reason than a missing right, and quotas that are used up.</summary>
    /// <param name="except">Looks whose failure is no trouble.</param>
    public IEnumerable<string> Problems(params string[] except)
    {
        if (Skew is { } ahead && ahead.Duration() > ConnectionCheck.TolerableSkew)
            yield return string.Create(CultureInfo.InvariantCulture, $"This machine's clock is {ahead.Duration().TotalSeconds:0} s {(ahead > TimeSpan.Zero ? "ahead of" : "behind")} {idp.Title()}'s: set it, or sign-ins fail.");
        foreach (var (_, trouble) in Trouble.Where(entry => !except.Contains(entry.Key) && entry.Value.Trouble != IdpTrouble.NotAllowed)) yield return trouble.Message;
        if (Quotas.FirstOrDefault(quota => quota is { Remaining: 0, Limit: > 0 }) is { } used)
            yield return $"The quota of {used.Name} is used up{(used.ResetsAt is { } until ? $" until {until:u}" : "")}.";
    }
}
