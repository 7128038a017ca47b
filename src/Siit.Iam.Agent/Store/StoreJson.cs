using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Siit.Iam.Agent.Store;

/// <summary>How records are written: camelCase, enums as snake_case words, no nulls. What is stored must stay readable.</summary>
internal static class StoreJson
{
    public static JsonSerializerOptions Options { get; } = Create();

    private static JsonSerializerOptions Create()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.General)
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            AllowDuplicateProperties = false,
            // Never embedded in a page as it is; readable when somebody looks into the file.
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
            TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { Adapt } },
        };
        options.MakeReadOnly();
        return options;
    }

    private static void Adapt(JsonTypeInfo type)
    {
        if (type.Kind != JsonTypeInfoKind.Object)
            return;
        foreach (var member in type.Properties)
        {
            // A null is left out when written, so it cannot be demanded when read.
            if (member.IsRequired && member.IsSetNullable)
                member.IsRequired = false;
        }

        if (!type.Type.IsAssignableTo(typeof(IRecord)))
            return;
        // Kept beside the JSON: the version is the store's to count, keys follow from the other members.
        if (type.Properties.FirstOrDefault(p => p.Name == "keys") is { } keys)
            type.Properties.Remove(keys);
        if (type.Properties.FirstOrDefault(p => p.Name == "version") is { } version)
            (version.ShouldSerialize, version.IsRequired) = (static (_, _) => false, false);
    }
}
