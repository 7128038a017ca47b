namespace Siit.Iam.Agent.Playbooks;

/// <summary>Where playbooks come from (section <c>playbooks</c>).</summary>
internal sealed class PlaybookOptions
{
    /// <summary>The folder of the YAML files. Default: <c>playbooks</c> in the working directory.</summary>
    public string Folder { get; set; } = "playbooks";

    /// <summary>
    /// Only published versions run. Default: as soon as one connection is not on loopback; then it cannot be switched off.
    /// </summary>
    public bool? RequirePublished { get; set; }
}
