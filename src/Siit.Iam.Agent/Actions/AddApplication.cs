using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Siit.Iam.Agent.Idps;

namespace Siit.Iam.Agent.Actions;

internal static class AddApplication
{
    public static readonly ActionDefinition Definition = ActionDefinition.Changing<Input, IAddApplication>(
        name: "add_application",
        title: "Add application",
        description: "Assigns an application to a person directly.",
        risk: Risk.Low,
        approval: Approvers.One,
        effect: Effect.SetState,
        reads: PictureParts.Applications,
        apply: (situation, _) => situation with { Picture = Assignments.Added(situation.Picture!, situation.Application!) },
        consequences: (_, _) => [],
        settle: (_, settling, input, _) => ValueTask.FromResult<bool?>(AlreadySo(settling.Now, input)),
        run: (idp, situation, _, cancellationToken) => idp.AddApplicationAsync(situation.Account, situation.Application!, cancellationToken),
        alreadySo: AlreadySo,
        inverse: "remove_application",
        unsupported: (idp, _) => idp.NoApplicationsBecause);

    public sealed record Input : TargetsPerson
    {
        [Description("Id from find_application."), MaxLength(100)]
        public required string Application { get; init; }

        internal override string? ApplicationId => Application;
    }

    private static bool AlreadySo(Situation situation, Input input) =>
        situation.Picture!.Applications!.Any(application => application.Id == input.Application);
}
