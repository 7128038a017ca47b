using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Gate;

/// <summary>
/// People who start runs on the page. They are no registered callers: the run may what its playbook allows itself, and goes on only
/// while the person is an enrolled approver.
/// </summary>
internal static class PageStarters
{
    /// <summary>No registered caller can have an id with a colon.</summary>
    private const string Prefix = "page:";

    public static string IdOf(string email) => Prefix + email.ToLowerInvariant();

    /// <summary>False when the starter is a person at the page who is no approver any more.</summary>
    public static async ValueTask<bool> StandsAsync(IStore store, string? starter, CancellationToken cancellationToken) =>
        starter?.StartsWith(Prefix, StringComparison.Ordinal) != true
        || (await store.ListAsync<ApproverRecord>(1000, cancellationToken: cancellationToken)).Any(approver => approver.IsActive && approver.IsPerson(starter[Prefix.Length..]));
}
