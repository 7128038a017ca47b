using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Gate.Card;
using Siit.Iam.Agent.Gate.Proofs;
using Siit.Iam.Agent.Gate.Rules;
using Siit.Iam.Agent.Gate.Standing;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.People.Copy;
using Siit.Iam.Agent.People.Persons;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Gate;

/// <summary>Who asks for a call, and as part of what.</summary>
/// <param name="Trigger">What started the run that makes it; null for a call of no run.</param>
/// <param name="People">Different people in the plan that it is part of.</param>
internal sealed record Asker(CallerRecord Caller, Requester Requester, string? Trigger = null, int People = 1);

/// <summary>What was found about a call, read fresh: asked when it comes in and again right before its effect.</summary>
internal sealed record Judgement
{
    public required Situation Situation { get; init; }

    public required IReadOnlyList<Refusal> Refusals { get; init; }

    public required bool AlreadySo { get; init; }

    public required bool ReducesSuperAdministrators { get; init; }

    public required ApprovalDemand Demand { get; init; }

    /// <summary>Whose manager and owner of what would be asked.</summary>
    public required CallAbouts Abouts { get; init; }

    /// <summary>It is about somebody, or something, that could make whoever holds it one who decides: people are always asked.</summary>
    public required bool NobodyLowers { get; init; }

    /// <summary>Names of the settings' rules that hold for it.</summary>
    public IReadOnlyList<string> Held { get; init; } = [];

    public required EffectCard Card { get; init; }

    /// <summary>The name of the connection.</summary>
    public required string Connection { get; init; }

    public CallTarget? Target { get; init; }

    public IdentityFinding Identity { get; init; } = IdentityFinding.None;
}

/// <summary>Reads what a call touches, applies the rules and previews the effect. Decides nothing by itself.</summary>
internal sealed class Judge(
    GateOptions options, ApproverRegistry approvers, Identities identities, IdentityChecks proofs, PersonLookup persons, PersonOptions people, NearNames near, LastOnes last, Ids ids,
    TimeProvider time)
{
    private readonly ConcurrentDictionary<string, IReadOnlyCollection<string>> _ownAccounts = new();
    private readonly string _policyVersion = options.PolicyVersion();

    /// <param name="until">What will have been done by then, on a copy of what was read; null: nothing.</param>
    public async Task<Judgement> JudgeAsync(
        ActionDefinition action,
        TargetsPerson input,
        IIdpConnection connection,
        string? accountId,
        Asker asker,
        CancellationToken cancellationToken,
        Func<Situation, Situation>? until = null)
    {
        var write = action.Write!;
        var situation = await ReadAsync(write, input, connection, accountId, write.Reads | PictureParts.Roles, cancellationToken);
        if (until is not null)
            situation = until(situation);
        var alreadySo = AlreadySo(write, situation, input);
        var after = alreadySo ? situation : write.Apply(situation, input);
        var reduces = RuleRoom.Reduces(situation.Picture, after.Picture);
        var who = alreadySo ? PersonIdentity.Nobody : await WhoAsync(connection, situation, input, cancellationToken);
        var room = new RuleRoom
        {
            TargetIsApprover = await approvers.IsApproverAsync(who, cancellationToken),
            OtherDepartments = await OtherDepartmentsAsync(who, cancellationToken),
            Action = action,
            Caller = asker.Caller,
            Requester = asker.Requester,
            Trigger = asker.Trigger,
            People = asker.People,
            Connection = connection,
            Situation = situation,
            After = after,
            OwnAccountIds = await OwnAccountsAsync(connection, cancellationToken),
            SuperAdministrators = reduces ? await connection.ListSuperAdministratorsAsync(cancellationToken) : null,
            Now = time.GetUtcNow(),
        };
        var demand = ApprovalRules.Demand(room, options);
        // What only whoever decides looks at is not looked for where nobody does.
        var shown = demand.Needed != Approvers.None && !alreadySo;

        var identity = alreadySo || write.CreatesAccount
            ? IdentityFinding.None
            : await proofs.CheckAsync(new IdentityQuestion(action, input, connection, situation, asker.Caller, asker.Requester), cancellationToken);

        return new Judgement
        {
            Situation = situation,
            // What is so already needs no permission to stay so; a trap about its state is no news then.
            Refusals = alreadySo ? [] : [.. SandboxRules.Check(room, options), .. await AmbiguousAsync(connection, situation, input, cancellationToken), .. identity.Refusals],
            AlreadySo = alreadySo,
            ReducesSuperAdministrators = reduces,
            Demand = demand,
            Abouts = ApprovalRules.Abouts(room),
            NobodyLowers = ApprovalRules.NobodyLowers(room, options),
            Identity = identity,
            Held = [.. ApprovalRules.Held(room, options).Select(rule => rule.Name)],
            Connection = connection.Name,
            Target = write.CreatesAccount ? null : TargetOf(situation.Account),
            Card = new EffectCard
            {
                Lines = EffectPreview.Difference(situation, after),
                Consequences = alreadySo ? [] :
                [
                    .. write.Consequences(connection, situation, input),
                    .. action.Effect == Effect.OneWay ? ["This cannot be undone."] : Array.Empty<string>(),
                    .. identity.Sentences,
                    .. shown ? last.Of(connection.Name, situation, after) : [],
                ],
                State = shown ? LiveState.Of(situation) : [],
                LookAlikes = shown && (situation.Picture ?? after.Picture)?.Account is { } account ? near.Of(connection.Name, account, who.Keys) : [],
                Warnings = [.. connection.TrapsOf(action.Name, situation).Where(trap => !trap.Blocks).Select(trap => trap.Message)],
                Facts = Facts(situation, alreadySo, identity),
                Rule = demand.Rules,
                PolicyVersion = _policyVersion,
                Nonce = ids.New("nonce"),
            },
        };
    }

    /// <summary>Everybody who could be meant. The account's own addresses suffice where the copy does not know it.</summary>
    private async Task<PersonIdentity> WhoAsync(IIdpConnection connection, Situation situation, TargetsPerson input, CancellationToken cancellationToken) =>
        situation.Picture?.Account is { } account
            ? await identities.AroundAsync(connection.Name, account, cancellationToken)
            : await identities.OfAsync([input.Person], [], cancellationToken);

    /// <summary>A rule about a department holds whatever source says it.</summary>
    private async Task<IReadOnlyList<string>> OtherDepartmentsAsync(PersonIdentity who, CancellationToken cancellationToken)
    {
        if (!options.ApprovalRules.Exists(rule => rule.Departments.Count > 0))
            return [];
        var departments = new List<string>();
        foreach (var key in who.Keys)
        {
            if (key.Split(':', 2) is [var source, var id] && await persons.OfAsync(new AccountKey(source, id), cancellationToken) is { } person
                && PersonFields.Of(person, "department", people.Sources) is var field)
                departments.AddRange(field.Others.Append(field.Used).OfType<FieldValue>().Select(value => value.Value));
        }

        return [.. departments.Distinct()];
    }

    /// <summary>Whose account it is must be certain, seen with the copy of every connection.</summary>
    private async Task<IEnumerable<Refusal>> AmbiguousAsync(IIdpConnection connection, Situation situation, TargetsPerson input, CancellationToken cancellationToken)
    {
        if (await persons.DoubtAsync(connection.Name, situation.Picture?.Account, input.Person, cancellationToken) is not { } doubt)
            return [];
        var how = doubt.Conflict is { } conflict ? $" An approver settles it: {string.Join(" or ", conflict.Settles)}" : "";
        return [new Refusal("ambiguous_person", $"It is not certain whose account this is. {doubt.Why}{how}")];
    }

    /// <summary>Reads everything a call touches, in parallel.</summary>
    public static async Task<Situation> ReadAsync(
        WriteSteps write, TargetsPerson input, IIdpConnection connection, string? accountId, PictureParts parts, CancellationToken cancellationToken)
    {
        var group = input.GroupId is { } groupId ? connection.GetGroupAsync(groupId, cancellationToken) : null;
        var application = input.ApplicationId is { } applicationId ? connection.GetApplicationAsync(applicationId, cancellationToken) : null;
        var picture = write.CreatesAccount
            ? ExistingAsync(connection, input.Person, parts, cancellationToken)
            : PictureAsync(connection, accountId!, parts, cancellationToken);
        // All are awaited even when one fails, so that no failure stays unobserved.
        await Task.WhenAll(picture, group ?? Task.CompletedTask, application ?? Task.CompletedTask);
        return new Situation
        {
            Picture = await picture,
            Group = group is null ? null : await group,
            Application = application is null ? null : await application,
            PasswordMode = input.PasswordMode,
            FactorId = input.FactorId,
        };
    }

    /// <summary>Reads what an effect is settled from: the account alone, and of it only what the action looks at.</summary>
    public static async Task<Situation> ReadBackAsync(WriteSteps write, TargetsPerson input, IIdpConnection connection, string? accountId, CancellationToken cancellationToken) => new()
    {
        Picture = write.CreatesAccount
            ? await ExistingAsync(connection, input.Person, write.ReadsBack, cancellationToken)
            : await PictureAsync(connection, accountId!, write.ReadsBack, cancellationToken),
        PasswordMode = input.PasswordMode,
        FactorId = input.FactorId,
    };

    private static async Task<AccountPicture?> PictureAsync(IIdpConnection connection, string accountId, PictureParts parts, CancellationToken cancellationToken) =>
        await connection.GetPictureAsync(accountId, parts, cancellationToken);

    private static async Task<AccountPicture?> ExistingAsync(IIdpConnection connection, string email, PictureParts parts, CancellationToken cancellationToken)
    {
        var accounts = await connection.FindAccountsAsync(email, cancellationToken);
        return accounts.Count == 0 ? null : await connection.GetPictureAsync(accounts[0].Id, parts, cancellationToken);
    }

    private static bool AlreadySo(WriteSteps write, Situation situation, TargetsPerson input) =>
        write.AlreadySo?.Invoke(situation, input) ?? EffectPreview.Difference(situation, write.Apply(situation, input)).Count == 0;

    private static CallTarget TargetOf(Account account) => new(account.Id, account.Login, account.Email, account.Name);

    private static JsonObject Facts(Situation situation, bool alreadySo, IdentityFinding identity)
    {
        var facts = new JsonObject { ["already_so"] = alreadySo };
        if (situation.Picture is { } picture)
        {
            facts["status"] = Answers.Word(picture.Account.Status);
            facts["vendor_status"] = picture.Account.VendorStatus;
            facts["roles"] = Names(picture.Roles);
            facts["managed_by"] = picture.Account.ManagedBy;
            facts["login"] = picture.Account.Login;
            facts["email"] = picture.Account.Email;
            facts["name"] = picture.Account.Name;
        }

        if (situation.Group is { } group)
            facts["group_roles"] = Names(group.Roles);
        if (identity.Facts is { } proved)
            facts["identity"] = proved;
        return facts;
    }

    private static JsonArray Names(IReadOnlyList<AdminRole>? roles) =>
        new([.. (roles ?? []).Select(role => role.Name).Order(StringComparer.Ordinal).Select(name => (JsonNode)name)]);

    private async Task<IReadOnlyCollection<string>> OwnAccountsAsync(IIdpConnection connection, CancellationToken cancellationToken)
    {
        if (_ownAccounts.TryGetValue(connection.Name, out var known))
            return known;
        var own = await connection.GetOwnAccountIdsAsync(cancellationToken);
        _ownAccounts[connection.Name] = own;
        return own;
    }
}
