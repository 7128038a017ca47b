namespace Siit.Iam.Agent.Gate;

/// <summary>A rule's no.</summary>
/// <param name="Code">snake_case, stable.</param>
/// <param name="Message">Which rule, about what, and who can change it.</param>
internal sealed record Refusal(string Code, string Message);
