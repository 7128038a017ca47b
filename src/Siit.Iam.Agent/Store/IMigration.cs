using System.Text.Json.Nodes;

namespace Siit.Iam.Agent.Store;

/// <summary>
/// One step of the stored shape. All steps above the file's own schema version are applied in order when it is opened,
/// each in one transaction with the new version number.
/// </summary>
internal interface IMigration
{
    /// <summary>The schema version that this leads to: 2 for the first, then without a gap.</summary>
    int To { get; }

    /// <summary>Called for every stored record.</summary>
    /// <param name="collection">Stored name of its type.</param>
    /// <param name="record">Its JSON; changed in place.</param>
    /// <param name="keys">Its keys; changed in place.</param>
    /// <returns>True when it was changed. Its version stays as it is.</returns>
    bool Apply(string collection, JsonObject record, IDictionary<string, string> keys);
}
