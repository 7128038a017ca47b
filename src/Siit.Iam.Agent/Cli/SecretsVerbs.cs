using System.CommandLine;

namespace Siit.Iam.Agent.Cli;

/// <summary><c>secrets rotate</c>.</summary>
internal static class SecretsVerbs
{
    public static Command Create(Verbs verbs) => Verbs.Group("secrets", "What is sealed at rest.", verbs.Create(
        "rotate", "Seal with a new key what is secret at rest; the old key goes at the next start.", async (invocation, cancellationToken) =>
        {
            var answer = await invocation.Server.PostAsync("/secrets/rotate", [], cancellationToken);
            return invocation.Answer(answer,
            [
                $"Key {answer["key"]} is in force; {answer["resealed"]} secrets were sealed anew{(answer["locked"]!.GetValue<int>() > 0 ? $", {answer["locked"]} could not be opened" : "")}.",
                "The former key stays in data.key until the server starts anew. A backup made before now needs data.key as it was then: keep a copy with it.",
            ]);
        }));
}
