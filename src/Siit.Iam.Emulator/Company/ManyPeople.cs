namespace Siit.Iam.Emulator.Company;

/// <summary>Everybody else, as many as asked for, the same for the same seed.</summary>
internal static class ManyPeople
{
    private static readonly string[] Firsts =
    [
        "Ada", "Akira", "Alma", "Amir", "Bea", "Bruno", "Chen", "Clara", "Dario", "Dina", "Elif", "Emil", "Fatou", "Felix", "Gita", "Hana",
        "Ines", "Jonas", "Kira", "Kofi", "Laila", "Luca", "Mara", "Mateo", "Nadia", "Noah", "Olga", "Oscar", "Pia", "Rafael", "Sana", "Tariq",
        "Uma", "Viktor", "Wanda", "Yara", "Zoltan",
    ];

    private static readonly string[] Lasts =
    [
        "Abe", "Alvarez", "Andersen", "Bauer", "Boateng", "Castro", "Costa", "Demir", "Dubois", "Eriksen", "Farah", "Garcia", "Hoffmann",
        "Ito", "Jansen", "Kaya", "Keller", "Lopez", "Moreau", "Murphy", "Novak", "Okoye", "Patel", "Ramos", "Rossi", "Santos", "Schmidt",
        "Silva", "Suzuki", "Tanaka", "Virtanen", "Weber", "Yilmaz", "Zhang",
    ];

    private static readonly (string Department, string Title, string Manager)[] Jobs =
    [
        ("Engineering", "Software Engineer", "ivan"),
        ("Engineering", "Platform Engineer", "ivan"),
        ("Engineering", "Product Designer", "ivan"),
        ("Sales", "Account Executive", "mona"),
        ("Sales", "Sales Engineer", "mona"),
        ("Support", "Support Agent", "omar"),
        ("Finance", "Accountant", "greta"),
        ("HR", "Recruiter", "carla"),
        ("Marketing", "Content Designer", "mona"),
    ];

    public static IEnumerable<Person> Of(int count, int seed)
    {
        var random = new Random(seed);
        var taken = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < count; i++)
        {
            var first = Firsts[random.Next(Firsts.Length)];
            var last = Lasts[random.Next(Lasts.Length)];
            var job = Jobs[random.Next(Jobs.Length)];
            var login = $"{first}.{last}".ToLowerInvariant();
            if (!taken.Add(login)) taken.Add(login = $"{login}{i}");
            yield return new(login, first, last, job.Title, job.Department, job.Manager);
        }
    }
}
