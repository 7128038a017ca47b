namespace Siit.Iam.Emulator.Company;

/// <summary>The people that tests, the demo and the README name. Changing one breaks stories told elsewhere.</summary>
internal static class WellKnownPeople
{
    public static IReadOnlyList<Person> All { get; } =
    [
        new("erin", "Erin", "Walsh", "Chief Executive", "Executive"),
        new("ana", "Ana", "Souza", "Account Executive", "Sales", "mona") { Factors = ["push", "totp", "sms"], PrivateMail = "ana.souza@home.example", PrivatePhone = "+15550123" },
        new("ben", "Ben", "Okafor", "Software Engineer", "Engineering", "ivan") { PrivateMail = "ben.okafor@home.example", PrivatePhone = "+15550124" },
        new("carla", "Carla", "Mendes", "HR Manager", "HR", "erin"),
        new("dora", "Dora", "Lindqvist", "Head of IT", "IT", "erin") { AdminRole = "super", Factors = ["push", "webauthn"] },
        new("theo", "Theo", "Brandt", "Head of Security", "Security", "erin") { Factors = ["webauthn"] },
        new("hugo", "Hugo", "Marchand", "Service Desk Analyst", "IT", "dora") { AdminRole = "helpdesk" },
        new("nina", "Nina", "Petrova", "Service Desk Analyst", "IT", "dora"),
        new("rosa", "Rosa", "Delgado", "Security Engineer", "Security", "theo"),
        new("mona", "Mona", "Fischer", "VP Sales", "Sales", "erin"),
        new("ivan", "Ivan", "Horvat", "VP Engineering", "Engineering", "erin"),
        new("greta", "Greta", "Nilsson", "Finance Manager", "Finance", "erin"),
        new("omar", "Omar", "Haddad", "Support Lead", "Support", "erin"),
        new("lena", "Lena", "Kowalski", "Product Designer", "Engineering", "ivan"),
        new("paul", "Paul", "Nguyen", "Platform Engineer", "Engineering", "ivan") { Factors = [] },
        new("breakglass", "break-glass", "Account", "Emergency access", "IT") { AdminRole = "app", Factors = [], IsService = true },
        new("svc-siit", "Siit", "Connector", "Service account", "IT") { AdminRole = "org", Factors = [], IsService = true },
        new("staged", "Stacy", "Staged", "Account Executive", "Sales", "mona") { Situation = Situation.Staged, Factors = [] },
        new("provisioned", "Priya", "Invited", "Support Agent", "Support", "omar") { Situation = Situation.Invited, Factors = [] },
        new("locked", "Lorenzo", "Locked", "Accountant", "Finance", "greta") { Situation = Situation.LockedOut },
        new("recovery", "Rita", "Recovery", "Recruiter", "HR", "carla") { Situation = Situation.ResettingPassword },
        new("expired", "Edgar", "Expired", "Support Agent", "Support", "omar") { Situation = Situation.PasswordExpired },
        new("suspended", "Susan", "Suspended", "Software Engineer", "Engineering", "ivan") { Situation = Situation.Suspended },
        new("gone", "Gordon", "Gone", "Account Executive", "Sales", "mona") { Situation = Situation.Gone, Factors = [] },
        new("sam.lee", "Sam", "Lee", "Software Engineer", "Engineering", "ivan"),
        new("sam.lee2", "Sam", "Lee", "Support Agent", "Support", "omar"),
        // The first letter is Cyrillic: two cards that look the same are two people.
        new("ana.s", "\u0410na", "Souza", "Contractor", "Engineering", "ivan") { Shown = "\u0410na Souza" },
        new("dupe1", "Dana", "Upton", "Accountant", "Finance", "greta") { Mailbox = "dupe" },
        new("dupe2", "Dana", "Upton", "Contractor", "Finance", "greta") { Mailbox = "dupe" },
    ];
}
