using System.Text.Json.Nodes;

namespace Siit.Iam.Agent.Idps.Google;

/// <summary>
/// Department and title stand in the list <c>organizations</c>, the manager in the list <c>relations</c>. Google replaces such a list
/// as a whole, so a change is made in a copy of what is there, with everything in it that we do not know.
/// </summary>
internal static class GoogleProfile
{
    public static string? Department(GoogleUser user) => Text(Organization(user.Organizations as JsonArray), "department");

    public static string? Title(GoogleUser user) => Text(Organization(user.Organizations as JsonArray), "title");

    public static string? Manager(GoogleUser user) => Text(ManagerIn(user.Relations as JsonArray), "value");

    /// <summary>The list with a change made; null when there is nothing to change.</summary>
    public static JsonArray? Organizations(JsonNode? now, string? department, string? title)
    {
        if (department is null && title is null) return null;
        var list = Copy(now);
        if (Organization(list) is not { } organization) list.Add(organization = new JsonObject { ["primary"] = true });
        if (department is not null) organization["department"] = department;
        if (title is not null) organization["title"] = title;
        return list;
    }

    /// <inheritdoc cref="Organizations"/>
    public static JsonArray? Relations(JsonNode? now, string? manager)
    {
        if (manager is null) return null;
        var list = Copy(now);
        if (ManagerIn(list) is not { } relation) list.Add(relation = new JsonObject { ["type"] = "manager" });
        relation["value"] = manager;
        return list;
    }

    private static JsonObject? Organization(JsonArray? list) =>
        list?.OfType<JsonObject>().FirstOrDefault(one => one["primary"] is JsonValue primary && primary.TryGetValue<bool>(out var is1) && is1)
        ?? list?.OfType<JsonObject>().FirstOrDefault();

    private static JsonObject? ManagerIn(JsonArray? list) => list?.OfType<JsonObject>().FirstOrDefault(one => Text(one, "type") == "manager");

    private static string? Text(JsonObject? one, string field) => one?[field] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    private static JsonArray Copy(JsonNode? list) => list as JsonArray is { } known ? known.DeepClone().AsArray() : [];
}
