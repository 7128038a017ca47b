namespace Siit.Iam.Agent.People.Persons;

/// <summary>Wires the persons. Whoever has an HRIS registers an <see cref="IHrisRecords"/> afterwards.</summary>
internal static class PersonsSetup
{
    public static IServiceCollection AddPersons(this IServiceCollection services, PersonOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton<IHrisRecords, NoHrisRecords>();
        services.AddSingleton<DecisionBook>();
        services.AddSingleton<PersonLookup>();
        services.AddSingleton<Managers>();
        services.AddSingleton<PersonDesk>();
        services.AddSingleton<FieldDesk>();
        return services;
    }
}
