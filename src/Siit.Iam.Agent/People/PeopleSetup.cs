using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Idps.Resilience;
using Siit.Iam.Agent.People.Copy;
using Siit.Iam.Agent.People.Events;
using Siit.Iam.Agent.People.Persons;
using Siit.Iam.Agent.People.Reads;
using Siit.Iam.Agent.People.Sync;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.People;

/// <summary>Wires who there is: the copy of the directory and what keeps it fresh.</summary>
internal static class PeopleSetup
{
    public static IServiceCollection AddPeople(this IServiceCollection services, SyncOptions sync, PersonOptions? people = null)
    {
        services.AddSingleton(sync);
        services.AddSingleton(provider => DocumentFile.Open(provider.GetRequiredService<DataFolder>().People, provider.GetRequiredService<LiteDbStore>(), CopyShelves.Names));
        services.AddSingleton(provider => new DirectoryCopy(
            provider.GetRequiredService<DocumentFile>(), [.. provider.GetRequiredService<IdpConnections>().All.Select(connection => connection.Name)]));
        services.AddSingleton<EventBook>();
        services.AddSingleton<Askers>();
        services.AddSingleton<Importer>();
        services.AddSingleton<ChangeReader>();
        services.AddSingleton<DirectorySync>();
        // Listens before anything is imported.
        services.AddHostedService<ImportAudit>();
        services.AddHostedService(provider => provider.GetRequiredService<DirectorySync>());
        services.AddSingleton<ConnectionDesk>();
        services.AddReads();
        services.AddPersons(people ?? new PersonOptions());
        return services;
    }

    /// <summary>What is asked of the copy, by agents and by people.</summary>
    private static void AddReads(this IServiceCollection services)
    {
        services.AddSingleton<PersonSearch>();
        services.AddSingleton<AccountReading>();
        services.AddSingleton<PersonJoin>();
        services.AddSingleton<PersonReading>();
        services.AddSingleton<KnownEvents>();
        services.AddSingleton<KnownLists>();
        services.AddSingleton<IKnownDirectory, KnownDirectory>();
        services.AddSingleton<ImportReviews>();
        services.AddSingleton<PeopleDesk>();
        services.AddSingleton<SyncDesk>();
    }
}
