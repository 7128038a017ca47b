using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Playbooks.Format;

namespace Siit.Iam.Agent.Playbooks.Checks;

/// <summary>JSON Schema for editors, made from the tables of the checker. For typing: what is safe is told by the checker alone.</summary>
internal static class EditorSchema
{
    public static JsonObject Make()
    {
        var schema = Of(Shapes.Playbook);
        var told = new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["title"] = "Siit IAM playbook, version 1",
        };
        foreach (var (name, value) in schema.ToList())
        {
            schema.Remove(name);
            told[name] = value;
        }

        told["$defs"] = new JsonObject { ["step"] = Step() };
        return told;
    }

    private static JsonObject Of(Shape shape) => shape switch
    {
        TextShape text => Text(text),
        WordShape words => new JsonObject { ["enum"] = Words(words.Words) },
        IntShape range => new JsonObject { ["type"] = "integer", ["minimum"] = range.Min, ["maximum"] = range.Max },
        BoolShape => new JsonObject { ["type"] = "boolean" },
        DurationShape or OffsetShape => new JsonObject { ["type"] = "string", ["description"] = shape.What },
        ExpressionShape => new JsonObject { ["type"] = new JsonArray("string", "boolean"), ["description"] = shape.What },
        TemplateShape => new JsonObject { ["type"] = "string", ["description"] = "a text; ${expression} is replaced once" },
        ValueShape => new JsonObject { ["type"] = new JsonArray("string", "number", "boolean"), ["description"] = "a value; =expression is computed, ${expression} in a text is replaced once" },
        LiteralShape => new JsonObject { ["type"] = new JsonArray("string", "number", "boolean") },
        ListShape list => List(list),
        MapShape map => new JsonObject
        {
            ["type"] = "object",
            ["propertyNames"] = new JsonObject { ["pattern"] = Shapes.NamePattern },
            ["additionalProperties"] = Of(map.Item),
        },
        StepsShape => new JsonObject { ["type"] = "array", ["items"] = new JsonObject { ["$ref"] = "#/$defs/step" } },
        WordOrObjectShape either => new JsonObject { ["anyOf"] = new JsonArray(Of(either.Word), Of(either.Object)) },
        ObjectShape keys => Object(keys.Keys),
        _ => throw new InvalidOperationException($"No schema for {shape.GetType().Name}."),
    };

    private static JsonObject Text(TextShape text)
    {
        var schema = new JsonObject { ["type"] = "string", ["maxLength"] = text.MaxLength };
        if (text.Pattern is not null)
            schema["pattern"] = text.Pattern;
        return schema;
    }

    private static JsonObject List(ListShape list)
    {
        var schema = new JsonObject { ["type"] = "array", ["items"] = Of(list.Item) };
        if (!list.MayBeEmpty)
            schema["minItems"] = 1;
        return schema;
    }

    private static JsonObject Object(IEnumerable<Key> keys)
    {
        var known = keys.Where(key => key.Offered).ToList();
        var schema = new JsonObject
        {
            ["type"] = "object",
            ["properties"] = new JsonObject(known.Select(key => KeyValuePair.Create(key.Name, (JsonNode?)Of(key.Shape)))),
        };
        if (known.Exists(key => key.Required))
            schema["required"] = Words(known.Where(key => key.Required).Select(key => key.Name));
        schema["additionalProperties"] = false;
        return schema;
    }

    private static JsonObject Step()
    {
        var verbs = Shapes.Verbs.Select(verb => (JsonNode)Object([new Key("id", Shapes.StepId, Required: true), new Key(verb.Name, verb.Shape, Required: true), .. verb.Beside]));
        var actions = ActionCatalog.All.Select(action => (JsonNode)new JsonObject
        {
            ["if"] = new JsonObject { ["properties"] = new JsonObject { ["do"] = new JsonObject { ["const"] = action.Name } }, ["required"] = Words(["do"]) },
            ["then"] = new JsonObject { ["properties"] = new JsonObject { ["with"] = Arguments(action) } },
        });
        return new JsonObject { ["oneOf"] = new JsonArray([.. verbs]), ["allOf"] = new JsonArray([.. actions]) };
    }

    private static JsonObject Arguments(ActionDefinition action)
    {
        var open = action.Input.Fields.Where(field => !RunArguments.Reserved.Contains(field.Name)).ToList();
        var schema = new JsonObject
        {
            ["description"] = action.Description,
            ["properties"] = new JsonObject(open.Select(field => KeyValuePair.Create(field.Name, (JsonNode?)new JsonObject()))),
            ["additionalProperties"] = false,
        };
        if (open.Exists(field => field.Required && field.Name != RunArguments.Reason))
            schema["required"] = Words(open.Where(field => field.Required && field.Name != RunArguments.Reason).Select(field => field.Name));
        return schema;
    }

    private static JsonArray Words(IEnumerable<string> words) => new([.. words.Select(word => (JsonNode)word)]);
}
