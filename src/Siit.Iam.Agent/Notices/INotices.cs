using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Notices;

/// <summary>Telling people. What is posted is sent at least once, also after a crash, and under an id by which readers drop a second one.</summary>
internal interface INotices
{
    /// <summary>
    /// What stores the notice. Commit it together with the record that it tells of: then either both are durable or neither. It never
    /// keeps the commit from being done; a key that was posted before changes nothing.
    /// </summary>
    /// <exception cref="ArgumentException">The notice cannot be one: no key, no recipient of a mail, a secret that is too long.</exception>
    Change Post(Notice notice);

    /// <summary>Whether the channel is configured at all.</summary>
    bool CanReach(NoticeChannel channel);

    /// <summary>Whether the channel is configured and the settings do not silence this kind on it.</summary>
    bool Wants(string kind, NoticeChannel channel);
}
