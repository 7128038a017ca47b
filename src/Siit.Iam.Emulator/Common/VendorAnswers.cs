namespace Siit.Iam.Emulator.Common;

/// <summary>What the common part needs to know of a vendor: how it says the things that any IdP can say.</summary>
internal interface IVendorAnswers
{
    string RequestIdHeader { get; }

    string NewRequestId();

    Task ThrottledAsync(HttpContext context, int resetSeconds);

    Task FailedAsync(HttpContext context, int status);
}
