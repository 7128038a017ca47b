namespace Siit.Iam.Emulator.Common;

/// <summary>What the common part and an IdP tell each other about one request.</summary>
internal sealed class Exchange(string requestId, Fault? fault)
{
    public string RequestId { get; } = requestId;

    public Fault? Fault { get; } = fault;

    /// <summary>Set by the IdP when the request changed something.</summary>
    public bool Changed { get; set; }

    /// <summary>Set by the IdP: whose credential the request carried.</summary>
    public string? By { get; set; }

    public static Exchange Of(HttpContext context) =>
        context.Features.Get<Exchange>() ?? throw new InvalidOperationException("The fault injection is not in front of this route.");
}
