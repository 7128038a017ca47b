namespace Siit.Iam.Agent.Audit.Tlog;

/// <summary>A note, checkpoint, proof or tile is malformed or does not verify; the message ends the sentence "… is wrong: ".</summary>
internal sealed class TlogException(string message, Exception? inner = null) : Exception(message, inner);
