using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Playbooks.Agents;
using Siit.Iam.Agent.Playbooks.Runs;

namespace Siit.Iam.Agent.Playbooks;

/// <summary>Wires playbooks. After the gate: its keeper brings store and log together before the first run goes on.</summary>
internal static class PlaybooksSetup
{
    /// <param name="model">Null when there is no language model.</param>
    public static IServiceCollection AddPlaybooks(this IServiceCollection services, PlaybookOptions options, ModelOptions? model)
    {
        services.AddSingleton(options);
        services.AddSingleton(provider => new ModelInUse(model is null ? null : new KernelModel(model, ModelHttp.Create(provider.GetRequiredService<TimeProvider>()))));
        services.AddSingleton<ModelLoop>();
        services.AddSingleton<RunDispatcher>();
        services.AddSingleton<ICallObserver>(provider => provider.GetRequiredService<RunDispatcher>());
        services.AddSingleton<RunTools>();
        services.AddSingleton<RunWorker>();
        services.AddSingleton<RunStarts>();
        services.AddSingleton<RunKeeper>();
        services.AddHostedService(provider => provider.GetRequiredService<RunKeeper>());
        services.AddSingleton<PlaybookDesk>();
        return services;
    }
}
