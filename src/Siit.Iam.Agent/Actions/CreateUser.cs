using System.ComponentModel.DataAnnotations;
using Siit.Iam.Agent.Idps;

namespace Siit.Iam.Agent.Actions;

internal static class CreateUser
{
    public static readonly ActionDefinition Definition = ActionDefinition.Changing<Input, ICreateUser>(
        name: "create_user",
        title: "Create user",
        description: "Creates an account; the answer says how the person first gets in. 'person' is the new work email.",
        risk: Risk.Medium,
        approval: Approvers.One,
        effect: Effect.CreateOnce,
        reads: PictureParts.None,
        apply: (situation, input) => situation with { Picture = Created(input) },
        consequences: (_, _) => [],
        settle: (_, settling, _, _) => ValueTask.FromResult<bool?>(settling.Now.Picture is not null),
        run: (idp, _, input, cancellationToken) => idp.CreateUserAsync(
            new NewUser(input.Person, input.FirstName, input.LastName, input.Department, input.Title, input.Manager), cancellationToken),
        alreadySo: (situation, _) => situation.Picture is not null,
        consequenceThere: (idp, input) => idp.FirstWayIn(HiddenText.Shown(input.Person, 100)),
        createsAccount: true);

    public sealed record Input : TargetsPerson
    {
        [MaxLength(50)]
        public required string FirstName { get; init; }

        [MaxLength(50)]
        public required string LastName { get; init; }

        [MaxLength(100)]
        public string? Department { get; init; }

        [MaxLength(100)]
        public string? Title { get; init; }

        [MaxLength(320)]
        public string? Manager { get; init; }
    }

    private static AccountPicture Created(Input input) => new()
    {
        Account = new Account
        {
            Id = "",
            Login = input.Person,
            Email = input.Person,
            FirstName = input.FirstName,
            LastName = input.LastName,
            Department = input.Department,
            Title = input.Title,
            Manager = input.Manager,
            Status = AccountStatus.Active,
            VendorStatus = "",
        },
        ReadAt = default,
    };
}
