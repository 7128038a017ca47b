namespace Siit.Iam.Agent.Playbooks.Comparing;

/// <summary>What a difference means for what a run may do. The worst first.</summary>
internal enum Weight
{
    /// <summary>The newer version may do more, to more people, on more occasions, or with less agreement; also where that cannot be told.</summary>
    Wider,
    Other,
    Narrower,
}

/// <param name="Where">The part of the playbook, or a step by its path.</param>
/// <param name="Text">What is different, as a sentence or <c>name: old -> new</c>.</param>
internal sealed record Difference(Weight Weight, string Where, string Text);
