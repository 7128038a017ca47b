namespace Siit.Iam.Agent.Idps.JumpCloud;

/// <summary>Second factors. Only push endpoints are things with an id; of the others JumpCloud tells whether they are enrolled, so the word is their id.</summary>
internal static class JumpCloudFactors
{
    public const string Totp = "totp";
    private const string Go = "jumpcloud_go";
    private const string Push = "push";
    private const string Sms = "sms";
    private const string WebAuthn = "webauthn";

    public static IReadOnlyList<Factor> Of(JumpCloudUser user, IReadOnlyList<JumpCloudPushEndpoint> endpoints)
    {
        var status = user.MfaEnrollment;
        List<Factor> factors = [.. endpoints.Where(IsInUse).Select(endpoint =>
            new Factor(endpoint.Id, Push, "push endpoint", endpoint.State, JumpCloudStatus.Time(endpoint.EnrollmentDate)))];
        // Said to be enrolled, yet not listed.
        if (factors.Count == 0) Add(Push, Push, status?.PushStatus);
        Add(Totp, "totp", status?.TotpStatus);
        Add(Sms, "sms", status?.SmsStatus);
        Add(WebAuthn, "webauthn", status?.WebAuthnStatus);
        Add(Go, "other", status?.JcGoStatus);
        return factors;

        void Add(string id, string kind, string? word)
        {
            if (word == "ENROLLED") factors.Add(new Factor(id, kind, id, word, EnrolledAt: null));
        }
    }

    /// <summary>Has any; null when the answer does not tell.</summary>
    public static bool? AnyOf(JumpCloudUser user)
    {
        if (user.MfaEnrollment is { } status)
            return new[] { status.TotpStatus, status.WebAuthnStatus, status.PushStatus, status.SmsStatus, status.JcGoStatus }.Contains("ENROLLED");
        return user.TotpEnabled == true ? true : null;
    }

    /// <summary>One of our own words: nothing that could be deleted by it.</summary>
    public static bool IsNoEndpoint(string factorId) => factorId is Totp or Go or Push or Sms or WebAuthn;

    /// <summary>Gone after a reset for certain.</summary>
    public static bool IsReset(Factor factor) => factor.Id == Totp;

    /// <summary>Gone after a reset where the organization has Unified MFA.</summary>
    public static bool MayBeReset(Factor factor) => factor.Kind == Push;

    private static bool IsInUse(JumpCloudPushEndpoint endpoint) => !string.Equals(endpoint.State, "deleted", StringComparison.OrdinalIgnoreCase);
}
