using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Siit.Iam.Agent.Idps;

namespace Siit.Iam.Agent.Actions;

internal static class RemoveFromGroup
{
    public static readonly ActionDefinition Definition = ActionDefinition.Changing<Input, IRemoveFromGroup>(
        name: "remove_from_group",
        title: "Remove from group",
        description: "Removes a person from a group; takes what came only through it.",
        risk: Risk.Medium,
        approval: Approvers.None,
        effect: Effect.SetState,
        reads: PictureParts.Groups | PictureParts.Applications,
        apply: (situation, _) => situation with { Picture = Memberships.Left(situation.Picture!, situation.Group!) },
        consequences: (_, _) => [],
        settle: (_, settling, input, _) => ValueTask.FromResult<bool?>(AlreadySo(settling.Now, input)),
        run: (idp, situation, _, cancellationToken) => idp.RemoveFromGroupAsync(situation.Account, situation.Group!.Group, cancellationToken),
        alreadySo: AlreadySo,
        readsBack: PictureParts.Groups,
        inverse: "add_to_group");

    public sealed record Input : TargetsPerson
    {
        [Description("Id from find_group."), MaxLength(100)]
        public required string Group { get; init; }

        internal override string? GroupId => Group;
    }

    private static bool AlreadySo(Situation situation, Input input) =>
        situation.Picture!.Groups!.All(group => group.Id != input.Group);
}
