using System.Collections.Immutable;
using System.Text.Json;
using Siit.Iam.Emulator.Common;
using Siit.Iam.Emulator.Company;

namespace Siit.Iam.Emulator.Okta;

/// <summary>Acme as an Okta org.</summary>
internal sealed class OktaSeed(EmulatorOptions options, SeededIds ids, string publicKeyPem)
{
    public const string ServiceClientId = "0oaSiitIamAgent00001";

    /// <summary>Everything that the emulated routes can ask for.</summary>
    private static readonly string[] AllScopes = [.. OktaRoutes.All.Select(r => r.Scope).Distinct(), "okta.roles.manage"];

    private static readonly DateTimeOffset Founded = new(2024, 3, 4, 9, 0, 0, TimeSpan.Zero);
    private readonly Dictionary<string, string> userIds = new(StringComparer.Ordinal);
    private readonly DateTimeOffset now = options.TimeProvider.GetUtcNow();

    public OktaState Create()
    {
        var acme = Acme.Of(options);
        var state = new OktaState { OrgId = ids.Of("00o", "org"), SswsOwnerId = Id("svc-siit"), Founded = Founded };
        var users = acme.People.Select(User).ToList();
        state = state with
        {
            Users = users.ToImmutableSortedDictionary(u => u.Id, u => u, StringComparer.Ordinal),
            Logins = users.ToImmutableDictionary(u => u.Login.ToLowerInvariant(), u => u.Id),
        };
        foreach (var team in acme.Teams) state = state.With(Group(team, acme));
        foreach (var team in acme.Teams.Where(t => t.Kind == GroupKind.ByRule)) state = state with { Rules = state.Rules.Add(RuleId(team), Rule(team)) };
        foreach (var product in acme.Products) state = state.With(App(product, acme));
        return state with
        {
            ServiceApps = state.ServiceApps.Add(ServiceClientId, new(ServiceClientId, "Siit IAM Agent", publicKeyPem, [.. AllScopes], [.. options.ServiceAppRoles])),
            Log = [.. users.Select(Created)],
        };
    }

    private string Id(string login) => userIds.TryGetValue(login, out var id) ? id : userIds[login] = ids.Of("00u", login);

    private string GroupId(string name) => ids.Of("00g", name);

    private string RuleId(Team team) => ids.Of("0pr", team.Name);

    private OktaUser User(Person person)
    {
        var status = person.Situation switch
        {
            Situation.Staged => "STAGED",
            Situation.Invited => "PROVISIONED",
            Situation.LockedOut => "LOCKED_OUT",
            Situation.ResettingPassword => "RECOVERY",
            Situation.PasswordExpired => "PASSWORD_EXPIRED",
            Situation.Suspended => "SUSPENDED",
            Situation.Gone => "DEPROVISIONED",
            _ => "ACTIVE",
        };
        var neverUsed = status is "STAGED" or "PROVISIONED";
        var id = Id(person.Login);
        var sessions = status == "ACTIVE" && !person.IsService;
        var slack = ids.Of("0oa", "slack");
        return new(id, status, Founded, Founded)
        {
            Profile = Profile(person),
            Activated = status == "STAGED" ? null : Founded,
            StatusChanged = Founded,
            LastLogin = neverUsed ? null : now.AddHours(-6),
            PasswordChanged = neverUsed ? null : Founded,
            HasPassword = !neverUsed && status != "DEPROVISIONED",
            Provider = person.Department == "Finance" ? "ACTIVE_DIRECTORY" : "OKTA",
            Roles = OktaRoleType(person.AdminRole) is { } role ? [new(ids.Of("ra1", person.Login), role, Founded)] : [],
            Factors = [.. person.Factors.Select(f => Factor(person, f))],
            Sessions = sessions ? [new(ids.Of("102", person.Login), now.AddHours(-6))] : [],
            Grants = sessions ? [new(ids.Of("oag", id), slack, "offline_access", Founded)] : [],
            Tokens = sessions ? [new(ids.Of("oar", id), slack, ["offline_access", "openid"], Founded, now.AddDays(30))] : [],
        };
    }

    private static ImmutableSortedDictionary<string, JsonElement> Profile(Person person)
    {
        var profile = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["login"] = person.Address,
            ["email"] = person.Email,
            ["firstName"] = person.First,
            ["lastName"] = person.Last,
            ["displayName"] = person.Name,
            ["title"] = person.Title,
            ["department"] = person.Department,
            ["organization"] = "Acme",
            ["userType"] = person.IsService ? "Service" : person.Title == "Contractor" ? "Contractor" : "Employee",
        };
        if (person.Manager is { } manager)
        {
            profile["managerId"] = $"{manager}@{Acme.Domain}";
            profile["manager"] = WellKnownPeople.All.FirstOrDefault(p => p.Login == manager)?.Name ?? manager;
        }

        if (person.PrivateMail is { } mail) profile["secondEmail"] = mail;
        if (person.PrivatePhone is { } phone) profile["mobilePhone"] = phone;
        return profile.ToImmutableSortedDictionary(p => p.Key, p => JsonSerializer.SerializeToElement(p.Value), StringComparer.Ordinal);
    }

    private OktaFactor Factor(Person person, string kind)
    {
        var (type, provider, vendor) = kind switch
        {
            "push" => ("push", "OKTA", "OKTA"),
            "totp" => ("token:software:totp", "OKTA", "OKTA"),
            "sms" => ("sms", "OKTA", "OKTA"),
            "webauthn" => ("webauthn", "FIDO", "FIDO"),
            _ => throw new InvalidOperationException($"Unknown factor {kind}."),
        };
        return new(ids.Of(kind == "push" ? "opf" : kind == "webauthn" ? "fwf" : "ost", person.Login + kind), type, provider, vendor, Founded);
    }

    private OktaGroup Group(Team team, Acme acme)
    {
        var type = team.Kind switch { GroupKind.Everyone => "BUILT_IN", GroupKind.FromDirectory => "APP_GROUP", _ => "OKTA_GROUP" };
        var members = team.Kind == GroupKind.Everyone ? [] : acme.People.Where(p => p.Situation != Situation.Gone && team.Has(p));
        var by = team.Kind == GroupKind.ByRule ? RuleId(team) : "";
        return new(GroupId(team.Name), type, team.Name, team.Description, Founded, Founded, Founded)
        {
            Members = members.ToImmutableSortedDictionary(p => Id(p.Login), _ => by, StringComparer.Ordinal),
            Roles = OktaRoleType(team.AdminRole) is { } role ? [new(ids.Of("grp", team.Name), role, Founded)] : [],
        };
    }

    private OktaRule Rule(Team team) => new(RuleId(team), $"{team.Name} by department", "department", team.RuleDepartment!, [GroupId(team.Name)], [], Founded, Founded);

    private OktaApp App(Product product, Acme acme) => new(ids.Of("0oa", product.Name), product.Name, product.Label, "SAML_2_0", Founded, Founded)
    {
        Users = acme.People.Where(p => p.Situation is not (Situation.Gone or Situation.Staged) && product.Direct(p))
            .ToImmutableSortedDictionary(p => Id(p.Login), p => new OktaDirectAssignment(Id(p.Login), p.Address, Founded), StringComparer.Ordinal),
        Groups = product.Teams.Select((t, i) => new OktaGroupAssignment(GroupId(t), i, Founded)).ToImmutableSortedDictionary(g => g.GroupId, g => g, StringComparer.Ordinal),
    };

    private OktaEvent Created(OktaUser user)
    {
        var system = new OktaTarget("00uSystemPrincipal00", "SystemPrincipal", "system@okta.com", "Okta System");
        var published = now.AddDays(-1) < Founded ? Founded : now.AddDays(-1);
        return new(ids.Uuid(), published, "user.lifecycle.create", "Create okta user", system, [user.Target()], ids.New("req", 24));
    }

    private static string? OktaRoleType(string? role) => role switch
    {
        null => null,
        "super" => "SUPER_ADMIN",
        "org" => "ORG_ADMIN",
        "helpdesk" => "HELP_DESK_ADMIN",
        "app" => "APP_ADMIN",
        "readonly" => "READ_ONLY_ADMIN",
        _ => throw new InvalidOperationException($"Unknown admin role {role}."),
    };
}
