using Microsoft.Extensions.DependencyInjection.Extensions;
using Siit.Iam.Agent.Gate.Card;
using Siit.Iam.Agent.Gate.Proofs;
using Siit.Iam.Agent.Gate.Standing;
using Siit.Iam.Agent.Gate.StandingApprovals;
using Siit.Iam.Agent.Gate.ToolCalls;
using Siit.Iam.Agent.People.Events;
using Siit.Iam.Agent.People.Sync;
using Siit.Iam.Agent.Secrets;
using Siit.Iam.Agent.ToolServers;

namespace Siit.Iam.Agent.Gate;

/// <summary>Wires the gate.</summary>
internal static class GateSetup
{
    public static IServiceCollection AddGate(this IServiceCollection services, GateOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton<CallerPace>();
        services.AddSingleton<AuditTrail>();
        services.AddSingleton<Intake>();
        services.AddSingleton<Repeats>();
        services.AddSingleton<ApproverRegistry>();
        services.AddSingleton<CallerRegistry>();
        services.AddSingleton<OneTimeCodes>();
        services.AddSingleton<StopSwitches>();
        services.AddSingleton<IKeepsSeals>(provider => provider.GetRequiredService<ApproverRegistry>());
        services.AddProofs();
        services.AddSingleton<ILogLearner>(provider => provider.GetRequiredService<ApproverRegistry>());
        services.AddSingleton<ILogLearner>(provider => provider.GetRequiredService<CallerRegistry>());
        services.AddSingleton<ILogLearner>(provider => provider.GetRequiredService<StopSwitches>());
        services.AddSingleton<ILogLearner, PersonLearner>();
        services.AddSingleton<ILogLearner, NoticeLearner>();
        services.AddSingleton<NoticeAddresses>();
        services.AddSingleton<NoticeTexts>();
        services.AddSingleton<CallNotices>();
        services.AddSingleton<ILogLearner>(provider => provider.GetRequiredService<ApprovalTimers>());
        services.AddSingleton<GateClock>();
        services.AddSingleton<Withdrawals>();
        services.AddStanding(options);
        services.AddSingleton<NearNames>();
        services.AddSingleton<LastOnes>();
        services.AddSingleton<CallHistory>();
        services.AddSingleton<Places>();
        services.AddSingleton<Reads>();
        services.AddSingleton<Judge>();
        services.AddToolCalls();
        services.AddSingleton<Proposals>();
        services.AddSingleton<Plans>();
        services.AddSingleton<Returns>();
        services.AddSingleton<StandingCover>();
        services.AddSingleton<Parking>();
        services.AddSingleton<Budgets>();
        services.AddSingleton<Beginnings>();
        services.AddSingleton<Effects>();
        services.AddSingleton<KeyedLocks>();
        services.AddSingleton<UnsettledAccounts>();
        services.AddSingleton<CallEndings>();
        services.AddSingleton<ActionExecutor>();
        services.AddSingleton(provider => new Lazy<ActionExecutor>(provider.GetRequiredService<ActionExecutor>));
        services.AddSingleton<LogWins>();
        services.AddSingleton<CallKeeper>();
        services.AddHostedService(provider => provider.GetRequiredService<CallKeeper>());
        services.AddSingleton(provider => new Lazy<DirectorySync>(provider.GetRequiredService<DirectorySync>));
        services.AddSingleton<OwnEffects>();
        services.AddSingleton<IOwnEffects>(provider => provider.GetRequiredService<OwnEffects>());
        services.AddSingleton<ICallObserver>(provider => provider.GetRequiredService<OwnEffects>());
        services.AddSingleton<ApprovalDesk>();
        services.AddSingleton<ApprovalRecords>();
        services.AddSingleton<PolicyTrial>();
        services.AddSingleton<CallDesk>();
        services.AddSingleton<PreviewAccuracy>();
        services.AddSingleton<Rehearsals.RehearsalGround>();
        return services;
    }

    /// <summary>Tools of other servers; where none were added before, there are none.</summary>
    private static void AddToolCalls(this IServiceCollection services)
    {
        services.TryAddSingleton(ToolServerSet.None);
        services.TryAddSingleton(new ToolLockFile(null));
        services.TryAddSingleton<IToolServers, NoToolServers>();
        services.AddSingleton<ToolGuard>();
        services.AddSingleton<ToolLooks>();
        services.AddSingleton<ToolCards>();
        services.AddSingleton<ToolEffects>();
        services.AddSingleton<ToolExecutor>();
        services.AddSingleton<ToolWatch>();
        services.AddHostedService(provider => provider.GetRequiredService<ToolWatch>());
    }

    /// <summary>Who may sit where.</summary>
    private static void AddStanding(this IServiceCollection services, GateOptions options)
    {
        services.AddSingleton(new StandingRules(options.StandingSource, options.StandingAge));
        services.AddSingleton<StandingBook>();
        services.AddSingleton<IStanding>(provider => provider.GetRequiredService<StandingBook>());
        services.AddSingleton<Identities>();
        services.AddSingleton<Parties>();
        services.AddSingleton<Seating>();
        services.AddSingleton<ApproverBudgets>();
        services.AddSingleton<ApprovalTimers>();
    }
}
