using System.Collections.Concurrent;

namespace Siit.Iam.Agent.Tests.Journeys.Kills;

/// <summary>What the server has acknowledged to somebody, and may never take back.</summary>
internal sealed class KillTold
{
    public ConcurrentBag<ToldDecision> Decisions { get; } = [];

    /// <summary>Every answer that named a call and its state.</summary>
    public ConcurrentBag<ToldAnswer> Answers { get; } = [];

    /// <summary>Ids of runs.</summary>
    public ConcurrentDictionary<string, string> Runs { get; } = new();
}

internal sealed record ToldDecision(string Call, string Email, bool Approved, string Digest);

internal sealed record ToldAnswer(string Call, string State);
