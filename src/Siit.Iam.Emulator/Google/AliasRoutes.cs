using System.Text.Json.Nodes;

namespace Siit.Iam.Emulator.Google;

/// <summary>Further addresses of a user.</summary>
internal static class AliasRoutes
{
    public static GoogleAnswer List(GoogleRequest request)
    {
        var user = request.User();
        var body = new JsonObject { ["kind"] = "admin#directory#aliases" };
        if (user.Aliases.Count > 0)
        {
            body["aliases"] = new JsonArray([.. user.Aliases.Select(alias =>
                new JsonObject { ["kind"] = "admin#directory#alias", ["id"] = user.Id, ["primaryEmail"] = user.PrimaryEmail, ["alias"] = alias })]);
        }

        return GoogleAnswer.Ok(body);
    }

    public static GoogleAnswer Add(GoogleRequest request)
    {
        var user = request.Target();
        var alias = GoogleRequest.Text(request.Object(), "alias") ?? throw GoogleErrors.Missing("alias");
        if (!alias.EndsWith("@" + Company.Acme.Domain, StringComparison.OrdinalIgnoreCase)) throw new GoogleRefusal(404, "notFound", "Domain not found.");
        if (request.State.IsTaken(alias)) throw GoogleErrors.Exists();
        request.State = request.State.With(user with { Aliases = user.Aliases.Add(alias.ToLowerInvariant()) });
        request.LogUser("ADD_NICKNAME", user, ("USER_NICKNAME", alias));
        request.Effect("user.add_alias", alias, user.Id);
        return GoogleAnswer.Ok(new JsonObject { ["kind"] = "admin#directory#alias", ["id"] = user.Id, ["primaryEmail"] = user.PrimaryEmail, ["alias"] = alias });
    }

    public static GoogleAnswer Remove(GoogleRequest request)
    {
        var user = request.Target();
        var alias = user.Aliases.Find(a => a.Equals(request.Segment("alias"), StringComparison.OrdinalIgnoreCase)) ?? throw GoogleErrors.NotFound("alias");
        request.State = request.State.With(user with { Aliases = user.Aliases.Remove(alias) });
        request.LogUser("REMOVE_NICKNAME", user, ("USER_NICKNAME", alias));
        request.Effect("user.remove_alias", alias, user.Id);
        return GoogleAnswer.NoContent;
    }
}
