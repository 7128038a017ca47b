using System.Text.Json.Nodes;

namespace Siit.Iam.Agent.People.Hris.Scim;

/// <summary>What this door offers, in SCIM's own words (RFC 7643 §5 to §7).</summary>
internal static class ScimDiscovery
{
    public static JsonObject Config(string address) => new()
    {
        ["schemas"] = ScimJson.Array(ScimUrns.Config),
        ["patch"] = Supported(true),
        ["bulk"] = new JsonObject { ["supported"] = false, ["maxOperations"] = 0, ["maxPayloadSize"] = 0 },
        ["filter"] = new JsonObject { ["supported"] = true, ["maxResults"] = ScimUsers.MostPerPage },
        ["changePassword"] = Supported(false),
        ["sort"] = Supported(false),
        ["etag"] = Supported(true),
        ["authenticationSchemes"] = ScimJson.Array(new JsonObject
        {
            ["type"] = "oauthbearertoken",
            ["name"] = "Bearer token",
            ["description"] = "The token of this HRIS, from the server's settings (hris:sources).",
        }),
        ["meta"] = Meta("ServiceProviderConfig", $"{address}/ServiceProviderConfig"),
    };

    public static JsonObject UserType(string address) => new()
    {
        ["schemas"] = ScimJson.Array(ScimUrns.ResourceType),
        ["id"] = "User",
        ["name"] = "User",
        ["endpoint"] = "/Users",
        ["description"] = "A person as the HRIS knows them",
        ["schema"] = ScimUrns.User,
        ["schemaExtensions"] = ScimJson.Array(Extension(ScimUrns.Enterprise), Extension(ScimUrns.Hris)),
        ["meta"] = Meta("ResourceType", $"{address}/ResourceTypes/User"),
    };

    public static IReadOnlyList<JsonObject> Schemas(string address) =>
    [
        Schema(address, ScimUrns.User, "User", "A person",
        [
            Text("userName", "Unique among the users of this HRIS.").Required().Unique(),
            Text("externalId", "The id that the HRIS uses itself.").CaseExact(),
            Complex("name", "The parts of the name.", false, [Text("givenName", "First name."), Text("familyName", "Last name.")]),
            Text("nickName", "The name that the person prefers."),
            Text("title", "Job title."),
            Text("userType", "Kind of employment."),
            Attribute("active", "boolean", "False: the person has left."),
            Complex("emails", "The one of type work is kept; without any the userName must be an address.", true,
                [Text("value", "The address."), Text("type", "work"), Attribute("primary", "boolean", "Whether it is the main one.")]),
            Complex("addresses", "The one of type work is kept.", true, [Text("type", "work"), Text("locality", "Where the person works.")]),
        ]),
        Schema(address, ScimUrns.Enterprise, "EnterpriseUser", "Employment",
        [
            Text("employeeNumber", "The person's number at the company."),
            Text("costCenter", "Cost center."),
            Text("department", "Department."),
            Complex("manager", "The manager.", false, [Text("value", "The manager's id here, number or work email.")]),
        ]),
        Schema(address, ScimUrns.Hris, "HrisUser", "Dates of employment, as 2026-12-01",
        [
            Text("startDate", "First day of work."),
            Text("endDate", "Last day of work; the person has left from the day after, UTC."),
            Text("probationEndDate", "Last day of probation."),
        ]),
    ];

    private static JsonObject Supported(bool supported) => new() { ["supported"] = supported };

    private static JsonObject Extension(string schema) => new() { ["schema"] = schema, ["required"] = false };

    private static JsonObject Meta(string type, string address) => new() { ["resourceType"] = type, ["location"] = address };

    private static JsonObject Schema(string address, string id, string name, string description, IReadOnlyList<JsonObject> attributes) => new()
    {
        ["schemas"] = ScimJson.Array(ScimUrns.Schema),
        ["id"] = id,
        ["name"] = name,
        ["description"] = description,
        ["attributes"] = ScimJson.Array(attributes),
        ["meta"] = Meta("Schema", $"{address}/Schemas/{id}"),
    };

    private static JsonObject Text(string name, string description) => Attribute(name, "string", description);

    private static JsonObject Complex(string name, string description, bool several, IReadOnlyList<JsonObject> parts)
    {
        var attribute = Attribute(name, "complex", description);
        attribute["multiValued"] = several;
        attribute["subAttributes"] = ScimJson.Array(parts);
        return attribute;
    }

    private static JsonObject Attribute(string name, string type, string description) => new()
    {
        ["name"] = name,
        ["type"] = type,
        ["multiValued"] = false,
        ["description"] = description,
        ["required"] = false,
        ["caseExact"] = false,
        ["mutability"] = "readWrite",
        ["returned"] = "default",
        ["uniqueness"] = "none",
    };

    private static JsonObject Required(this JsonObject attribute) => With(attribute, "required", true);

    private static JsonObject CaseExact(this JsonObject attribute) => With(attribute, "caseExact", true);

    private static JsonObject Unique(this JsonObject attribute) => With(attribute, "uniqueness", "server");

    private static JsonObject With(JsonObject attribute, string name, JsonNode value)
    {
        attribute[name] = value;
        return attribute;
    }
}
