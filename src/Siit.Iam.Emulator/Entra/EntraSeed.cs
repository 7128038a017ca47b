using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Siit.Iam.Emulator.Common;
using Siit.Iam.Emulator.Company;

namespace Siit.Iam.Emulator.Entra;

/// <summary>
/// Acme as an Entra tenant, and not quite the same as elsewhere: Finance comes from Active Directory, some were never created here,
/// one who left still has an account, two are guests, one signs in at a federated domain, and departments are spelled otherwise.
/// </summary>
internal sealed class EntraSeed(EmulatorOptions options, string publicKeyPem)
{
    public const string TenantId = "7b1f2c1e-5a3d-4e8f-9c0b-2d4a6f8e1b3c";
    public const string ClientId = "c0ffee11-2233-4455-8677-8899aabbccdd";
    /// <summary>Object id of the application's service principal.</summary>
    public const string PrincipalId = "5e21ce00-0c11-4e17-8a55-1f2e3d4c5b6a";
    public const string ClientSecret = "emulated-client-secret-for-local-use";

    private const string GlobalAdministrator = "62e90394-69f5-4237-9190-012177145e10";
    private const string HelpdeskAdministrator = "729827e3-9c14-49f7-bb1b-9608f156bbb8";
    private const string ApplicationAdministrator = "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3";
    private const string UserAdministrator = "fe930be7-5e62-47db-91af-98c3a49a38b1";
    private const string PrivilegedRoleAdministrator = "e8611ab8-c189-46e8-94e1-60213ab1f814";
    private const string GlobalReader = "f2ef992c-3afb-46b9-b7cf-a126ee74c451";

    private static readonly DateTimeOffset Founded = new(2024, 3, 4, 9, 0, 0, TimeSpan.Zero);

    /// <summary>Have no account in this tenant.</summary>
    private static readonly string[] Missing = ["lena", "staged", "provisioned", "dupe2", "ana.s", "recovery"];

    private readonly Dictionary<(string Kind, string Name), string> ids = [];

    private readonly DateTimeOffset now = options.TimeProvider.GetUtcNow();

    public EntraState Create()
    {
        var acme = Acme.Of(options);
        var people = acme.People.Where(person => !Missing.Contains(person.Login)).ToList();
        // All at once: one change after the other is a history, and this is before any.
        var state = new EntraState { TenantId = TenantId, Generation = now.UtcTicks, FederatedDomains = [TenantRoutes.FederatedDomain] };
        state = state with { Users = people.Select(User).Concat(Strangers()).ToImmutableSortedDictionary(user => user.Id, user => user, StringComparer.Ordinal) };
        state = state with
        {
            Groups = acme.Teams.Select(team => Group(team, people, state)).Concat(OtherGroups(state)).Select(Owned)
                .ToImmutableSortedDictionary(group => group.Id, group => group, StringComparer.Ordinal),
        };
        state = acme.Products.Aggregate(state, (s, product) => App(s, product, people));
        state = OtherApps(state);
        state = state with { Roles = Roles(), Clients = state.Clients.Add(ClientId, Client()) };
        state = RoleAssignments(state);
        state = Grants(state);
        return state with
        {
            Audits = [.. state.Users.Values.Select(Added)],
            SignIns = [.. state.Users.Values.Where(user => user.Enabled).Select(user => new EntraSignInEntry(Id("signin", user.Id), now.AddHours(-6), user.Id, "Office 365"))],
            // The history begins with the tenant as it is.
            Changes = [],
        };
    }

    public string Id(string kind, string name)
    {
        if (ids.TryGetValue((kind, name), out var known)) return known;
        var bytes = SHA256.HashData(Encoding.UTF8.GetBytes($"{options.Seed}|entra|{kind}|{name}"))[..16];
        bytes[7] = (byte)((bytes[7] & 0x0f) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3f) | 0x80);
        return ids[(kind, name)] = new Guid(bytes).ToString();
    }

    private EntraGroup Owned(EntraGroup group) => group.Name switch
    {
        "Sales" => group with { Owners = [Id("user", "mona")] },
        "Figma Editors" => group with { Owners = ((string[])[Id("user", "ivan"), Id("user", "mona")]).ToImmutableSortedSet(StringComparer.Ordinal) },
        _ => group,
    };

    private EntraClient Client() => new(ClientId, "Siit IAM Agent", ClientSecret, publicKeyPem, [.. EntraRoutes.AllPermissions], []);

    private EntraUser User(Person person)
    {
        // Mail and login differ for those with a mailbox of another name; one is at the domain that signs in elsewhere.
        var login = person.Login == "omar" ? $"omar@{TenantRoutes.FederatedDomain}" : person.Address;
        var user = User(Id("user", person.Login), login, person.Login == "ivan" ? "ivan.horvat@acme.example" : person.Email, person.First, person.Last, person.Name);
        return user with
        {
            Properties = user.Properties
                .With("department", Spelled(person.Department))
                .With("jobTitle", person.Title)
                .With("accountEnabled", person.Situation is not (Situation.Suspended or Situation.Gone))
                .With("onPremisesSyncEnabled", person.Department == "Finance" ? true : null),
            MustChangePassword = person.Situation == Situation.PasswordExpired,
            ManagerId = person.Manager is { } manager && !Missing.Contains(manager) ? Id("user", manager) : null,
            Methods = [.. Methods(person)],
            DefaultMethod = Methods(person).FirstOrDefault()?.Id,
        };
    }

    private static EntraUser User(string id, string login, string? mail, string first, string last, string shown) => new(id)
    {
        Properties = EntraProperties.None
            .With("userPrincipalName", login)
            .With("mail", mail)
            .With("mailNickname", login.Split('@')[0])
            .With("proxyAddresses", mail is null ? null : new[] { $"SMTP:{mail}" })
            .With("givenName", first)
            .With("surname", last)
            .With("displayName", shown)
            .With("accountEnabled", true)
            .With("userType", "Member")
            .With("createdDateTime", EntraJson.Time(Founded))
            .With("lastPasswordChangeDateTime", EntraJson.Time(Founded))
            .With("signInSessionsValidFromDateTime", EntraJson.Time(Founded)),
    };

    /// <summary>Accounts that are only here.</summary>
    private IEnumerable<EntraUser> Strangers()
    {
        // Left before the company moved to its other systems; nobody disabled this one.
        yield return User(Id("user", "leif"), "leif@acme.example", "leif@acme.example", "Leif", "Olsen", "Leif Olsen");
        yield return Guest("petra", "partner.example", "Petra", "Partner", "Accepted");
        yield return Guest("quinn", "agency.example", "Quinn", "Agency", "PendingAcceptance");
        // Without a licence there is no mailbox, and so no mail.
        yield return User(Id("user", "room-booking"), "room-booking@acme.example", null, "Room", "Booking", "Room Booking");
    }

    private EntraUser Guest(string name, string domain, string first, string last, string invitation)
    {
        var guest = User(Id("user", name), $"{name}_{domain}#EXT#@acme.onmicrosoft.com", $"{name}@{domain}", first, last, $"{first} {last} (guest)");
        return guest with { Properties = guest.Properties.With("userType", "Guest").With("externalUserState", invitation).With("creationType", "Invitation") };
    }

    private IEnumerable<EntraMethod> Methods(Person person) => person.Factors.SelectMany(factor => factor switch
    {
        "push" => [new EntraMethod(Id("push", person.Login), "microsoftAuthenticatorAuthenticationMethod", Founded)],
        "totp" => [new EntraMethod(Id("totp", person.Login), "softwareOathAuthenticationMethod", Founded)],
        "sms" => new[]
        {
            new EntraMethod(MethodRoutes.MobilePhone, "phoneAuthenticationMethod", Founded, "mobile"),
            new EntraMethod(MethodRoutes.AlternatePhone, "phoneAuthenticationMethod", Founded, "alternateMobile"),
        },
        "webauthn" => [new EntraMethod(new SeededIds(options.Seed).Of("", "fido" + person.Login, 22), "fido2AuthenticationMethod", Founded)],
        _ => throw new InvalidOperationException($"Unknown factor {factor}."),
    });

    private EntraGroup Group(Team team, IReadOnlyList<Person> people, EntraState state)
    {
        var group = Group(team.Name == "Okta Super Admins" ? "Entra Admins" : team.Name, team.Description, team.AdminRole is not null);
        var members = people.Where(person => person.Situation != Situation.Gone && team.Has(person)).Select(person => Id("user", person.Login));
        group = team.Kind switch
        {
            GroupKind.FromDirectory => group with { Properties = group.Properties.With("onPremisesSyncEnabled", true) },
            GroupKind.ByRule => group with
            {
                Properties = group.Properties.With("groupTypes", new[] { "DynamicMembership" }).With("membershipRule", DynamicGroups.Rule(Spelled(team.RuleDepartment!))).With("membershipRuleProcessingState", "On"),
            },
            _ => group,
        };
        return group with { Members = members.Where(state.Users.ContainsKey).ToImmutableSortedSet(StringComparer.Ordinal) };
    }

    private IEnumerable<EntraGroup> OtherGroups(EntraState state)
    {
        var list = Group("All Company News", "A distribution list", false);
        yield return list with { Properties = list.Properties.With("mailEnabled", true).With("securityEnabled", false).With("mail", "news@acme.example"), Members = [Id("user", "ana")] };
        var team = Group("Project Phoenix", "A team with a mailbox", false);
        yield return team with { Properties = team.Properties.With("mailEnabled", true).With("groupTypes", new[] { "Unified" }).With("mail", "phoenix@acme.example"), Members = [Id("user", "ben"), Id("user", "petra")] };
        var nested = Group("Contractors", "Inside VPN Users", false);
        yield return nested with { Members = [Id("user", "petra")] };
        // Nobody has a role through this one yet.
        yield return Group("Tier 0 Operators", "May be given roles", true) with { Members = [Id("user", "rosa")] };
        var locked = Group("Board", "In a restricted administrative unit", false);
        yield return locked with { Properties = locked.Properties.With("isManagementRestricted", true), Members = [Id("user", "erin")] };
    }

    private EntraGroup Group(string name, string description, bool assignable) => new(Id("group", name))
    {
        Properties = EntraProperties.None
            .With("displayName", name)
            .With("description", description)
            .With("createdDateTime", EntraJson.Time(Founded))
            .With("securityEnabled", true)
            .With("mailEnabled", false)
            .With("mailNickname", name.Replace(" ", "", StringComparison.Ordinal))
            .With("isAssignableToRole", assignable)
            .With("isManagementRestricted", false),
    };

    private EntraState App(EntraState state, Product product, IReadOnlyList<Person> people)
    {
        // Gallery applications bring two roles, and the plain one is called User.
        var app = App(product.Label, required: product.Name != "zoomus") with
        {
            Owners = product.Name == "figma" ? [Id("user", "carla")] : [],
            Roles = product.Name is "salesforce" or "github_enterprise"
                ? [new(Id("role", product.Name + "user"), "User", ""), new(Id("role", product.Name + "msiam"), "msiam_access", "")]
                : [],
        };
        state = state.With(app);
        var role = app.Roles.Count == 0 ? Guid.Empty.ToString() : app.Roles[0].Id;
        var groups = product.Teams.Select(team => Assignment(app.Id, Id("group", team), "Group", role));
        var direct = people.Where(person => person.Situation is not Situation.Gone && product.Direct(person)).Select(person => Assignment(app.Id, Id("user", person.Login), "User", role));
        return groups.Concat(direct).Aggregate(state, (s, assignment) => s.With(assignment));
    }

    private EntraState OtherApps(EntraState state)
    {
        var erp = App("Contoso ERP", required: true) with { Roles = [new(Id("role", "clerk"), "Clerk", "clerk"), new(Id("role", "controller"), "Controller", "controller")] };
        var off = App("Old Intranet", required: true);
        var graph = App("Microsoft Graph", required: false);
        return state.With(erp)
            .With(off with { Properties = off.Properties.With("accountEnabled", false) })
            .With(graph with { Properties = graph.Properties.With("tags", Array.Empty<string>()).With("appId", "00000003-0000-0000-c000-000000000000") });
    }

    private EntraApp App(string name, bool required) => new(Id("app", name))
    {
        Properties = EntraProperties.None
            .With("displayName", name)
            .With("appDisplayName", name)
            .With("appId", Id("appId", name))
            .With("accountEnabled", true)
            .With("appRoleAssignmentRequired", required)
            .With("servicePrincipalType", "Application")
            .With("tags", new[] { "WindowsAzureActiveDirectoryIntegratedApp" }),
    };

    private EntraAssignment Assignment(string app, string principal, string type, string role) =>
        new(new SeededIds(options.Seed).Of("", $"{app}{principal}", 43), app, principal, type, role, Founded);

    private static ImmutableSortedDictionary<string, EntraRole> Roles() => new EntraRole[]
    {
        new(GlobalAdministrator, "Global Administrator"), new(HelpdeskAdministrator, "Helpdesk Administrator"), new(ApplicationAdministrator, "Application Administrator"),
        new(UserAdministrator, "User Administrator"), new(PrivilegedRoleAdministrator, "Privileged Role Administrator"), new(GlobalReader, "Global Reader"),
    }.ToImmutableSortedDictionary(role => role.Id, role => role, StringComparer.Ordinal);

    private EntraState RoleAssignments(EntraState state)
    {
        EntraRoleAssignment[] all =
        [
            Held(GlobalAdministrator, Id("user", "dora")),
            Held(GlobalAdministrator, Id("user", "breakglass")),
            // Theo is one through a role-assignable group.
            Held(GlobalAdministrator, Id("group", "Entra Admins")),
            Held(HelpdeskAdministrator, Id("user", "hugo")),
            Held(UserAdministrator, Id("user", "svc-siit")),
            // Nina becomes one by activating the role.
            Held(PrivilegedRoleAdministrator, Id("user", "nina"), eligible: true),
        ];
        return state with { RoleAssignments = all.ToImmutableSortedDictionary(a => a.Id, a => a, StringComparer.Ordinal) };
    }

    private EntraRoleAssignment Held(string role, string principal, bool eligible = false) =>
        new(new SeededIds(options.Seed).Of("", $"{role}{principal}{eligible}", 40), role, principal, eligible, Founded);

    private EntraState Grants(EntraState state)
    {
        var (slack, graph) = (Id("app", "Slack"), Id("app", "Microsoft Graph"));
        var own = state.Users.Values.Where(user => user.Enabled && user.Methods.Count > 0)
            .Select(user => new EntraGrant(new SeededIds(options.Seed).Of("", "grant" + user.Id, 43), slack, graph, "Principal", user.Id, " openid profile Calendars.Read"));
        var everybody = new EntraGrant(new SeededIds(options.Seed).Of("", "grant-all", 43), Id("app", "Zoom"), graph, "AllPrincipals", null, " User.Read");
        return state with { Grants = own.Append(everybody).ToImmutableSortedDictionary(grant => grant.Id, grant => grant, StringComparer.Ordinal) };
    }

    private EntraAudit Added(EntraUser user) => new(Id("audit", user.Id), now.AddDays(-1), "Add user", "UserManagement", "Add", "", [user.Target()]);

    private static string Spelled(string department) => department switch
    {
        "HR" => "Human Resources",
        "IT" => "Information Technology",
        _ => department,
    };
}
