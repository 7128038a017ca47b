using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Gate.Standing;
using Siit.Iam.Agent.Requests;

namespace Siit.Iam.Emulator.Demo;

/// <summary>Who plays along: two approvers of distinct groups, the owner of an application, an agent with its operator, and a request to work on.</summary>
internal static class DemoPeople
{
    public const string Desk = "nina@acme.example";
    public const string Security = "rosa@acme.example";
    public const string Owner = "mona@acme.example";
    public const string Owned = "Figma";
    public const string Operator = "dora@acme.example";
    public const string Caller = "demo-agent";
    public const string Request = "REQ-812";

    /// <summary>At the first start enrols and registers everybody, through the same registries as the command line.</summary>
    public static async Task<DemoSecrets> PrepareAsync(DemoFolder folder, IServiceProvider agent)
    {
        if (folder.Read() is { } known)
            return known;
        var approvers = agent.GetRequiredService<ApproverRegistry>();
        var code = await approvers.MakeBootstrapCodeAsync(CancellationToken.None)
            ?? throw new IOException($"{folder.Data} has approvers, but the demo does not know their secrets. Start with --fresh.");
        var desk = await approvers.EnrolFirstAsync(new NewApprover(Desk, "Nina Petrova", ["service-desk"], []), code, CancellationToken.None);
        var security = await approvers.EnrolAsync(new NewApprover(Security, "Rosa Delgado", ["security"], []), desk.Approver!, CancellationToken.None);
        var owner = await approvers.EnrolAsync(new NewApprover(Owner, "Mona Fischer", ["owners"], []), desk.Approver!, CancellationToken.None);
        var caller = await agent.GetRequiredService<CallerRegistry>().AddAsync(
            new NewCaller(Caller, Operator, null, ["*"], ["*"], ["*"]), desk.Approver!, CancellationToken.None);
        await agent.GetRequiredService<RequestDesk>().SubmitAsync(
            Request, "ana@acme.example", "Hi, I lost my phone on the train yesterday and cannot sign in any more, it asks for the push. Can you help?", CancellationToken.None);
        var secrets = new DemoSecrets(caller.Token!, new Dictionary<string, string> { [Desk] = desk.Uri!, [Security] = security.Uri!, [Owner] = owner.Uri! });
        folder.Write(secrets);
        return secrets;
    }

    /// <summary>Ties the owner to her account, as whom she owns something, as soon as the copy of the directory knows it.</summary>
    public static async Task OwnAsync(IServiceProvider agent, CancellationToken cancellationToken)
    {
        var approvers = agent.GetRequiredService<ApproverRegistry>();
        try
        {
            while (await approvers.FindAsync(Owner, cancellationToken) is { Account: null } && await approvers.FindAsync(Desk, cancellationToken) is { } desk)
            {
                if (await agent.GetRequiredService<StandingBook>().KeyOfAsync(Owner, cancellationToken) is { } account && await approvers.LinkAsync(Owner, account, desk, cancellationToken) is null)
                    return;
                await Task.Delay(TimeSpan.FromMilliseconds(500), cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The demo ends before the directory was read.
        }
    }
}
