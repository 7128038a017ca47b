using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Idps;

namespace Siit.Iam.Agent.Tests.Gate;

public sealed class RemoveApplicationSettleTests
{
    [Theory]
    [InlineData(true, false, false)]
    [InlineData(false, true, true)]
    [InlineData(true, true, false)]
    [InlineData(false, false, true)]
    public void Settle_LooksAtTheDirectAssignmentOnly(bool direct, bool throughGroup, bool taken)
    {
        List<ApplicationAssignment> held = [];
        if (direct)
            held.Add(new ApplicationAssignment("app", "App", Direct: true));
        if (throughGroup)
            held.Add(new ApplicationAssignment("app", "App", Direct: false, "group", "Group"));
        var account = new Account { Id = "1", Login = "ana@acme.example", Status = AccountStatus.Active, VendorStatus = "ACTIVE" };
        var now = new Situation { Picture = new AccountPicture { Account = account, Applications = held, ReadAt = default } };

        Assert.Equal(taken, RemoveApplication.IsTakenAway(now, new RemoveApplication.Input { Person = "ana@acme.example", Reason = "test", Application = "app" }));
    }
}
