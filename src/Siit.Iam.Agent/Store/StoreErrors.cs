namespace Siit.Iam.Agent.Store;

/// <summary>Another process has the data folder open.</summary>
internal sealed class StoreBusyException(string message) : Exception(message);

/// <summary>The store cannot be used: a disk error, a newer schema, an interrupted restore. The message says what to do.</summary>
internal sealed class StoreUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
