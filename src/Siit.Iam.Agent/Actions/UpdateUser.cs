using System.ComponentModel.DataAnnotations;
using Siit.Iam.Agent.Idps;

namespace Siit.Iam.Agent.Actions;

internal static class UpdateUser
{
    public static readonly ActionDefinition Definition = ActionDefinition.Changing<Input, IUpdateUser>(
        name: "update_user",
        title: "Update user",
        description: "Changes a person's name, department, title or manager; rules may then change groups.",
        risk: Risk.Medium,
        approval: Approvers.One,
        effect: Effect.SetState,
        reads: PictureParts.None,
        apply: (situation, input) => situation with { Picture = situation.Picture! with { Account = Changed(situation.Account, input) } },
        consequences: (_, _) => ["Group rules that look at these fields may add or remove groups."],
        settle: (_, settling, input, _) => ValueTask.FromResult<bool?>(AlreadySo(settling.Now, input)),
        run: (idp, situation, input, cancellationToken) => idp.UpdateUserAsync(
            situation.Account, new ProfileChange(input.FirstName, input.LastName, input.Department, input.Title, input.Manager), cancellationToken),
        alreadySo: AlreadySo);

    public sealed record Input : TargetsPerson
    {
        [MaxLength(50)]
        public string? FirstName { get; init; }

        [MaxLength(50)]
        public string? LastName { get; init; }

        [MaxLength(100)]
        public string? Department { get; init; }

        [MaxLength(100)]
        public string? Title { get; init; }

        [MaxLength(320)]
        public string? Manager { get; init; }
    }

    private static bool AlreadySo(Situation situation, Input input) => Changed(situation.Account, input) == situation.Account;

    private static Account Changed(Account account, Input input) => account with
    {
        FirstName = input.FirstName ?? account.FirstName,
        LastName = input.LastName ?? account.LastName,
        Department = input.Department ?? account.Department,
        Title = input.Title ?? account.Title,
        Manager = input.Manager ?? account.Manager,
    };
}
