using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Siit.Iam.Agent.Idps;

namespace Siit.Iam.Agent.Actions;

internal static class AddToGroup
{
    public static readonly ActionDefinition Definition = ActionDefinition.Changing<Input, IAddToGroup>(
        name: "add_to_group",
        title: "Add to group",
        description: "Adds a person to a group; gives the applications and roles that come with it.",
        risk: Risk.Low,
        approval: Approvers.None,
        effect: Effect.SetState,
        reads: PictureParts.Groups | PictureParts.Applications,
        apply: (situation, _) => situation with { Picture = Memberships.Joined(situation.Picture!, situation.Group!) },
        consequences: (_, _) => [],
        settle: (_, settling, input, _) => ValueTask.FromResult<bool?>(AlreadySo(settling.Now, input)),
        run: (idp, situation, _, cancellationToken) => idp.AddToGroupAsync(situation.Account, situation.Group!.Group, cancellationToken),
        alreadySo: AlreadySo,
        readsBack: PictureParts.Groups,
        inverse: "remove_from_group");

    public sealed record Input : TargetsPerson
    {
        [Description("Id from find_group."), MaxLength(100)]
        public required string Group { get; init; }

        internal override string? GroupId => Group;
    }

    private static bool AlreadySo(Situation situation, Input input) =>
        situation.Picture!.Groups!.Any(group => group.Id == input.Group);
}
