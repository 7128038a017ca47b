using Siit.Iam.Agent.Gate;

namespace Siit.Iam.Agent.Playbooks.Runs;

/// <summary>
/// Two runs never change one person at once: held from a run's first change of the person until it waits, ends, or turns to somebody
/// else. Of one person at a time, so that no two runs wait for each other.
/// </summary>
internal sealed class PersonLease(KeyedLocks locks) : IDisposable
{
    private string? _person;
    private IDisposable? _held;

    public async Task TakeAsync(string person, CancellationToken cancellationToken)
    {
        if (string.Equals(person, _person, StringComparison.OrdinalIgnoreCase))
            return;
        Dispose();
        _held = await locks.AcquireAsync($"person:{person.ToLowerInvariant()}", cancellationToken);
        _person = person;
    }

    public void Dispose()
    {
        _held?.Dispose();
        (_held, _person) = (null, null);
    }
}
