namespace Siit.Iam.Agent.Idps.Okta;

/// <summary>Okta's ids, such as <c>00u1a2b3c4d5e6f7g8h9</c>. A login would be accepted in the same place of a path; it has an <c>@</c> or a dot.</summary>
internal static class OktaIds
{
    public static readonly IdGuard Guard = new(IdGuard.LettersAndDigits + "-_", maxLength: 64);

    /// <summary>Of a question that was sent to a factor, such as <c>v2mst.GldKV5VxTrifyeZmWSQguA</c>.</summary>
    public static readonly IdGuard Transactions = new(IdGuard.LettersAndDigits + "-_.", maxLength: 128);
}
