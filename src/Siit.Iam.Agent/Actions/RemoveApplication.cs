using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Siit.Iam.Agent.Idps;

namespace Siit.Iam.Agent.Actions;

internal static class RemoveApplication
{
    public static readonly ActionDefinition Definition = ActionDefinition.Changing<Input, IRemoveApplication>(
        name: "remove_application",
        title: "Remove application",
        description: "Takes a directly assigned application away; its data in there may be lost.",
        risk: Risk.Medium,
        approval: Approvers.One,
        effect: Effect.SetState,
        reads: PictureParts.Applications | PictureParts.Groups,
        readsBack: PictureParts.Applications,
        apply: (situation, _) => situation with { Picture = Assignments.Removed(situation.Picture!, situation.Application!) },
        consequences: (_, _) => ["The application may delete or disable the account it keeps for the person."],
        settle: (_, settling, input, _) => ValueTask.FromResult<bool?>(IsTakenAway(settling.Now, input)),
        run: (idp, situation, _, cancellationToken) => idp.RemoveApplicationAsync(situation.Account, situation.Application!, cancellationToken),
        alreadySo: AlreadySo,
        inverse: "add_application",
        unsupported: (idp, _) => idp.NoApplicationsBecause);

    public sealed record Input : TargetsPerson
    {
        [Description("Id from find_application."), MaxLength(100)]
        public required string Application { get; init; }

        internal override string? ApplicationId => Application;
    }

    /// <summary>What a group gives besides the direct assignment stays, and does not mean that nothing was taken away.</summary>
    internal static bool IsTakenAway(Situation situation, Input input) =>
        !situation.Picture!.Applications!.Any(application => application.Id == input.Application && application.Direct);

    private static bool AlreadySo(Situation situation, Input input) =>
        situation.Picture!.Applications!.All(application => application.Id != input.Application);
}
