using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Store;
using Siit.Iam.Agent.Tests.Support;
using Siit.Iam.Emulator.Common;

namespace Siit.Iam.Agent.Tests.Gate;

/// <summary>
/// Approved calls that were changed after they had been approved: in everything that is bound, in every way that may be overlooked.
/// <c>SIIT_IAM_MUTATIONS</c>: so many of them go through the executor to the IdP, too (none by default); all of them meet the digest.
/// </summary>
public sealed class MutationTests
{
    /// <summary>What is not bound, because it does not say what happens: where the call stands, and what came of it.</summary>
    private static readonly string[] NotBound = ["id", "version", "state", "code", "message", "approval", "earlier", "intent", "outcome", "endedAt", "fingerprint", "requestAuthor"];

    [Fact]
    public async Task ApprovedCall_ChangedInAnyWay_IsNotWhatWasApproved_AndDoesNotExecute()
    {
        var executed = int.Parse(Environment.GetEnvironmentVariable("SIIT_IAM_MUTATIONS") ?? "0", CultureInfo.InvariantCulture);
        // Each of them looks at the IdP, and no mutation may be stopped by its limit alone.
        await using var world = await GateWorld.StartAsync(emulator: new EmulatorOptions { RequestsPerMinute = 10_000_000 });
        var approver = await world.ApproverAsync("dana@acme.example");
        await world.ApproverAsync("egon@acme.example", "security");
        var calls = await AskedAsync(world);
        var mutants = calls.SelectMany(call => Mutants(call).Select(mutant => (Call: call, mutant.What, mutant.Text))).ToList();
        Assert.True(mutants.Count >= 10_000, $"{mutants.Count} mutations");

        var readable = new List<(CallRecord Call, string What, CallRecord Changed)>();
        foreach (var (call, what, text) in mutants)
        {
            // As the store gives it back: a list that is null is stored as nothing, and read as an empty one.
            if (Read(text) is not { } written || Read(Stored(written)) is not { } changed)
                continue;
            // Two spellings of one value are one call.
            if (JsonNode.DeepEquals(JsonNode.Parse(Stored(changed)), JsonNode.Parse(Stored(call))))
                continue;
            Assert.True(DigestOf(changed, call.Approval!) != call.Approval!.Digest, $"{call.Action}: {what} has the digest of what was approved");
            readable.Add((call, what, changed));
        }

        Assert.True(readable.Count > 5_000, $"{readable.Count} of them can be read at all");
        var step = executed == 0 ? readable.Count : Math.Max(1, readable.Count / executed);
        for (var n = executed == 0 ? readable.Count : 0; n < readable.Count; n += step)
            await DoesNotExecuteAsync(world, approver, readable[n].Call, readable[n].Changed, readable[n].What);

        // The same road, not changed: it would have executed.
        var whole = calls[0];
        await PutAsync(world, Approved(world, whole, approver));
        await world.Executor.ResumeAsync(whole.Id, CancellationToken.None);
        Assert.Equal(CallState.Succeeded, (await world.EndAsync(whole.Id)).State);
        Assert.Single(world.Okta.Ledger.Effects);
    }

    [Fact]
    public async Task ApprovedCall_ArgumentsInAnotherOrder_IsTheSameCall()
    {
        await using var world = await GateWorld.StartAsync();
        await world.ApproverAsync("dana@acme.example");
        var call = (await AskedAsync(world))[0];
        var turned = call with { Input = new JsonObject(call.Input.Reverse().Select(argument => KeyValuePair.Create(argument.Key, argument.Value?.DeepClone()))) };

        Assert.Equal(call.Approval!.Digest, CallDigest.Of(turned, call.Approval.Needed, call.Approval.ExpiresAt));
        Assert.NotEqual(call.Approval.Digest, CallDigest.Of(call, Approvers.Two, call.Approval.ExpiresAt));
        Assert.NotEqual(call.Approval.Digest, CallDigest.Of(call, call.Approval.Needed, call.Approval.ExpiresAt.AddMilliseconds(1)));
    }

    private static async Task<List<CallRecord>> AskedAsync(GateWorld world)
    {
        var caller = await world.CallerAsync();
        var asked = new List<CallRecord>();
        foreach (var (action, input) in new (string, JsonObject)[]
        {
            ("suspend_user", new JsonObject { ["person"] = "ben@acme.example", ["requester"] = "mia@acme.example", ["request"] = "REQ-1" }),
            ("reset_mfa", new JsonObject { ["person"] = "ana@acme.example", ["requester"] = "ana.lopez@acme.example" }),
            ("update_user", new JsonObject { ["person"] = "carla@acme.example", ["title"] = "Lead", ["department"] = "Sales" }),
            ("create_user", new JsonObject { ["person"] = "new.one@acme.example", ["first_name"] = "New", ["last_name"] = "One", ["manager"] = "ben@acme.example" }),
            ("deactivate_user", new JsonObject { ["person"] = "mia@acme.example" }),
        })
        {
            var answer = await world.CallAsync(caller, action, input);
            if (answer.State == CallState.AwaitingApproval)
                asked.Add((await world.Store.GetAsync<CallRecord>(answer.Call!))!);
        }

        Assert.True(asked.Count >= 3, $"{asked.Count} were asked about");
        return asked;
    }

    private static async Task DoesNotExecuteAsync(GateWorld world, ApproverRecord approver, CallRecord call, CallRecord changed, string what)
    {
        try
        {
            await PutAsync(world, Approved(world, changed with { Id = call.Id, Approval = call.Approval }, approver));
            await world.Executor.ResumeAsync(call.Id, CancellationToken.None);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or NullReferenceException)
        {
            // Such a record cannot even be stored or looked at: that is no execution, either.
        }

        Assert.True(world.Okta.Ledger.Effects.Count == 0, $"{call.Action} was executed: {what}");
        await PutAsync(world, call with { State = CallState.Cancelled });
    }

    private static CallRecord Approved(GateWorld world, CallRecord call, ApproverRecord approver)
    {
        List<Decision> decisions = [new Decision(approver.Id, approver.Email, approver.Groups, true, null, call.Approval!.Digest, world.Time.GetUtcNow())];
        if (call.Approval.Needed == Approvers.Two)
            decisions.Add(new Decision("ap_egon@acme.example", "egon@acme.example", ["security"], true, null, call.Approval.Digest, world.Time.GetUtcNow()));
        return call with { State = CallState.AwaitingApproval, EndedAt = null, Approval = call.Approval with { Decisions = decisions, CompleteAt = world.Time.GetUtcNow() } };
    }

    private static Task<CommitResult> PutAsync(GateWorld world, CallRecord call) => Eventually.Is(
        async () => await world.Store.CommitAsync([Change.Save(call with { Version = (await world.Store.GetAsync<CallRecord>(call.Id))!.Version })]), committed => committed.Done);

    /// <summary>Null when there is none.</summary>
    private static string? DigestOf(CallRecord call, ApprovalPart approval)
    {
        try
        {
            return CallDigest.Of(call, approval.Needed, approval.ExpiresAt);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or NullReferenceException)
        {
            return null;
        }
    }

    private static CallRecord? Read(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<CallRecord>(text, StoreJson.Options);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException or FormatException)
        {
            return null;
        }
    }

    private static string Stored(CallRecord call) => JsonSerializer.Serialize(call, StoreJson.Options);

    private static IEnumerable<(string What, string Text)> Mutants(CallRecord call)
    {
        var text = Stored(call);
        foreach (var path in Leaves(JsonNode.Parse(text)!, []).Where(path => !NotBound.Contains(path[0])).ToList())
        {
            var where = string.Join('.', path);
            foreach (var (how, value) in Changes(At(JsonNode.Parse(text)!, path)))
            {
                var root = JsonNode.Parse(text)!;
                Put(root, path, value);
                yield return ($"{where} {how}", root.ToJsonString(StoreJson.Options));
            }

            var without = JsonNode.Parse(text)!;
            Remove(without, path);
            yield return ($"{where} left out", without.ToJsonString(StoreJson.Options));
        }

        foreach (var (key, value) in call.Input.ToList())
        {
            foreach (var other in new[] { key.ToUpperInvariant(), key + " ", key.Replace('e', '\u0435'), "\u200b" + key })
                yield return ($"input.{key} as {other}", text.Replace($"\"{key}\":", $"\"{other}\":", StringComparison.Ordinal));
            // Twice: the first and the last one win somewhere.
            yield return ($"input.{key} twice", text.Replace($"\"{key}\":", $"\"{key}\":\"other@acme.example\",\"{key}\":", StringComparison.Ordinal));
        }
    }

    private static IEnumerable<(string How, JsonNode? Value)> Changes(JsonNode? value)
    {
        yield return ("null", null);
        yield return ("as a list", new JsonArray(value?.DeepClone()));
        yield return ("as an object", new JsonObject { ["value"] = value?.DeepClone() });
        if (value is JsonValue number && number.TryGetValue<long>(out var n))
        {
            foreach (var other in new[] { n + 1, n - 1, -n, n * 10, 0, long.MaxValue })
                yield return ($"as {other}", other);
            yield return ("as a text", n.ToString(CultureInfo.InvariantCulture));
            yield return ("as a fraction", n + 0.5);
        }

        if (value is JsonValue flag && flag.TryGetValue<bool>(out var set))
        {
            yield return ("the other way", !set);
            yield return ("as a text", set ? "true" : "false");
            yield return ("as a number", set ? 1 : 0);
        }

        if (value is not JsonValue words || !words.TryGetValue<string>(out var text))
            yield break;
        foreach (var other in Spellings(text).Distinct(StringComparer.Ordinal).Where(other => other != text))
            yield return ($"as '{HiddenText.Shown(other)}'", other);
    }

    private static IEnumerable<string> Spellings(string text)
    {
        yield return text.ToUpperInvariant();
        yield return text.ToLowerInvariant();
        yield return " " + text;
        yield return text + " ";
        yield return text + "\n";
        yield return text + "\0";
        yield return text.Normalize(NormalizationForm.FormD) + "\u0301";
        yield return text.Replace("a", "\u0430", StringComparison.Ordinal);
        yield return text.Replace("e", "\u0435", StringComparison.Ordinal);
        yield return text.Replace("o", "\u043e", StringComparison.Ordinal);
        yield return text.Replace("i", "\u0456", StringComparison.Ordinal);
        yield return text.Replace("@", "\uff20", StringComparison.Ordinal);
        yield return text.Replace("k", "\u212a", StringComparison.Ordinal);
        yield return text.Replace(".", "\u3002", StringComparison.Ordinal);
        yield return "\u202e" + text;
        yield return "\ufeff" + text;
        yield return text + "\u200d";
        yield return text + text;
        yield return "";
        yield return new string([.. text.Reverse()]);
        // Letters that one does not look at one by one.
        for (var i = 0; i < text.Length; i += Math.Max(1, text.Length / 24))
        {
            yield return text.Remove(i, 1);
            yield return text.Insert(i, "\u200b");
            yield return text[..i] + (char)(text[i] + 1) + text[(i + 1)..];
            yield return text[..i] + (char.IsUpper(text[i]) ? char.ToLowerInvariant(text[i]) : char.ToUpperInvariant(text[i])) + text[(i + 1)..];
        }
    }

    private static IEnumerable<string[]> Leaves(JsonNode? node, string[] path) => node switch
    {
        JsonObject { Count: > 0 } entries => entries.SelectMany(entry => Leaves(entry.Value, [.. path, entry.Key])),
        JsonArray { Count: > 0 } list => list.SelectMany((item, n) => Leaves(item, [.. path, $"{n}"])),
        _ => [path],
    };

    private static JsonNode? At(JsonNode root, string[] path) =>
        path.Aggregate((JsonNode?)root, (node, key) => node is JsonArray list ? list[int.Parse(key, CultureInfo.InvariantCulture)] : node![key]);

    private static void Put(JsonNode root, string[] path, JsonNode? value)
    {
        var parent = At(root, path[..^1])!;
        if (parent is JsonArray list)
            list[int.Parse(path[^1], CultureInfo.InvariantCulture)] = value;
        else
            parent[path[^1]] = value;
    }

    private static void Remove(JsonNode root, string[] path)
    {
        var parent = At(root, path[..^1])!;
        if (parent is JsonArray list)
            list.RemoveAt(int.Parse(path[^1], CultureInfo.InvariantCulture));
        else
            ((JsonObject)parent).Remove(path[^1]);
    }
}
