using System.Buffers;
using System.Text.Json;

namespace Siit.Iam.Emulator.Okta;

/// <summary>Somebody's assignment to an application, in the shape of Okta's description. Written straight to bytes: lists of them are long.</summary>
internal static class OktaAppUser
{
    /// <summary>The direct assignment wins over one through a group; null when there is neither.</summary>
    public static ReadOnlyMemory<byte>? Bytes(OktaApp app, OktaUser user, OktaState state, string origin)
    {
        var direct = app.Users.GetValueOrDefault(user.Id);
        var through = direct is null ? state.ThroughGroup(app, user) : null;
        if (direct is null && through is null) return null;
        var since = OktaJson.Time(direct?.Created ?? through!.LastUpdated);
        var buffer = new ArrayBufferWriter<byte>(1024);
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        json.WriteString("id", user.Id);
        json.WriteString("externalId", user.Login);
        json.WriteString("created", since);
        json.WriteString("lastUpdated", since);
        json.WriteString("scope", direct is null ? "GROUP" : "USER");
        json.WriteString("status", user.Status == "SUSPENDED" ? "SUSPENDED" : "ACTIVE");
        json.WriteString("statusChanged", since);
        json.WriteNull("passwordChanged");
        json.WriteString("syncState", "DISABLED");
        json.WriteStartObject("credentials");
        json.WriteString("userName", direct?.UserName ?? user.Login);
        json.WriteEndObject();
        json.WriteStartObject("profile");
        if (direct?.Profile is { } profile)
        {
            foreach (var (name, value) in profile)
            {
                json.WritePropertyName(name);
                value.WriteTo(json);
            }
        }
        else
        {
            json.WriteString("email", user.Text("email"));
        }

        json.WriteEndObject();
        json.WriteStartObject("_links");
        Link(json, "app", $"{origin}/api/v1/apps/{app.Id}");
        Link(json, "user", $"{origin}/api/v1/users/{user.Id}");
        if (through is not null) Link(json, "group", $"{origin}/api/v1/groups/{through.GroupId}", state.Groups[through.GroupId].Name);
        json.WriteEndObject();
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }

    private static void Link(Utf8JsonWriter json, string relation, string address, string? name = null)
    {
        json.WriteStartObject(relation);
        json.WriteString("href", address);
        if (name is not null) json.WriteString("name", name);
        json.WriteEndObject();
    }
}
