namespace Siit.Iam.Agent.Playbooks;

/// <summary>Where playbooks come from (section <c>playbooks</c>).</summary>
internal sealed class PlaybookOptions
{
    /// <summary>The folder of the YAML files. Default: <c>playbooks</c> in the working directory.</summary>
    public string Folder { get; set; } = "playbooks";
}
