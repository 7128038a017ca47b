using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.People.Copy;
using Siit.Iam.Agent.People.Events;
using Siit.Iam.Agent.People.Sync;

namespace Siit.Iam.Agent.Tests.Journeys.SyncKills;

/// <summary>What has to be so after each kill, and at the end.</summary>
internal sealed class SyncKillInvariants
{
    private readonly Dictionary<string, List<DeadConnection>> _seen = [];
    private readonly List<string> _violations = [];

    /// <summary>Kills in which an import died that had read something, and after which it went on.</summary>
    public int GoneOn { get; private set; }

    /// <summary>Kills in which at least one import died, by whether it was the first, narrowed, or read everything.</summary>
    public Dictionary<string, int> Died { get; } = [];

    public IReadOnlyList<string> Violations => _violations;

    /// <summary>Compares what a killed server left with what the one before had left.</summary>
    public void Look(int kill, IReadOnlyList<SyncKillIdp> idps, DeadCopy dead)
    {
        foreach (var idp in idps)
        {
            var now = dead.Of(idp.Name);
            if (!_seen.TryGetValue(idp.Name, out var all))
                _seen[idp.Name] = all = [];
            if (now.Run is { } run)
            {
                var kind = now.State.ImportedAt is null ? "first" : run.ChangedSince is null ? "full" : "narrowed";
                Died[kind] = Died.GetValueOrDefault(kind) + 1;
            }

            if (all is [.., var before])
                _violations.AddRange(Between(before, now).Select(what => $"Kill {kill}, {idp.Name}: {what}"));
            all.Add(now);
        }
    }

    /// <summary>Where a source tells only states, copy and events are of one piece: from each kill on, the events lead to what is.</summary>
    public void Replay(string connection, IReadOnlyList<LifecycleEvent> events, DeadConnection end)
    {
        foreach (var (kill, seen) in _seen[connection].Index().Where(seen => seen.Item.State.ImportedAt is not null))
        {
            var ties = seen.Members.ToHashSet();
            foreach (var told in events.Where(told => told.Connection == connection && string.CompareOrdinal(told.Id, seen.LastEvent) > 0))
            {
                if (told.Kind == LifecycleKind.MembershipAdded && !ties.Add((told.Object!, told.Account)))
                    _violations.Add($"{connection} from kill {kill + 1}: event {told.Id} adds {told.Account} to {told.Object} a second time");
                if (told.Kind == LifecycleKind.MembershipRemoved && !ties.Remove((told.Object!, told.Account)))
                    _violations.Add($"{connection} from kill {kill + 1}: event {told.Id} removes {told.Account} from {told.Object}, who was not in it");
                if (told.Kind == LifecycleKind.AccountDeleted)
                    ties.RemoveWhere(tie => tie.Account == told.Account);
            }

            if (!ties.SetEquals(end.Members))
                _violations.Add($"{connection} from kill {kill + 1}: the events do not lead to the memberships that are: {string.Join(", ", ties.Except(end.Members).Concat(end.Members.Except(ties)).Take(5))}");
        }
    }

    /// <summary>Every event of the vendor's log is told, and once.</summary>
    public void Log(string connection, IReadOnlySet<string> log, IReadOnlyDictionary<string, ToldEvent> told, IReadOnlyList<LifecycleEvent> events)
    {
        _violations.AddRange(log.Except(told.Keys).Take(10).Select(id => $"{connection}: {id} of the log was never told"));
        _violations.AddRange(told.Keys.Except(log).Take(10).Select(id => $"{connection}: {id} was told and is not in the log"));
        var ours = events.Where(one => one.Connection == connection && one.Source == EventSource.Log).Select(one => one.Id).ToHashSet();
        var named = told.Where(one => one.Value.Event is not null).ToList();
        _violations.AddRange(named.GroupBy(one => one.Value.Event!).Where(same => same.Count() > 1).Select(same => $"{connection}: event {same.Key} stands for {string.Join(" and ", same.Select(one => one.Key))}"));
        _violations.AddRange(named.Where(one => !ours.Contains(one.Value.Event!)).Take(10).Select(one => $"{connection}: {one.Key} was told as event {one.Value.Event}, which is not there"));
        if (ours.Count != named.Count)
            _violations.Add($"{connection}: {ours.Count} events come from the log, {named.Count} of the log's were told");
    }

    /// <summary>Nobody comes into a group twice without leaving it, whether the log told it or two states.</summary>
    public void Alternate(string connection, IReadOnlyList<LifecycleEvent> events) => _violations.AddRange(Alternating(connection, events));

    /// <summary>See <see cref="Alternate"/>.</summary>
    public static IEnumerable<string> Alternating(string connection, IReadOnlyList<LifecycleEvent> events)
    {
        var last = new Dictionary<(string Account, string Group), LifecycleEvent>();
        foreach (var told in events.Where(told => told.Connection == connection).OrderBy(told => told.Time).ThenBy(told => told.Id, StringComparer.Ordinal))
        {
            if (told.Kind == LifecycleKind.AccountDeleted)
                foreach (var tie in last.Keys.Where(tie => tie.Account == told.Account).ToList())
                    last.Remove(tie);
            if (told.Kind is not (LifecycleKind.MembershipAdded or LifecycleKind.MembershipRemoved))
                continue;
            var key = (told.Account, told.Object!);
            if (last.TryGetValue(key, out var before) && before.Kind == told.Kind)
                yield return $"{connection}: {told.Kind} of {told.Account} and {told.ObjectName ?? told.Object} is told by event {before.Id} ({before.Source} {before.Time:HH:mm:ss.fff}) and by {told.Id} ({told.Source} {told.Time:HH:mm:ss.fff}, known {told.KnownAt:HH:mm:ss.fff})";
            last[key] = told;
        }
    }

    /// <summary>Ids count up without a gap: whoever reads on behind the last one misses none.</summary>
    public void Ids(IReadOnlyList<LifecycleEvent> events)
    {
        foreach (var (number, told) in events.Index().Where(one => one.Item.Id != (one.Index + 1).ToString("D16")).Take(1))
            _violations.Add($"Event {number + 1} has the id {told.Id}");
    }

    public void Lines(string connection, IReadOnlyList<string> fresh, IReadOnlyList<string> copy)
    {
        _violations.AddRange(fresh.Except(copy).Take(10).Select(line => $"{connection}: the copy lacks {line}"));
        _violations.AddRange(copy.Except(fresh).Take(10).Select(line => $"{connection}: the copy has, and the IdP has not {line}"));
        if (fresh.Count != copy.Count)
            _violations.Add($"{connection}: {copy.Count} lines in the copy, {fresh.Count} at the IdP");
    }

    public void Add(string violation) => _violations.Add(violation);

    private IEnumerable<string> Between(DeadConnection before, DeadConnection now)
    {
        if (string.CompareOrdinal(now.LastEvent, before.LastEvent) < 0)
            yield return $"event {before.LastEvent} was durable, {now.LastEvent} is the last one now";
        if (before.State.ImportedAt is not null && now.State.ImportedAt is null)
            yield return "the picture was complete and is not any more";
        if (before.State.ImportedAt is null && before.Run is not null && now.State.ImportedAt is null && now.Run?.BeganAt != before.Run.BeganAt)
            yield return "the first import began anew";
        if (before.Run is not { Stage: ImportStage.Reading } || now.Run?.BeganAt != before.Run.BeganAt)
            yield break;
        GoneOn += before.Pages.Count > 0 ? 1 : 0;
        if (before.Pages.FirstOrDefault(page => !now.Pages.Contains(page)) is { } lost)
            yield return $"page {lost} was read and is not there any more";
        // What is to be read stands in the file, and nothing else is read.
        var last = before.Pages.Concat(before.Reads).Max(StringComparer.Ordinal)!;
        if (now.Reads.FirstOrDefault(read => string.CompareOrdinal(read, last) <= 0 && !before.Reads.Contains(read)) is { } again)
            yield return $"{again} was read and is to be read again";
    }
}
