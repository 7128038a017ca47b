using CsCheck;

namespace Siit.Iam.Agent.Tests.Playbooks;

internal static class Words
{
    public static Gen<T> Of<T>(params T[] words) => Gen.Int[0, words.Length - 1].Select(at => words[at]);
}
