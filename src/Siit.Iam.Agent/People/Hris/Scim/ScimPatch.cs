using System.Text.Json.Nodes;

namespace Siit.Iam.Agent.People.Hris.Scim;

/// <summary>Applies a PATCH request to a resource (RFC 7644 §3.5.2), and what common clients send instead.</summary>
internal static class ScimPatch
{
    private const int MostOperations = 100;
    private static readonly string[] ReadOnly = ["id", "meta"];

    /// <summary>All operations or, when one throws, none: the resource is then not stored.</summary>
    public static void Apply(JsonObject resource, JsonObject request)
    {
        if (ScimJson.Member(request, "Operations") is not JsonArray { Count: > 0 and <= MostOperations } operations)
            throw ScimException.BadSyntax($"'Operations' must be a list of 1 to {MostOperations} operations.");
        foreach (var node in operations)
        {
            var operation = node as JsonObject ?? throw ScimException.BadSyntax("An operation must be an object.");
            var op = ScimJson.Text(operation, "op")?.ToLowerInvariant();
            if (op is not ("add" or "replace" or "remove"))
                throw ScimException.BadSyntax("'op' must be add, replace or remove.");
            var value = ScimJson.Member(operation, "value");
            if (ScimJson.Text(operation, "path") is { } path)
                Apply(resource, op, path, value);
            else if (op == "remove")
                throw new ScimException(StatusCodes.Status400BadRequest, "noTarget", "'remove' needs a 'path'.");
            else
                ApplyAll(resource, op, value as JsonObject ?? throw ScimException.BadValue("Without a 'path' the 'value' must be an object."));
        }
    }

    /// <summary>Names may be paths: some clients send <c>{"name.givenName": "Ana"}</c>.</summary>
    private static void ApplyAll(JsonObject resource, string op, JsonObject values)
    {
        foreach (var (name, value) in values)
        {
            // Repeated by clients that send whole resources.
            if (!name.Equals("schemas", StringComparison.OrdinalIgnoreCase) && !ReadOnly.Contains(name, StringComparer.OrdinalIgnoreCase))
                Apply(resource, op, name, value);
        }
    }

    private static void Apply(JsonObject resource, string op, string text, JsonNode? value)
    {
        if (ScimPath.Parse(text) is not { } path)
            return;
        if (path.Schema is null && ReadOnly.Contains(path.Attribute, StringComparer.OrdinalIgnoreCase))
            throw new ScimException(StatusCodes.Status400BadRequest, "mutability", $"'{path.Attribute}' cannot be changed.");
        var of = path.Schema is null ? resource : Extension(resource, path.Schema);
        if (path.Attribute is not null)
            Apply(of, op, path, value);
        else if (op == "remove")
            of.Clear();
        else
            Merge(of, value as JsonObject ?? throw ScimException.BadValue("The value of an extension must be an object."));
    }

    private static void Apply(JsonObject of, string op, ScimPath path, JsonNode? value)
    {
        var name = ScimJson.NameIn(of, path.Attribute!) ?? path.Attribute!;
        if (path.Filter is not null)
            ApplyToChosen(of, op, name, path.Filter, path.Sub, value);
        else if (path.Sub is null)
            Set(of, op, name, value);
        else if (of[name] is JsonArray list)
            list.OfType<JsonObject>().ToList().ForEach(one => Set(one, op, path.Sub, value));
        else if (of[name] is JsonObject child)
            Set(child, op, path.Sub, value);
        else if (op != "remove")
            of[name] = new JsonObject { [path.Sub] = value?.DeepClone() };
    }

    private static void ApplyToChosen(JsonObject of, string op, string name, ScimComparison filter, string? sub, JsonNode? value)
    {
        var list = of[name] as JsonArray ?? [];
        var chosen = list.OfType<JsonObject>().Where(filter.Holds).ToList();
        if (chosen.Count == 0 && op == "replace")
            throw new ScimException(StatusCodes.Status400BadRequest, "noTarget", $"No '{name}' is like that; use add.");
        if (chosen.Count == 0 && op == "add")
        {
            var added = new JsonObject { [filter.Attribute] = filter.Value.DeepClone() };
            list.Add(added);
            of[name] = list;
            chosen.Add(added);
        }

        foreach (var one in chosen)
        {
            if (sub is not null)
                Set(one, op, sub, value);
            else if (op == "remove")
                list.Remove(one);
            else
                Merge(one, value as JsonObject ?? throw ScimException.BadValue($"The value of one of '{name}' must be an object."));
        }
    }

    private static void Set(JsonObject of, string op, string attribute, JsonNode? value)
    {
        var name = ScimJson.NameIn(of, attribute) ?? attribute;
        if (op == "remove")
            of.Remove(name);
        else if (value is JsonObject changed && of[name] is JsonObject known)
            Merge(known, changed);
        else if (op == "add" && of[name] is JsonArray list && value is not null)
            Append(list, value);
        else
            of[name] = value?.DeepClone();
    }

    private static void Append(JsonArray list, JsonNode value)
    {
        foreach (var added in value is JsonArray several ? several.ToArray() : [value])
        {
            if (!list.Any(known => JsonNode.DeepEquals(known, added)))
                list.Add(added?.DeepClone());
        }
    }

    private static void Merge(JsonObject into, JsonObject changed)
    {
        foreach (var (name, value) in changed)
            into[ScimJson.NameIn(into, name) ?? name] = value?.DeepClone();
    }

    private static JsonObject Extension(JsonObject resource, string schema)
    {
        var name = ScimJson.NameIn(resource, schema) ?? schema;
        if (resource[name] is not JsonObject extension)
            resource[name] = extension = [];
        return extension;
    }
}
