namespace Siit.Iam.Agent.Secrets;

/// <summary>How secrets get to people (section <c>secrets</c> of the settings).</summary>
internal sealed class SecretOptions
{
    /// <summary>How long a secret waits for its person before it is erased. 10 minutes to 7 days. Default: 24 hours.</summary>
    public TimeSpan Lifetime { get; set; } = TimeSpan.FromHours(24);

    /// <summary>Everything that is wrong, each with the key and the fix.</summary>
    public IEnumerable<string> Problems()
    {
        if (Lifetime < TimeSpan.FromMinutes(10) || Lifetime > TimeSpan.FromDays(7))
            yield return "secrets:lifetime must be between 10 minutes and 7 days.";
    }
}
