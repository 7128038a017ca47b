using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Idps;

namespace Siit.Iam.Agent.Actions;

/// <summary>How reads tell what they found: small, and with directory text cut and hidden characters written out.</summary>
internal static class Answers
{
    public static JsonObject Account(IIdpConnection connection, Account account)
    {
        var told = new JsonObject
        {
            ["connection"] = connection.Name,
            ["idp"] = connection.Idp.Id(),
            ["id"] = Text(account.Id),
            ["login"] = Text(account.Login),
            ["name"] = Text(account.Name),
            ["status"] = Word(account.Status),
            ["vendor_status"] = Text(account.VendorStatus),
        };
        Add(told, "email", account.Email);
        Add(told, "department", account.Department);
        Add(told, "title", account.Title);
        Add(told, "manager", account.Manager);
        Add(told, "managed_by", account.ManagedBy);
        return told;
    }

    /// <summary>The shape of <see cref="Account"/>.</summary>
    public static IReadOnlyList<ResultField> AccountShape { get; } =
    [
        ResultField.Text("connection"), ResultField.Text("idp"), ResultField.Text("id"), ResultField.FreeText("login"), ResultField.FreeText("name"),
        ResultField.Words<AccountStatus>("status"), ResultField.Text("vendor_status"), ResultField.FreeText("email").OrAbsent(),
        ResultField.FreeText("department").OrAbsent(), ResultField.FreeText("title").OrAbsent(), ResultField.FreeText("manager").OrAbsent(),
        ResultField.Text("managed_by").OrAbsent(),
    ];

    /// <summary>The shape of <see cref="Page"/>.</summary>
    public static ResultShape PageShape(string name, IReadOnlyList<ResultField> item) => ResultShape.Of(
        ResultField.Number("count"), ResultField.List(name, item, max: 100), ResultField.Text("next_cursor").OrAbsent(), SourcesShape);

    /// <summary>The shape of <see cref="Sources"/>.</summary>
    public static ResultField SourcesShape { get; } =
        ResultField.List("sources", [ResultField.Text("connection"), ResultField.Text("source"), ResultField.Time("as_of").OrAbsent()]);

    /// <summary>Where an answer comes from: <c>idp</c> is as it is now, <c>copy</c> as it was at a time.</summary>
    public static JsonArray Sources(Reading reading, bool fromCopy = true) => new([.. reading.Connections.Select(connection =>
    {
        var asOf = fromCopy && reading.InCopy.Contains(connection.Name) ? reading.Known!.AsOf(connection.Name) : null;
        var told = new JsonObject { ["connection"] = connection.Name, ["source"] = asOf is null ? "idp" : "copy" };
        if (asOf is { } time)
            told["as_of"] = Time(time);
        return (JsonNode)told;
    })]);

    /// <summary>A page with where it comes from.</summary>
    public static JsonObject Page<T>(Reading reading, bool fromCopy, string name, Page<T> page, Func<T, JsonNode> tell)
    {
        var told = Page(name, page.Items, page.Next, tell);
        told["sources"] = Sources(reading, fromCopy);
        return told;
    }

    public static JsonObject Page<T>(string name, IReadOnlyList<T> items, string? next, Func<T, JsonNode> tell)
    {
        var told = new JsonObject { ["count"] = items.Count, [name] = List(items, int.MaxValue, tell) };
        if (next is not null)
            told["next_cursor"] = next;
        return told;
    }

    public static JsonArray List<T>(IReadOnlyList<T> items, int shown, Func<T, JsonNode> tell) => new([.. items.Take(shown).Select(tell)]);

    public static string Text(string text) => HiddenText.Shown(text, 120);

    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    public static string Word(AccountStatus status) => status.ToString().ToLowerInvariant();

    /// <summary>Such as <c>account.created</c>.</summary>
    public static string Word(LifecycleKind kind) => JsonNamingPolicy.SnakeCaseLower.ConvertName(kind.ToString()).Replace('_', '.');

    public static void Add(JsonObject told, string name, string? text)
    {
        if (!string.IsNullOrEmpty(text))
            told[name] = Text(text);
    }

    public static void Add<T>(JsonObject told, string name, IReadOnlyList<T> items, int shown, Func<T, JsonNode> tell)
    {
        if (items.Count > 0)
            told[name] = List(items, shown, tell);
    }
}
