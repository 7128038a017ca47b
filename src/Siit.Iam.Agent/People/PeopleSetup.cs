using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.People.Copy;
using Siit.Iam.Agent.People.Events;
using Siit.Iam.Agent.People.Persons;
using Siit.Iam.Agent.People.Sync;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.People;

/// <summary>Wires who there is: the copy of the directory and what keeps it fresh.</summary>
internal static class PeopleSetup
{
    public static IServiceCollection AddPeople(this IServiceCollection services, SyncOptions sync, PersonOptions? people = null)
    {
        services.AddSingleton(sync);
        services.AddSingleton(provider => DocumentFile.Open(provider.GetRequiredService<DataFolder>().People, provider.GetRequiredService<LiteDbStore>()));
        services.AddSingleton(provider => new DirectoryCopy(
            provider.GetRequiredService<DocumentFile>(), [.. provider.GetRequiredService<IdpConnections>().All.Select(connection => connection.Name)]));
        services.AddSingleton<EventBook>();
        services.AddSingleton<Importer>();
        services.AddSingleton<ChangeReader>();
        services.AddSingleton<DirectorySync>();
        services.AddHostedService(provider => provider.GetRequiredService<DirectorySync>());
        services.AddSingleton<ConnectionDesk>();
        services.AddPersons(people ?? new PersonOptions());
        return services;
    }
}
