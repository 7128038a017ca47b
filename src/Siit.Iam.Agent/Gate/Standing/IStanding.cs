namespace Siit.Iam.Agent.Gate.Standing;

/// <summary>Who is somebody's manager and who owns what, now.</summary>
internal interface IStanding
{
    /// <param name="about">The account that a call changes, as <c>connection:id</c>, or a new work email.</param>
    Task<StandingFound> ManagerOfAsync(string about, CancellationToken cancellationToken);

    /// <param name="connection">Where the group or application is.</param>
    Task<StandingFound> OwnersOfAsync(string connection, bool application, string id, string name, CancellationToken cancellationToken);

    /// <summary>Whether it is certain that an approver's account cannot be used any more.</summary>
    bool IsEnded(string key);
}
