namespace Siit.Iam.Agent.Gate.Proofs;

/// <summary>
/// Wires the proofs. They lie within the gate, not beside it: the gate asks them before each reset, and they need its approvers,
/// callers and words, so each would have to name the other.
/// </summary>
internal static class ProofsSetup
{
    public static IServiceCollection AddProofs(this IServiceCollection services)
    {
        services.AddSingleton<ContactBook>();
        services.AddSingleton<Resets>();
        services.AddSingleton<IdentityChecks>();
        services.AddSingleton<ResetMessages>();
        services.AddSingleton<ResetEffects>();
        services.AddSingleton<ProofCodes>();
        services.AddSingleton<ProofReading>();
        services.AddSingleton<ProofDesk>();
        services.AddSingleton<IRunProofs, RunProofs>();
        return services;
    }
}
