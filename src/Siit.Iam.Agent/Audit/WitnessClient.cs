using System.Globalization;
using System.Net;
using System.Text;
using Siit.Iam.Agent.Audit.Tlog;

namespace Siit.Iam.Agent.Audit;

/// <summary>What a witness has said to a checkpoint.</summary>
/// <param name="Cosignature">Its cosignature, checked; null: none.</param>
/// <param name="Disagrees">It has seen another log under this name, or more of this one than there is: rolled back or forked.</param>
/// <param name="Trouble">Why there is no cosignature, for an operator.</param>
internal sealed record WitnessAnswer(NoteSignature? Cosignature, bool Disagrees = false, string? Trouble = null);

/// <summary>Asks one witness to cosign, by c2sp.org/tlog-witness.</summary>
internal sealed class WitnessClient(AuditWitness witness, HttpClient http)
{
    private readonly NoteVerifier _key = NoteVerifier.Parse(witness.Vkey);
    private long _size;

    public string Name => _key.Name;

    /// <param name="prove">A consistency proof from a smaller size to the checkpoint's.</param>
    public async Task<WitnessAnswer> CosignAsync(SignedCheckpoint checkpoint, Func<long, IReadOnlyList<byte[]>> prove, CancellationToken cancellationToken)
    {
        // What it has seen may be more than is known here; it says so, and is asked once more.
        for (var attempt = 0; attempt < 2; attempt++)
        {
            var (status, body) = await PostAsync(checkpoint, _size, prove(_size), cancellationToken);
            switch (status)
            {
                case HttpStatusCode.OK:
                    return Cosigned(checkpoint, body);
                case HttpStatusCode.Conflict when Checkpoint.NumberOf(body.TrimEnd('\n')) is { } seen:
                    if (seen > checkpoint.Size)
                        return new WitnessAnswer(null, Disagrees: true, $"{Name} has seen {seen} entries of this log, which has {checkpoint.Size}: it was rolled back");
                    _size = seen;
                    break;
                case HttpStatusCode.UnprocessableEntity:
                    return new WitnessAnswer(null, Disagrees: true, $"{Name} has seen other entries under the name of this log: it was written anew or forked");
                case HttpStatusCode.NotFound:
                    return new WitnessAnswer(null, Trouble: $"{Name} does not know this log; give its operator what 'siit-iam audit key' prints");
                case HttpStatusCode.Forbidden:
                    return new WitnessAnswer(null, Trouble: $"{Name} knows another key of this log; give its operator what 'siit-iam audit key' prints");
                default:
                    return new WitnessAnswer(null, Trouble: $"{Name} answers {(int)status}");
            }
        }

        return new WitnessAnswer(null, Trouble: $"{Name} contradicts itself about how much it has seen");
    }

    private async Task<(HttpStatusCode Status, string Body)> PostAsync(SignedCheckpoint checkpoint, long old, IReadOnlyList<byte[]> proof, CancellationToken cancellationToken)
    {
        var body = new StringBuilder().Append(CultureInfo.InvariantCulture, $"old {old}\n");
        foreach (var hash in proof)
            body.Append(Convert.ToBase64String(hash)).Append('\n');
        body.Append('\n').Append(checkpoint.Note);
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body.ToString()));
        using var answer = await http.PostAsync(new Uri($"{witness.Url.ToString().TrimEnd('/')}/add-checkpoint"), content, cancellationToken);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(cancellationToken));
    }

    private WitnessAnswer Cosigned(SignedCheckpoint checkpoint, string body)
    {
        try
        {
            var signatures = body.TrimEnd('\n').Split('\n').Select(NoteSignature.Parse).ToList();
            new SignedNote { Text = checkpoint.Note.Text, Signatures = signatures }.Verify(_key);
            _size = checkpoint.Size;
            return new WitnessAnswer(signatures.First(signature => signature.Name == _key.Name && signature.KeyId == _key.KeyId));
        }
        catch (TlogException wrong)
        {
            return new WitnessAnswer(null, Trouble: $"the cosignature of {Name} is wrong: {wrong.Message}");
        }
    }
}
