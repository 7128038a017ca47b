using System.Text.Json.Nodes;

namespace Siit.Iam.Emulator.JumpCloud;

/// <summary>What is different about a user, as <c>changes</c> of an event tell it: field, before, after.</summary>
internal static class JumpCloudChanges
{
    /// <summary>Told of in one with whatever else changed.</summary>
    public static readonly IReadOnlyList<string> OfState = ["state", "suspended"];

    public static JsonArray Between(JumpCloudUser before, JumpCloudUser after)
    {
        var changes = new JsonArray();
        foreach (var name in before.Texts.Keys.Union(after.Texts.Keys).Order(StringComparer.Ordinal))
            Compare(name, before.Texts.GetValueOrDefault(name), after.Texts.GetValueOrDefault(name));
        Compare("username", before.Username, after.Username);
        Compare("email", before.Email, after.Email);
        Compare("manager", before.Manager, after.Manager);
        Compare("account_locked", before.Locked, after.Locked);
        Compare("enable_user_portal_multifactor", before.MfaRequired, after.MfaRequired);
        if (!before.Attributes.SequenceEqual(after.Attributes)) Add("attributes", Listed(before), Listed(after));
        Compare("state", before.State, after.State);
        Compare("suspended", before.State == "SUSPENDED", after.State == "SUSPENDED");
        return changes;

        void Compare<T>(string field, T? from, T? to)
        {
            if (!Equals(from, to)) Add(field, JsonValue.Create(from), JsonValue.Create(to));
        }

        void Add(string field, JsonNode? from, JsonNode? to) => changes.Add(new JsonObject { ["field"] = field, ["from"] = from, ["to"] = to });
    }

    private static JsonArray Listed(JumpCloudUser user) => new([.. user.Attributes.Select(a => new JsonObject { ["name"] = a.Key, ["value"] = a.Value })]);
}
