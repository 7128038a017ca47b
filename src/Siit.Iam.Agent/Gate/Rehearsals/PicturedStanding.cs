using Siit.Iam.Agent.Gate.Standing;

namespace Siit.Iam.Agent.Gate.Rehearsals;

/// <summary>Managers and owners as somebody wrote them down. They are known by their work email, and for long enough.</summary>
internal sealed class PicturedStanding(PicturedDirectory directory) : IStanding
{
    /// <summary>The source of it, as in an approver's account: <c>picture:dan@acme.example</c>.</summary>
    public const string Source = "picture";

    public static string KeyOf(string email) => $"{Source}:{email.ToLowerInvariant()}";

    /// <summary>Everybody who is a manager or an owner of something.</summary>
    public static IEnumerable<string> PeopleOf(PicturedDirectory directory) => directory.Connections
        .SelectMany(tenant => tenant.Accounts.Select(account => account.Manager).OfType<string>().Concat(tenant.Groups.SelectMany(group => group.Owners)).Concat(tenant.Applications.SelectMany(application => application.Owners)))
        .Distinct(StringComparer.OrdinalIgnoreCase);

    public Task<StandingFound> ManagerOfAsync(string about, CancellationToken cancellationToken) => Task.FromResult(
        directory.Connections.SelectMany(tenant => tenant.Accounts.Where(account => about == $"{tenant.Name}:{account.Id}" || account.Email.Equals(about, StringComparison.OrdinalIgnoreCase)))
            .Select(account => account.Manager).OfType<string>().FirstOrDefault() is { } manager
            ? new StandingFound([KeyOf(manager)], null)
            : StandingFound.Nobody("the directory names no manager"));

    public Task<StandingFound> OwnersOfAsync(string connection, bool application, string id, string name, CancellationToken cancellationToken)
    {
        var tenant = directory.Connections.FirstOrDefault(tenant => tenant.Name == connection);
        var owners = (application ? tenant?.Applications.FirstOrDefault(one => one.Id == id)?.Owners : tenant?.Groups.FirstOrDefault(one => one.Id == id)?.Owners) ?? [];
        return Task.FromResult(owners.Count > 0 ? new StandingFound([.. owners.Select(KeyOf)], null) : StandingFound.Nobody($"{connection} names no owner"));
    }

    public bool IsEnded(string key) => false;
}
