using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Siit.Iam.Emulator.Mail;

/// <summary>A certificate that nobody trusts who was not told to.</summary>
internal sealed class MailboxCertificate(X509Certificate2 certificate) : IDisposable
{
    public X509Certificate2 Certificate => certificate;

    /// <summary>Without the key: what a client is given to trust.</summary>
    public string Pem => certificate.ExportCertificatePem();

    /// <param name="names">Names it is good for. Default: <c>localhost</c> and 127.0.0.1.</param>
    public static MailboxCertificate Create(TimeProvider time, params string[] names)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Emulated mailbox", key, HashAlgorithmName.SHA256);
        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (var name in names.Length > 0 ? names : [EmulatedMailbox.Host])
            alternatives.AddDnsName(name);
        if (names.Length == 0)
            alternatives.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(alternatives.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        var now = time.GetUtcNow();
        return new MailboxCertificate(request.CreateSelfSigned(now.AddDays(-2), now.AddDays(30)));
    }

    public void Dispose() => certificate.Dispose();
}
