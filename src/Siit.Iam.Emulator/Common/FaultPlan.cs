using System.Text.RegularExpressions;

namespace Siit.Iam.Emulator.Common;

/// <summary>The faults under way. A request is hit by the first that matches and still has times left.</summary>
public sealed class FaultPlan
{
    private readonly Lock gate = new();
    private readonly List<Planned> planned = [];

    public IReadOnlyList<Fault> Faults
    {
        get
        {
            lock (gate) return [.. planned.Where(p => !p.IsSpent).Select(p => p.Fault)];
        }
    }

    public void Add(params ReadOnlySpan<Fault> faults)
    {
        lock (gate)
        {
            foreach (var fault in faults) planned.Add(new(fault));
        }
    }

    public void Clear()
    {
        lock (gate) planned.Clear();
    }

    internal Fault? Take(string method, string path)
    {
        lock (gate) return planned.FirstOrDefault(p => p.Hits(method, path))?.Fault;
    }

    private sealed class Planned(Fault fault)
    {
        private readonly Regex? path =
            fault.Path is null ? null : new(fault.Path, RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));

        private int skip = fault.Skip;
        private int? left = fault.Times;

        public Fault Fault { get; } = fault;

        public bool IsSpent => left <= 0;

        public bool Hits(string method, string requestPath)
        {
            if (IsSpent || !(Fault.Method is null || Fault.Method.Equals(method, StringComparison.OrdinalIgnoreCase))) return false;
            if (path?.IsMatch(requestPath) is false) return false;
            // A stale read hits reads only (a search by POST is one), or a write would be computed from the past.
            if (Fault.Kind == FaultKind.StaleReads && method != "GET" && !requestPath.Contains("/search/", StringComparison.Ordinal)) return false;
            if (skip-- > 0) return false;
            left--;
            return true;
        }
    }
}
