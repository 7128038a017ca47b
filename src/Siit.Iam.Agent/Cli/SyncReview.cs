using System.CommandLine;
using Siit.Iam.Agent.People.Reads;

namespace Siit.Iam.Agent.Cli;

/// <summary><c>sync review</c>: what was imported, before the first action.</summary>
internal static class SyncReview
{
    public static Command Create(Verbs verbs)
    {
        var connection = new Argument<string?>("connection") { Description = "One connection; all when left out.", Arity = ArgumentArity.ZeroOrOne };
        return verbs.Create("review", "Review what was imported: read, joined, left over.", async (invocation, cancellationToken) =>
        {
            var answer = await invocation.Server.GetAsync(OperatorsClient.Path("/sync/review", ("connection", invocation.Maybe(connection))), cancellationToken);
            return invocation.Answer(answer, Told(WireJson.Read<ImportReview>(answer)));
        }, connection);
    }

    private static IEnumerable<string> Told(ImportReview review)
    {
        yield return $"{review.Persons:N0} people, {review.AtSeveral:N0} of them with accounts at several connections.";
        if (review.WithoutAccount > 0)
            yield return $"{review.WithoutAccount:N0} more are known to the HRIS only: no account yet.";
        if (review.Conflicts > 0)
            yield return $"{review.Conflicts:N0} doubts about who has which account have to be settled: siit-iam people conflicts";
        foreach (var line in review.Connections.SelectMany(Told))
            yield return line;
    }

    private static IEnumerable<string> Told(ConnectionReview review)
    {
        yield return "";
        if (review.ImportedAt is not { } imported)
        {
            yield return $"{review.Connection}: nothing is imported yet. siit-iam sync status shows how far it is.";
            yield break;
        }

        yield return $"{review.Connection}, imported {CallsVerbs.Moment(imported)}";
        yield return $"  read      {review.Accounts:N0} accounts, {review.Groups:N0} groups with {review.Memberships:N0} memberships, {review.Applications:N0} applications with {review.Assignments:N0} assignments, {review.AdminRoles:N0} administrator roles";
        yield return $"  joined    {review.Joined:N0} accounts with an account elsewhere; {review.Alone:N0} stand alone";
        if (review.LeftOver.Count == 0)
            yield return "  left over nothing";
        foreach (var left in review.LeftOver)
        {
            yield return $"  left over {left.Count:N0} {left.Meaning}";
            foreach (var one in left.Some)
                yield return $"            {one}";
            if (left.Count > left.Some.Count)
                yield return $"            and {left.Count - left.Some.Count:N0} more";
        }
    }
}
