using System.Text.Json;

namespace Siit.Iam.Agent.Gate;

/// <summary>Where a call stands. A closed list.</summary>
internal enum CallState
{
    /// <summary>Being looked at.</summary>
    Received,
    /// <summary>A rule or the input said no; nothing was done and nobody was asked.</summary>
    Refused,
    /// <summary>Not executed; other people decide.</summary>
    AwaitingApproval,
    /// <summary>An approver said no.</summary>
    Denied,
    /// <summary>Nobody decided in time, which is a no.</summary>
    Expired,
    /// <summary>Withdrawn before the effect.</summary>
    Cancelled,
    /// <summary>The intent is written; the IdP is being asked.</summary>
    Executing,
    /// <summary>Done, and read back.</summary>
    Succeeded,
    /// <summary>It was so before; nothing was changed.</summary>
    AlreadySo,
    /// <summary>Certainly not done.</summary>
    Failed,
    /// <summary>Not known yet whether it was done; being settled, never repeated.</summary>
    Unknown,
    /// <summary>Cannot be told from here whether it was done; a person has to look.</summary>
    NeedsPerson,
}

internal static class CallStates
{
    public static string Word(this CallState state) => JsonNamingPolicy.SnakeCaseLower.ConvertName(state.ToString());

    /// <summary>Nothing more happens with it by itself.</summary>
    public static bool IsEnded(this CallState state) => state is CallState.Refused or CallState.Denied or CallState.Expired
        or CallState.Cancelled or CallState.Succeeded or CallState.AlreadySo or CallState.Failed or CallState.NeedsPerson;

    /// <summary>What was asked for is so.</summary>
    public static bool IsSuccess(this CallState state) => state is CallState.Succeeded or CallState.AlreadySo;
}
