using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Gate.Proofs;
using Siit.Iam.Agent.Playbooks.Agents;
using Siit.Iam.Agent.Playbooks.Checks.Tenant;
using Siit.Iam.Agent.Playbooks.Publishing;
using Siit.Iam.Agent.Playbooks.Runs;
using Siit.Iam.Agent.Playbooks.Runs.Telling;
using Siit.Iam.Agent.Playbooks.Triggers;
using Siit.Iam.Agent.Requests;

namespace Siit.Iam.Agent.Playbooks;

/// <summary>Wires playbooks. After the gate: its keeper brings store and log together before the first run goes on.</summary>
internal static class PlaybooksSetup
{
    /// <param name="model">Null when there is no language model.</param>
    public static IServiceCollection AddPlaybooks(this IServiceCollection services, PlaybookOptions options, ModelOptions? model)
    {
        services.AddSingleton(options);
        services.AddSingleton<PlaybookShelf>();
        services.AddPublishing();
        services.AddSingleton(provider => new ModelInUse(model is null ? null : new KernelModel(model, ModelHttp.Create(provider.GetRequiredService<TimeProvider>()))));
        services.AddSingleton<ModelLoop>();
        services.AddSingleton<RunDispatcher>();
        services.AddSingleton<ICallObserver>(provider => provider.GetRequiredService<RunDispatcher>());
        services.AddSingleton<IProofObserver, ProofWakes>();
        services.AddSingleton<PersonLeases>();
        services.AddSingleton<DailyPeople>();
        services.AddSingleton<RunTools>();
        services.AddSingleton<RunWorker>();
        services.AddSingleton<EmployeeBook>();
        services.AddSingleton<RunEndings>();
        services.AddSingleton<RunStarts>();
        services.AddSingleton<ILogLearner, RunMemory>();
        services.AddSingleton<RunKeeper>();
        services.AddHostedService(provider => provider.GetRequiredService<RunKeeper>());
        services.AddTriggers();
        services.AddSingleton<PlaybookDesk>();
        services.AddSingleton<RunStories>();
        services.AddSingleton<ITimelineSource, RunTimeline>();
        services.AddSingleton<Rehearsals.Rehearsals>();
        services.AddSingleton<Rehearsals.RehearsalDesk>();
        return services;
    }

    /// <summary>Read before the first run goes on.</summary>
    private static void AddPublishing(this IServiceCollection services)
    {
        services.AddSingleton<PublishedBook>();
        services.AddHostedService(provider => provider.GetRequiredService<PublishedBook>());
        services.AddSingleton<PlaybooksInForce>();
        services.AddSingleton<ILogLearner, PublicationMemory>();
        services.AddSingleton<TenantFacts>();
        services.AddSingleton<PublishDesk>();
    }

    private static void AddTriggers(this IServiceCollection services)
    {
        services.AddSingleton<TriggerStarts>();
        services.AddSingleton<RequestStarts>();
        services.AddSingleton<DatePlans>();
        services.AddSingleton<PlannedStarts>();
        services.AddSingleton<TriggerFeeds>();
        services.AddSingleton<TriggerKeeper>();
        services.AddHostedService(provider => provider.GetRequiredService<TriggerKeeper>());
        services.AddSingleton<IRequestForms, RequestForms>();
    }
}
