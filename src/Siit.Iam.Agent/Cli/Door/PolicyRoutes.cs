using System.Text.Json.Nodes;
using Siit.Iam.Agent.Gate;

namespace Siit.Iam.Agent.Cli.Door;

/// <summary>Trying the rules.</summary>
internal sealed class PolicyRoutes(PolicyTrial trial) : IDoorRoutes
{
    public IEnumerable<DoorRoute> Routes => [DoorRoute.Post("/policy/try", TryAsync)];

    private async Task<DoorAnswer> TryAsync(DoorRequest request)
    {
        if (request.Body["input"] is not JsonObject input)
            throw new DoorInputException("'input' is missing.");
        var answer = await trial.TryAsync(
            request.Text("action"), input.DeepClone().AsObject(), request.Maybe("caller"), request.Maybe("requester"), request.Operator, request.Aborted);
        return DoorAnswer.Of(WireJson.Node(answer));
    }
}
