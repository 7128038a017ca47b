namespace Siit.Iam.Agent.Tests.Support;

/// <summary>Tests that run longer, or on another seed, when a variable says so.</summary>
internal static class Longer
{
    /// <summary>The variable's number; what is otherwise meant when it is none above zero.</summary>
    public static int Number(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), out var number) && number > 0 ? number : otherwise;
}
