using System.Collections.Immutable;
using Siit.Iam.Emulator.Common;
using Siit.Iam.Emulator.Company;

namespace Siit.Iam.Emulator.JumpCloud;

/// <summary>
/// Acme as a JumpCloud organization: the same people by work email, with the differences that years of two systems bring. Contractors
/// and Marketing never got an account, a leaver still has one, some usernames and departments are spelled otherwise.
/// </summary>
internal sealed class JumpCloudSeed(EmulatorOptions options, ObjectIds ids)
{
    /// <summary>Client id of the service account.</summary>
    public const string ServiceClientId = "siit-iam-agent-service-account";

    /// <summary>Its secret; a constant, because it opens nothing but an emulator.</summary>
    public const string ServiceClientSecret = "emulated-service-account-secret-for-local-use";

    /// <summary>An administrator who is no user.</summary>
    public const string PartnerEmail = "admin@partner.example";

    private const string FullAccess = "Administrator";
    private static readonly DateTimeOffset Founded = new(2024, 3, 4, 9, 0, 0, TimeSpan.Zero);
    private static readonly Dictionary<string, string> Departments = new() { ["Engineering"] = "Eng", ["HR"] = "People" };
    private static readonly Dictionary<string, string> Usernames = new() { ["ben"] = "bokafor", ["ivan"] = "ihorvat", ["svc-siit"] = "svc_siit" };
    private readonly DateTimeOffset now = options.TimeProvider.GetUtcNow();

    /// <summary>Those with an account; an id is a hash, made once.</summary>
    private readonly Dictionary<string, string> userIds = [];

    public JumpCloudState Create()
    {
        var acme = Acme.Of(options);
        var people = acme.People.Where(HasAccount).ToList();
        foreach (var person in people) userIds[person.Login] = Id("user", person.Login);
        var state = new JumpCloudState { OrganizationId = Id("organization", "acme"), ApiKeyOwnerId = Id("admin", $"svc-siit@{Acme.Domain}") };
        foreach (var role in Roles()) state = state with { Roles = state.Roles.Add(role.Id, role) };
        foreach (var admin in Admins()) state = state.With(admin);
        state = state with { Users = people.Select(User).ToImmutableSortedDictionary(user => user.Id, user => user, StringComparer.Ordinal) };
        foreach (var group in Groups(acme, people)) state = state.With(group);
        foreach (var product in acme.Products) state = state.With(App(product, people, state));
        return state with
        {
            ServiceAccounts = state.ServiceAccounts.Add(ServiceClientId, new(
                Id("service-account", ServiceClientId), ServiceClientId, "Siit IAM Agent", ServiceClientSecret, ServiceRole(), now.AddDays(365))),
            Log = [.. state.Users.Values.Select(user => Created(user, state.OrganizationId))],
        };
    }

    private static bool HasAccount(Person person) => person.Title != "Contractor" && person.Department != "Marketing";

    private string Id(string kind, string name) => ids.Of(kind, name, Founded);

    private string ServiceRole() => options.ServiceAppRoles.FirstOrDefault(role => Roles().Any(known => known.Name == role)) ?? FullAccess;

    private JumpCloudUser User(Person person)
    {
        var state = person.Situation switch { Situation.Staged => "STAGED", Situation.Suspended => "SUSPENDED", _ => "ACTIVATED" };
        var hasPassword = person.Situation is not (Situation.Staged or Situation.Invited);
        var expired = person.Situation == Situation.PasswordExpired;
        var user = new JumpCloudUser(userIds[person.Login], Usernames.GetValueOrDefault(person.Login, person.Login), person.Email, state, Founded)
        {
            Texts = Texts(person),
            Phone = person.PrivatePhone,
            Manager = person.Manager is { } manager ? userIds.GetValueOrDefault(manager) : null,
            IsService = person.IsService,
            HasPassword = hasPassword,
            PasswordDate = hasPassword ? Founded : null,
            PasswordExpired = expired,
            PasswordExpirationDate = !hasPassword ? null : expired ? now.AddDays(-1) : now.AddDays(60),
            Locked = person.Situation == Situation.LockedOut,
            LockedDate = person.Situation == Situation.LockedOut ? now.AddHours(-1) : null,
            AdminId = person.Login == "theo" ? Id("admin", person.Email) : null,
            Factors = [.. person.Factors.Where(f => f != "push")],
            PushEndpoints = person.Factors.Contains("push") ? [new(Id("push", person.Login), "Phone", "active", Founded)] : [],
            MfaRequired = person.Factors.Count > 0,
            Attributes = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal).Add("costObject", "C-100"),
        };
        return Mastered(person, user);
    }

    private static ImmutableSortedDictionary<string, string> Texts(Person person) => new Dictionary<string, string>
    {
        ["firstname"] = person.First,
        ["lastname"] = person.Last,
        ["displayname"] = person.Shown ?? "",
        ["jobTitle"] = person.Title,
        ["department"] = Departments.GetValueOrDefault(person.Department, person.Department),
        ["company"] = "Acme",
        ["employeeType"] = person.IsService ? "Service" : "Employee",
        ["alternateEmail"] = person.PrivateMail ?? "",
    }.ToImmutableSortedDictionary(StringComparer.Ordinal);

    /// <summary>Finance comes from Active Directory, password included; of HR's head the HRIS masters the department.</summary>
    private JumpCloudUser Mastered(Person person, JumpCloudUser user)
    {
        var directory = Id("directory", "ad");
        if (person.Login == "carla") return user with { RestrictedFields = [new("department", "scim", Id("directory", "hris"))] };
        if (person.Department != "Finance" || person.Login is "locked" or "dupe1") return user;
        string[] fields = ["department", "email", "firstname", "jobTitle", "lastname", "password", "username"];
        return user with
        {
            ExternallyManaged = true,
            DelegatedTo = directory,
            RestrictedFields = [.. fields.Select(field => new JumpCloudRestrictedField(field, "active_directory", directory))],
        };
    }

    private IEnumerable<JumpCloudGroup> Groups(Acme acme, List<Person> people)
    {
        foreach (var team in acme.Teams.Where(t => t.Kind != GroupKind.FromDirectory && t.AdminRole is null))
        {
            var isDynamic = team.Kind == GroupKind.ByRule;
            yield return new(Id("group", team.Name), team.Kind == GroupKind.Everyone ? "All People" : team.Name, team.Description, isDynamic ? "DYNAMIC_AUTOMATED" : "STATIC", Founded)
            {
                QueryField = isDynamic ? "department" : null,
                QueryValue = isDynamic ? team.RuleDepartment : null,
                Members = isDynamic ? [] : MembersOf(people.Where(team.Has)),
            };
        }

        yield return new(Id("group", "Laptop Loaners"), "Laptop Loaners", "Suggested by a query, reviewed by an administrator", "DYNAMIC_REVIEW_REQUIRED", Founded)
        {
            QueryField = "department",
            QueryValue = "Support",
            Members = [Id("user", "omar")],
        };
    }

    private JumpCloudApp App(Product product, List<Person> people, JumpCloudState state) =>
        new(Id("app", product.Name), product.Name, product.Label, Founded, Active: product.Name != "workday")
        {
            Users = MembersOf(people.Where(product.Direct)),
            Groups = [.. product.Teams.Select(team => Id("group", team)).Where(state.Groups.ContainsKey)],
        };

    private ImmutableSortedSet<string> MembersOf(IEnumerable<Person> people) =>
        people.Where(p => p.Situation != Situation.Staged).Select(p => userIds[p.Login]).ToImmutableSortedSet(StringComparer.Ordinal);

    private IEnumerable<JumpCloudAdmin> Admins() =>
    [
        Admin("dora", "Dora", "Lindqvist", "Administrator With Billing"),
        Admin("theo", "Theo", "Brandt", FullAccess, "Help Desk"),
        Admin("hugo", "Hugo", "Marchand", "Help Desk"),
        Admin("breakglass", "break-glass", "Account", "Administrator With Billing"),
        Admin("svc-siit", "Siit", "Connector", FullAccess),
        Admin("erin", "Erin", "Walsh", FullAccess) with { Suspended = true },
        new(Id("admin", PartnerEmail), PartnerEmail, "Pat", "Partner", ["Manager"], Founded),
    ];

    private JumpCloudAdmin Admin(string login, string first, string last, params string[] roles) =>
        new(Id("admin", $"{login}@{Acme.Domain}"), $"{login}@{Acme.Domain}", first, last, [.. roles], Founded);

    private IEnumerable<JumpCloudRole> Roles()
    {
        string[] readOnly = [.. JumpCloudRoutes.AllScopes.Where(s => s.EndsWith(".readonly", StringComparison.Ordinal))];
        string[] helpDesk = [.. readOnly, "users.state.unlock", "users.password.expire", "users.password.set", "users.mfa.reset", "users.notification.send-activation-email"];
        return
        [
            Role("Administrator With Billing", "Everything", JumpCloudRoutes.AllScopes),
            Role(FullAccess, "Everything but billing", JumpCloudRoutes.AllScopes),
            Role("Manager", "Everything but administrators", [.. JumpCloudRoutes.AllScopes.Where(s => s is not ("administrators" or "roles"))]),
            Role("Help Desk", "Passwords, locks and second factors", helpDesk),
            Role("Read Only", "Reads", readOnly),
        ];
    }

    private JumpCloudRole Role(string name, string description, IEnumerable<string> scopes) => new(Id("role", name), name, description, [.. scopes]);

    private JumpCloudEvent Created(JumpCloudUser user, string organization)
    {
        var at = now.AddDays(-1) < Founded ? Founded : now.AddDays(-1);
        return JumpCloudEvents.Of(ids.New(at), at, "user_create", organization, new() { ["type"] = "system" }, JumpCloudEvents.About(user));
    }
}
