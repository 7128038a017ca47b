using System.Globalization;
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
            ["id"] = account.Id,
            ["login"] = Text(account.Login),
            ["name"] = Text(account.Name),
            ["status"] = Word(account.Status),
            ["vendor_status"] = account.VendorStatus,
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
        ResultField.Number("count"), ResultField.List(name, item, max: 100), ResultField.Text("next_cursor").OrAbsent());

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

    private static void Add(JsonObject told, string name, string? text)
    {
        if (!string.IsNullOrEmpty(text))
            told[name] = Text(text);
    }
}
