namespace Siit.Iam.Agent.Idps.Resilience;

/// <summary>Who goes first when a connection's requests have to wait for each other.</summary>
internal enum Urgency
{
    /// <summary>Somebody waits for this one.</summary>
    Interactive,
    /// <summary>One of many, such as an item of a playbook's loop or a further page of a list.</summary>
    Bulk,
}

/// <summary>How urgent it is what is called now; interactive unless said otherwise.</summary>
internal static class AmbientUrgency
{
    private static readonly AsyncLocal<Urgency> Current = new();

    public static Urgency Now => Current.Value;

    /// <summary>Holds for everything that is called until the result is disposed.</summary>
    public static IDisposable Of(Urgency urgency)
    {
        var before = Current.Value;
        Current.Value = urgency;
        return new Restore(before);
    }

    private sealed class Restore(Urgency before) : IDisposable
    {
        public void Dispose() => Current.Value = before;
    }
}
