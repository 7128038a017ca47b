using System.Text.Json;
using Siit.Iam.Agent.Idps;

namespace Siit.Iam.Agent.Gate.Rehearsals;

/// <summary>Trouble that an IdP is to make: the n-th change of an action (from 1), or each.</summary>
/// <param name="Word">One of <see cref="RehearsalFaults.Words"/>.</param>
internal sealed record RehearsalFault(string Action, int? Number, string Word);

/// <summary>Makes the trouble that was asked for.</summary>
internal sealed class RehearsalFaults(IReadOnlyList<RehearsalFault> faults)
{
    private readonly Dictionary<string, int> _sent = new(StringComparer.Ordinal);

    /// <summary>The change is made and its answer lost.</summary>
    private const string LostAnswer = "lost_answer";

    public static IReadOnlyList<string> Words { get; } = [.. Enum.GetValues<IdpTrouble>().Select(Word), LostAnswer];

    /// <summary>Makes the change, or the trouble in its place.</summary>
    public async Task<WriteReceipt> SendAsync(string action, Func<Task<WriteReceipt>> change)
    {
        var number = _sent[action] = _sent.GetValueOrDefault(action) + 1;
        if (faults.FirstOrDefault(fault => fault.Action == action && (fault.Number is null || fault.Number == number)) is not { } fault)
            return await change();
        if (fault.Word == LostAnswer)
            await change();
        var trouble = Enum.GetValues<IdpTrouble>().Where(trouble => Word(trouble) == fault.Word).DefaultIfEmpty(IdpTrouble.Unknown).First();
        throw new IdpException(trouble, $"Rehearsed trouble: {fault.Word}.");
    }

    private static string Word(IdpTrouble trouble) => JsonNamingPolicy.SnakeCaseLower.ConvertName(trouble.ToString());
}
