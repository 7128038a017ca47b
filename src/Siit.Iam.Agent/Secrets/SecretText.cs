using System.Diagnostics;

namespace Siit.Iam.Agent.Secrets;

/// <summary>A secret in memory. It prints <c>***</c>, so that a log line or a message that takes it by mistake shows nothing.</summary>
[DebuggerDisplay("***")]
internal sealed class SecretText(string value)
{
    private readonly string _value = value;

    /// <summary>The secret itself: only for the line that sends or uses it.</summary>
    public string Reveal() => _value;

    public bool SameAs(SecretText? other) => other is not null && string.Equals(_value, other._value, StringComparison.Ordinal);

    public override string ToString() => "***";
}
