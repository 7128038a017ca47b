using System.Globalization;
using System.Text.Json.Nodes;

namespace Siit.Iam.Agent.People.Hris.Scim;

/// <summary>Between a SCIM user and an <see cref="HrisPerson"/>. What has no place in a person is left out, and is no error.</summary>
internal static class ScimUser
{
    /// <param name="address">Where the resource is.</param>
    public static JsonObject Write(HrisPerson person, string address)
    {
        var said = person.Said;
        var resource = new JsonObject
        {
            ["schemas"] = ScimJson.Array(ScimUrns.User, ScimUrns.Enterprise, ScimUrns.Hris),
            ["id"] = person.Key,
            ["userName"] = person.UserName,
            ["active"] = said.Status != EmploymentStatus.Left,
        };
        Put(resource, "externalId", person.ExternalId);
        Put(resource, "nickName", said.PreferredName);
        Put(resource, "title", said.Title);
        Put(resource, "userType", said.EmploymentType);
        var name = new JsonObject();
        Put(name, "givenName", said.FirstName);
        Put(name, "familyName", said.LastName);
        if (name.Count > 0)
            resource["name"] = name;
        if (!person.EmailIsUserName)
            resource["emails"] = ScimJson.Array(new JsonObject { ["value"] = said.WorkEmail, ["type"] = "work", ["primary"] = true });
        if (said.Location is not null)
            resource["addresses"] = ScimJson.Array(new JsonObject { ["type"] = "work", ["locality"] = said.Location });
        var enterprise = new JsonObject();
        Put(enterprise, "employeeNumber", person.EmployeeNumber);
        Put(enterprise, "department", said.Department);
        Put(enterprise, "costCenter", said.CostCenter);
        if (said.Manager is not null)
            enterprise["manager"] = new JsonObject { ["value"] = said.Manager };
        if (enterprise.Count > 0)
            resource[ScimUrns.Enterprise] = enterprise;
        var dates = new JsonObject();
        Put(dates, "startDate", Date(said.Start));
        Put(dates, "endDate", Date(said.End));
        Put(dates, "probationEndDate", Date(said.ProbationEnd));
        if (dates.Count > 0)
            resource[ScimUrns.Hris] = dates;
        resource["meta"] = new JsonObject
        {
            ["resourceType"] = "User",
            ["lastModified"] = person.ReadAt.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
            ["location"] = address,
            ["version"] = VersionOf(person),
        };
        return resource;
    }

    public static string VersionOf(HrisPerson person) => $"W/\"{person.Version}\"";

    /// <summary>The person as the whole resource says it.</summary>
    /// <param name="known">As stored; null for somebody new.</param>
    /// <exception cref="ScimException">Names the attribute and what is wrong with it.</exception>
    public static HrisPerson Read(JsonObject resource, HrisPerson? known, string source, string key)
    {
        var userName = Checked("userName", ScimJson.Text(resource, "userName") ?? throw ScimException.BadValue("'userName' is missing."), HrisText.ReferenceProblem);
        var email = Chosen(resource, "emails") is { } chosen ? ScimJson.Text(chosen, "value") : null;
        var dates = ScimJson.Child(resource, ScimUrns.Hris);
        var enterprise = ScimJson.Child(resource, ScimUrns.Enterprise);
        var address = Chosen(resource, "addresses");
        var name = ScimJson.Child(resource, "name");
        var facts = new HrisFacts
        {
            WorkEmail = Checked(email is null ? "userName" : "emails", email ?? userName, HrisText.AddressProblem),
            FirstName = Text(name, "givenName"),
            LastName = Text(name, "familyName"),
            PreferredName = Text(resource, "nickName"),
            Manager = Manager(enterprise),
            Department = Text(enterprise, "department"),
            CostCenter = Text(enterprise, "costCenter"),
            Title = Text(resource, "title"),
            Location = Text(dates, "location") ?? Text(address, "locality") ?? Text(address, "formatted"),
            EmploymentType = Text(resource, "userType"),
            Status = ScimJson.Flag(resource, "active") == false ? EmploymentStatus.Left : EmploymentStatus.Active,
            // Beside our own words those that HRIS put into the enterprise extension.
            Start = Date(dates, "startDate") ?? Date(enterprise, "startDate") ?? Date(enterprise, "hireDate"),
            End = Date(dates, "endDate") ?? Date(enterprise, "endDate") ?? Date(enterprise, "terminationDate"),
            ProbationEnd = Date(dates, "probationEndDate"),
        };
        return new HrisPerson
        {
            Id = HrisPerson.IdOf(source, key),
            Source = source,
            Key = key,
            Feed = HrisFeed.Scim,
            Facts = facts,
            ReadAt = known?.ReadAt ?? default,
            UserName = userName,
            ExternalId = ScimJson.Text(resource, "externalId") is { } external ? Checked("externalId", external, HrisText.KeyProblem) : null,
            EmployeeNumber = ScimJson.Text(enterprise, "employeeNumber") is { } number ? Checked("employeeNumber", number, HrisText.KeyProblem) : null,
            EmailIsUserName = email is null,
        };
    }

    /// <summary>The one of type work, else the primary one, else the first; never a private one.</summary>
    private static JsonObject? Chosen(JsonObject resource, string list)
    {
        var all = ScimJson.Children(resource, list).Where(one => !Is(one, "home")).ToList();
        return all.Find(one => Is(one, "work")) ?? all.Find(one => ScimJson.Flag(one, "primary") == true) ?? all.FirstOrDefault();

        static bool Is(JsonObject one, string type) => string.Equals(ScimJson.Text(one, "type"), type, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>An object with the manager's id as the RFC has it, or the id alone as some clients send it.</summary>
    private static string? Manager(JsonObject? enterprise)
    {
        var manager = ScimJson.Member(enterprise, "manager");
        var text = manager is JsonObject child ? ScimJson.Text(child, "value") : ScimJson.Text(manager, "manager");
        return text is null ? null : Checked("manager", text, HrisText.ReferenceProblem);
    }

    private static string? Text(JsonObject? of, string name) => ScimJson.Text(of, name) is { } text ? Checked(name, text, HrisText.TextProblem) : null;

    /// <summary>A date, or a moment whose date counts as it is written.</summary>
    private static DateOnly? Date(JsonObject? of, string name)
    {
        if (ScimJson.Text(of, name) is not { } text)
            return null;
        var day = text.Length > 10 && text[10] == 'T' ? text[..10] : text;
        return HrisText.TryDate(day, out var date) ? date : throw ScimException.BadValue($"'{name}' is no date such as 2026-12-01.");
    }

    private static string? Date(DateOnly? date) => date is { } day ? HrisText.Date(day) : null;

    private static string Checked(string name, string text, Func<string, string?> problem) =>
        problem(text) is { } wrong ? throw ScimException.BadValue($"'{name}' {wrong}.") : text;

    private static void Put(JsonObject of, string name, string? value)
    {
        if (value is not null)
            of[name] = value;
    }
}
