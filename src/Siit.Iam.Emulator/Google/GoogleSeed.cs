using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Siit.Iam.Emulator.Common;
using Siit.Iam.Emulator.Company;

namespace Siit.Iam.Emulator.Google;

/// <summary>Acme as a Google Workspace tenant, with what years leave behind: people who are missing, leavers who are not, aliases.</summary>
internal sealed class GoogleSeed(EmulatorOptions options, SeededIds ids, string publicKeyPem)
{
    public const string ServiceAccount = "siit-iam@acme-siit.iam.gserviceaccount.com";
    public const string Subject = $"svc-siit@{Acme.Domain}";
    public const string ReaderRole = "Siit Reader";

    /// <summary>Never got an account here.</summary>
    private static readonly string[] Missing = ["ana.s", "paul", "provisioned", "staged"];

    private static readonly Dictionary<string, string> Spelling = new() { ["HR"] = "Human Resources", ["IT"] = "Information Technology" };

    /// <summary>Who owns which group.</summary>
    private static readonly Dictionary<string, string> Owners = new()
    {
        ["Engineering"] = "ivan",
        ["Finance"] = "greta",
        ["HR"] = "carla",
        ["IT Agents"] = "dora",
        ["Sales"] = "mona",
        ["Support"] = "omar",
    };

    private static readonly DateTimeOffset Founded = new(2024, 3, 4, 9, 0, 0, TimeSpan.Zero);
    private readonly Dictionary<string, string> userIds = new(StringComparer.Ordinal);
    private readonly DateTimeOffset now = options.TimeProvider.GetUtcNow();

    public GoogleState Create()
    {
        var acme = Acme.Of(options);
        var people = acme.People.Where(p => !Missing.Contains(p.Login)).ToList();
        var state = new GoogleState { CustomerId = "C" + ids.Of("0", "customer", 8).ToLowerInvariant(), Roles = Roles(), OrgUnits = Units() };
        var taken = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var users = state.Users.ToBuilder();
        foreach (var person in people)
        {
            var user = User(person, taken.Contains(person.Email) ? person.Address : person.Email);
            taken.UnionWith([user.PrimaryEmail, .. user.Aliases]);
            users[user.Id] = user;
        }

        foreach (var user in Leftovers()) users[user.Id] = user;
        state = state with { Users = users.ToImmutable() };
        foreach (var team in acme.Teams.Where(t => t.AdminRole is null)) state = state.With(Group(team, people));
        foreach (var group in OwnGroups(state)) state = state.With(group);
        return state with
        {
            Assignments = Assignments(people, state),
            ServiceAccounts = state.ServiceAccounts.Add(ServiceAccount, new(ServiceAccount, GoogleNumbers.Of(ids.Of("", "service account"), 21), publicKeyPem,
                [.. GoogleRoutes.All.SelectMany(r => r.Scopes).Distinct().Select(s => GoogleAccess.Auth + s)])),
            Log = Created(state),
        };
    }

    private string Id(string login) => userIds.TryGetValue(login, out var id) ? id : userIds[login] = GoogleNumbers.Of(ids.Of("user", login, 32), 21);

    private string GroupId(string name) => ids.Of("0", "group " + name).ToLowerInvariant();

    private static string GroupEmail(string name) => $"{name.ToLowerInvariant().Replace(' ', '-')}@{Acme.Domain}";

    private GoogleUser User(Person person, string email)
    {
        var suspended = person.Situation == Situation.Suspended;
        // The leaver's account was forgotten: still active, still granted.
        var used = !person.IsService;
        var enforced = person.Department is "IT" or "Security";
        return new(Id(person.Login), email, person.First, person.Last, Founded)
        {
            DisplayName = person.Shown,
            Aliases = person.Login switch { "ivan" => [$"paul@{Acme.Domain}"], "lena" => [$"lena.nowak@{Acme.Domain}"], _ => [] },
            Suspended = suspended,
            SuspensionReason = suspended ? "ADMIN" : null,
            EnrolledIn2Sv = person.Factors.Count > 0,
            EnforcedIn2Sv = enforced,
            OrgUnitPath = enforced ? "/Staff/IT" : "/Staff",
            LastLogin = used ? now.AddHours(-6) : null,
            ChangePasswordAtNextLogin = person.Situation == Situation.PasswordExpired,
            Profile = Profile(person),
            Sessions = used && !suspended ? 1 : 0,
            Tokens = used ? [new("1001-slack.apps.googleusercontent.com", "Slack", ["https://www.googleapis.com/auth/calendar.readonly", "openid"])] : [],
            AppPasswords = person.Login == "ana" ? [new(7, "Mail on the old phone", Founded)] : [],
        };
    }

    private static ImmutableSortedDictionary<string, JsonElement> Profile(Person person)
    {
        var profile = ImmutableSortedDictionary.CreateBuilder<string, JsonElement>(StringComparer.Ordinal);
        profile["organizations"] = JsonSerializer.SerializeToElement(new JsonArray(new JsonObject
        {
            ["name"] = "Acme",
            ["title"] = person.Title,
            ["primary"] = true,
            ["department"] = Spelling.GetValueOrDefault(person.Department, person.Department),
            ["costCenter"] = "CC-100",
        }));
        if (person.Manager is { } manager)
            profile["relations"] = JsonSerializer.SerializeToElement(new JsonArray(new JsonObject { ["value"] = $"{manager}@{Acme.Domain}", ["type"] = "manager" }));
        if (person.PrivateMail is { } mail) profile["recoveryEmail"] = JsonSerializer.SerializeToElement(mail);
        if (person.PrivatePhone is { } phone) profile["recoveryPhone"] = JsonSerializer.SerializeToElement(phone);
        return profile.ToImmutable();
    }

    /// <summary>Accounts that no other system knows.</summary>
    private IEnumerable<GoogleUser> Leftovers() =>
    [
        new(Id("olaf.hand"), $"olaf.hand@{Acme.Domain}", "Olaf", "Hand", Founded) { LastLogin = Founded.AddDays(30), OrgUnitPath = "/Staff", Sessions = 1 },
        new(Id("vera.past"), $"vera.past@{Acme.Domain}", "Vera", "Past", Founded) { Archived = true, LastLogin = Founded.AddDays(30), OrgUnitPath = "/Staff" },
        new(Id("spammed"), $"spammed@{Acme.Domain}", "Sergej", "Spammed", Founded) { Suspended = true, SuspensionReason = "ABUSE", LastLogin = Founded.AddDays(30) },
        new(Id("frontdesk"), $"frontdesk@{Acme.Domain}", "Front", "Desk", Founded) { DisplayName = "Front Desk (shared)", OrgUnitPath = "/Shared" },
    ];

    private GoogleGroup Group(Team team, List<Person> people)
    {
        var kind = team.Kind switch { GroupKind.FromDirectory => "LOCKED", GroupKind.ByRule => "DYNAMIC", _ => "GROUP" };
        var members = team.Kind is GroupKind.Everyone or GroupKind.ByRule ? [] : people.Where(p => p.Situation != Situation.Gone && team.Has(p));
        var owner = Owners.GetValueOrDefault(team.Name);
        var group = new GoogleGroup(GroupId(team.Name), GroupEmail(team.Name), team.Name, team.Description, kind)
        {
            Members = members.ToImmutableSortedDictionary(p => Id(p.Login), p => new GoogleMember(Id(p.Login), "USER", p.Login == owner ? "OWNER" : "MEMBER"), StringComparer.Ordinal),
            Department = team.RuleDepartment,
        };
        // The whole tenant is one member.
        return team.Kind == GroupKind.Everyone ? group with { Members = group.Members.Add("customer", new("customer", "CUSTOMER", "MEMBER")) } : group;
    }

    private IEnumerable<GoogleGroup> OwnGroups(GoogleState state)
    {
        GoogleGroup With(string name, string description, string kind, string login) => new(GroupId(name), GroupEmail(name), name, description, kind)
        {
            Members = ImmutableSortedDictionary.Create<string, GoogleMember>(StringComparer.Ordinal).Add(Id(login), new(Id(login), "USER", "MEMBER")),
        };
        yield return With("Workspace Admins", "Carries an administrator role", "SECURITY", "theo");
        var guests = With("Figma Guests", "In the group of the editors", "GROUP", "omar");
        yield return guests;
        var editors = state.FindGroup(GroupEmail("Figma Editors"))!;
        yield return editors with { Members = editors.Members.Add(guests.Id, new(guests.Id, "GROUP", "MEMBER")) };
    }

    private ImmutableList<GoogleRole> Roles() =>
    [
        Role("_SEED_ADMIN_ROLE", "Google Apps Administrator Seed Role", super: true),
        Role("_GROUPS_ADMIN_ROLE", "Groups Administrator"),
        Role("_USER_MANAGEMENT_ADMIN_ROLE", "User Management Administrator"),
        Role("_HELP_DESK_ADMIN_ROLE", "Help Desk Administrator"),
        Role("_SERVICE_ADMIN_ROLE", "Services Administrator"),
        Role(ReaderRole, "Reads roles and reports", system: false),
    ];

    private GoogleRole Role(string name, string description, bool super = false, bool system = true) => new(RoleId(name), name, description, system, super);

    private string RoleId(string name) => GoogleNumbers.Of(ids.Of("role", name, 32), 17);

    private ImmutableList<GoogleRoleAssignment> Assignments(List<Person> people, GoogleState state)
    {
        GoogleRoleAssignment Assigned(string role, string to, string type = "user") => new(GoogleNumbers.Of(ids.Of(role, to, 48), 17), RoleId(role), to, type);
        var service = GoogleNumbers.Of(ids.Of("", "service account"), 21);
        return
        [
            .. people.Where(p => p.AdminRole is not null).Select(p => Assigned(RoleOf(p.AdminRole!), Id(p.Login))),
            Assigned("_USER_MANAGEMENT_ADMIN_ROLE", state.FindGroup(GroupEmail("Workspace Admins"))!.Id, "group"),
            Assigned("_USER_MANAGEMENT_ADMIN_ROLE", service),
            Assigned("_GROUPS_ADMIN_ROLE", service),
            Assigned(ReaderRole, service),
        ];
    }

    private static string RoleOf(string role) => role switch
    {
        // Reading roles takes a super administrator at Google.
        "super" or "org" => "_SEED_ADMIN_ROLE",
        "helpdesk" => "_HELP_DESK_ADMIN_ROLE",
        "app" => "_SERVICE_ADMIN_ROLE",
        "readonly" => ReaderRole,
        _ => throw new InvalidOperationException($"Unknown admin role {role}."),
    };

    private ImmutableList<GoogleOrgUnit> Units() =>
        [.. new[] { "/Staff", "/Staff/IT", "/Shared" }.Select(path => new GoogleOrgUnit("id:" + ids.Of("0", path, 12).ToLowerInvariant(), path, ""))];

    private ImmutableList<GoogleActivity> Created(GoogleState state)
    {
        var by = state.FindUser(Subject)!;
        return [.. state.Users.Values.Select(user => Created(user, by))];
    }

    private GoogleActivity Created(GoogleUser user, GoogleUser by) => new(
        now.AddDays(-1), now.AddDays(-1), GoogleNumbers.Of("created " + user.Id, 18), "admin", by.PrimaryEmail, by.Id,
        [GoogleLogEvent.Of("USER_SETTINGS", "CREATE_USER", ("USER_EMAIL", user.PrimaryEmail))]);
}
