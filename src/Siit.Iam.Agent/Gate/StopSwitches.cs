namespace Siit.Iam.Agent.Gate;

internal sealed class StopSwitches
{
    private readonly List<Refusal> _none = [];

    public Refusal? Find(string action, string connection) => _none.FirstOrDefault();
}
