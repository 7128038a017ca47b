using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Siit.Iam.Agent.Idps;

namespace Siit.Iam.Agent.Actions;

internal static class ResetMfa
{
    public static readonly ActionDefinition Definition = ActionDefinition.Changing<Input, IResetMfa>(
        name: "reset_mfa",
        title: "Reset MFA",
        description: "Removes a person's second factors; they enrol again at the next sign-in.",
        risk: Risk.High,
        approval: Approvers.One,
        effect: Effect.OneWay,
        reads: PictureParts.Factors,
        apply: (situation, input) => situation with { Picture = Without(situation.Picture!, input.Factor) },
        consequences: (_, _) => ["Until the person enrols again, the password alone may be enough to enrol: be sure who asks."],
        settle: (_, settling, input, _) => ValueTask.FromResult(Settle(settling, input)),
        run: (idp, situation, input, cancellationToken) => idp.ResetMfaAsync(situation.Account, input.Factor, cancellationToken),
        handsOutAWayIn: _ => true,
        // An id that is none of the account's is no success: the factor that was meant may still be there.
        alreadySo: (situation, _) => situation.Picture!.Factors!.Count == 0);

    public sealed record Input : TargetsPerson
    {
        [Description("One factor's id; all when left out."), MaxLength(100)]
        public string? Factor { get; init; }

        internal override string? FactorId => Factor;
    }

    private static AccountPicture Without(AccountPicture picture, string? factor) =>
        picture with { Factors = [.. picture.Factors!.Where(held => factor is not null && held.Id != factor)] };

    /// <summary>
    /// A factor enrolled since the intent may have replaced one that was removed: repeating would take the new one away, so that
    /// is told apart from "nothing happened", where exactly the factors of before are still there.
    /// </summary>
    private static bool? Settle(Settling settling, Input input)
    {
        var before = settling.Before.Picture!.Factors!.Select(factor => factor.Id).ToHashSet();
        var now = settling.Now.Picture!.Factors!.Select(factor => factor.Id).ToHashSet();
        if (input.Factor is { } one)
            return !now.Contains(one);
        return !now.Overlaps(before) ? true : now.SetEquals(before) ? false : null;
    }
}
