namespace Siit.Iam.Agent.Playbooks.Expressions;

/// <summary>One thing that is wrong with an expression.</summary>
/// <param name="At">Index into the expression's text.</param>
internal sealed record ExpressionProblem(string Code, int At, string Message, string Hint)
{
    public const string Syntax = "PB020";
    public const string Type = "PB021";
    public const string MaybeAbsent = "PB022";
    public const string Word = "PB023";
    public const string Cost = "PB024";
    public const string OutOfReach = "PB025";
    public const string NeverComputed = "PB027";
}

/// <summary>Ends the reading of one expression; never leaves <see cref="Cel"/>.</summary>
internal sealed class ExpressionSyntaxException(int at, string message, string hint) : Exception(message)
{
    public ExpressionProblem Problem { get; } = new(ExpressionProblem.Syntax, at, message, hint);
}
