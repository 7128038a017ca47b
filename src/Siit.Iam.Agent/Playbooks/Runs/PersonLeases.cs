using System.Security.Cryptography;
using System.Text;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.People.Copy;
using Siit.Iam.Agent.People.Persons;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Playbooks.Runs;

/// <summary>
/// Which run changes which person. No two runs wait for each other: one that waits for a lease holds only those of effects that are under
/// way, and these come to their end without it.
/// </summary>
internal sealed class PersonLeases(IStore store, CallDesk calls, PersonLookup persons, DirectoryCopy copy, TimeProvider time)
{
    /// <summary>The same for every way to name a person, as far as the copy of the directory knows.</summary>
    /// <param name="named">As a step names somebody: an address, or <c>connection:id</c>.</param>
    public async Task<string> KeyAsync(string named, CancellationToken cancellationToken)
    {
        var person = !copy.IsLoaded ? null
            : named.Split(':', 2) is [var connection, { Length: > 0 } id] && copy.Imported().Contains(connection) ? await persons.OfAsync(new AccountKey(connection, id), cancellationToken)
            : await persons.AtAsync(named, cancellationToken) is [var only] ? only
            : null;
        var key = person?.Id ?? AddressKey.Of(named);
        return key.Length <= 200 ? key : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));
    }

    /// <param name="open">Keys of people on whom this run has an effect under way.</param>
    public async Task<LeaseTaking> TakeAsync(RunRecord run, string key, IReadOnlySet<string> open, CancellationToken cancellationToken)
    {
        var known = await store.GetAsync<PersonLease>(key, cancellationToken);
        if (known is not null && known.Run != run.Id && await HolderAsync(run, known, cancellationToken) is { } holder)
            return new LeaseTaking([], holder);
        var lease = new PersonLease { Id = key, Version = known?.Version ?? 0, Run = run.Id, Since = time.GetUtcNow() };
        List<Change> changes = known is null ? [Change.Create(lease)] : known.Run != run.Id ? [Change.Save(lease)] : [];
        changes.AddRange((await HeldAsync(run.Id, cancellationToken)).Where(held => held.Id != key && !open.Contains(held.Id)).Select(Given));
        return new LeaseTaking(changes, null);
    }

    /// <summary>What the run gives back when it waits or ends.</summary>
    public async Task<IReadOnlyList<Change>> GivenBackAsync(string run, IReadOnlySet<string> open, CancellationToken cancellationToken) =>
        [.. (await HeldAsync(run, cancellationToken)).Where(held => !open.Contains(held.Id)).Select(Given)];

    private static Change Given(PersonLease lease) => Change.Delete<PersonLease>(lease.Id, lease.Version);

    private ValueTask<IReadOnlyList<PersonLease>> HeldAsync(string run, CancellationToken cancellationToken) =>
        store.FindAsync<PersonLease>("run", run, 1000, cancellationToken: cancellationToken);

    /// <summary>Who really holds it: null when it counts for nothing any more.</summary>
    private async Task<RunRecord?> HolderAsync(RunRecord run, PersonLease lease, CancellationToken cancellationToken)
    {
        if (await store.GetAsync<RunRecord>(lease.Run, cancellationToken) is not { } holder || holder.State.IsEnded())
            return null;
        if (!run.Preempts || holder.Preempts)
            return holder;
        // What goes first waits for what has been sent, for nothing that people have yet to say.
        var journal = await Journal.LoadAsync(store, time, holder.Id, cancellationToken);
        var open = journal.Open.Where(intent => Journal.LeaseOf(intent) == lease.Id).Select(intent => Intake.IdOf(new RunStep(holder.Id, intent.Path, holder.Title, holder.Requester, null))).ToList();
        foreach (var call in open)
            await calls.CancelAsync(RunCallers.Withdrawing(holder), call, cancellationToken);
        foreach (var call in open)
        {
            if (await store.GetAsync<CallRecord>(call, cancellationToken) is { State: CallState.Executing or CallState.Unknown or CallState.Received })
                return holder;
        }

        return null;
    }
}
