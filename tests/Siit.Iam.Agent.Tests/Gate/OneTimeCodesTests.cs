using System.Web;
using OtpNet;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.Gate;

public sealed class OneTimeCodesTests
{
    private const string Dana = "dana@acme.example";

    [Fact]
    public async Task Check_TheCodeOfNow_CountsOnce()
    {
        await using var world = await GateWorld.StartAsync();
        var totp = await EnrolFirstAsync(world);
        var code = Code(world, totp);

        Assert.Equal(Dana, (await CheckAsync(world, code)).Approver?.Email);
        Assert.Equal("code_used", (await CheckAsync(world, code)).Refusal?.Code);
        world.Time.Advance(TimeSpan.FromSeconds(30));
        Assert.NotNull((await CheckAsync(world, Code(world, totp))).Approver);
    }

    [Fact]
    public async Task Check_ACodeOlderThanTheLastOneUsed_DoesNotCount()
    {
        await using var world = await GateWorld.StartAsync();
        var totp = await EnrolFirstAsync(world);
        var earlier = Code(world, totp);
        world.Time.Advance(TimeSpan.FromSeconds(30));
        Assert.NotNull((await CheckAsync(world, Code(world, totp))).Approver);

        Assert.Equal("code_used", (await CheckAsync(world, earlier)).Refusal?.Code);
    }

    [Fact]
    public async Task Check_SixtyFourTimesAtOnce_CountsOnce()
    {
        await using var world = await GateWorld.StartAsync();
        var code = Code(world, await EnrolFirstAsync(world));

        var checks = await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => CheckAsync(world, code)));

        Assert.Single(checks, check => check.Approver is not null);
    }

    [Fact]
    public async Task Check_WrongCodesInARow_AreThrottledAndAudited()
    {
        await using var world = await GateWorld.StartAsync();
        var totp = await EnrolFirstAsync(world);
        for (var i = 0; i < 3; i++)
            Assert.Equal("wrong_code", (await CheckAsync(world, Wrong(world, totp))).Refusal?.Code);

        Assert.Equal("throttled", (await CheckAsync(world, Code(world, totp))).Refusal?.Code);
        Assert.Equal(4, world.Audit().Count(entry => entry.Kind == AuditKinds.ApproverCodeRefused));
        world.Time.Advance(TimeSpan.FromSeconds(31));
        Assert.NotNull((await CheckAsync(world, Code(world, totp))).Approver);
    }

    public static TheoryData<string> NoCodes => new("", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "12 34 5");

    [Theory]
    [MemberData(nameof(NoCodes))]
    public async Task Check_WhatIsNoCode_IsWrong(string code)
    {
        await using var world = await GateWorld.StartAsync();
        await EnrolFirstAsync(world);

        Assert.Equal("wrong_code", (await CheckAsync(world, code)).Refusal?.Code);
    }

    [Fact]
    public async Task Enrol_WithTheBootstrapCode_WorksOnceAndOnlyOnce()
    {
        await using var world = await GateWorld.StartAsync();
        var approvers = world.Get<ApproverRegistry>();
        var code = await approvers.MakeBootstrapCodeAsync(CancellationToken.None);
        Assert.NotNull(code);
        Assert.Null(await approvers.MakeBootstrapCodeAsync(CancellationToken.None));

        Assert.NotEmpty((await approvers.EnrolFirstAsync(Of(Dana), "aaaabbbb", CancellationToken.None)).Problems);
        Assert.Empty((await approvers.EnrolFirstAsync(Of(Dana), code, CancellationToken.None)).Problems);
        Assert.NotEmpty((await approvers.EnrolFirstAsync(Of("egon@acme.example"), code, CancellationToken.None)).Problems);
        Assert.Null(await approvers.MakeBootstrapCodeAsync(CancellationToken.None));
    }

    [Fact]
    public async Task CheckSecrets_KeyLost_StopsTheStartUntilSomebodySaysToForget()
    {
        var options = new GateOptions();
        await using var world = await GateWorld.StartAsync(options);
        await EnrolFirstAsync(world);
        await world.StopServerAsync();
        File.Delete(Path.Combine(world.Folder, "data.key"));
        await world.StartServerAsync();
        var approvers = world.Get<ApproverRegistry>();

        var locked = await Assert.ThrowsAsync<Siit.Iam.Agent.Store.StoreUnavailableException>(() => approvers.CheckSecretsAsync(CancellationToken.None));
        Assert.Contains(Dana, locked.Message, StringComparison.Ordinal);
        Assert.Null(await approvers.MakeBootstrapCodeAsync(CancellationToken.None));

        options.DangerouslyForgetLockedApprovers = true;
        await approvers.CheckSecretsAsync(CancellationToken.None);
        Assert.Null(await approvers.FindAsync(Dana, CancellationToken.None));
        var again = await approvers.MakeBootstrapCodeAsync(CancellationToken.None);
        Assert.Empty((await approvers.EnrolFirstAsync(Of(Dana), again!, CancellationToken.None)).Problems);
    }

    [Fact]
    public async Task MakeBootstrapCode_StoreForgotTheApproversOfTheLog_MakesNone()
    {
        await using var world = await GateWorld.StartAsync();
        await EnrolFirstAsync(world);
        await world.StopServerAsync();
        File.Delete(Path.Combine(world.Folder, "store.db"));
        File.Delete(Path.Combine(world.Folder, "store-log.db"));

        await world.StartServerAsync();

        Assert.Null(await world.Get<ApproverRegistry>().MakeBootstrapCodeAsync(CancellationToken.None));
    }

    [Fact]
    public async Task Enrol_ThePersonUnderAnotherAddress_IsRefused()
    {
        await using var world = await GateWorld.StartAsync();
        var approvers = world.Get<ApproverRegistry>();
        await approvers.EnrolFirstAsync(Of(Dana) with { AlsoKnownAs = ["dana.u@acme.example"] }, (await approvers.MakeBootstrapCodeAsync(CancellationToken.None))!, CancellationToken.None);
        var by = (await approvers.FindAsync(Dana, CancellationToken.None))!;

        Assert.NotEmpty((await approvers.EnrolAsync(Of("DANA.U@acme.example"), by, CancellationToken.None)).Problems);
        Assert.NotEmpty((await approvers.EnrolAsync(Of("new@acme.example") with { AlsoKnownAs = [Dana] }, by, CancellationToken.None)).Problems);
        Assert.Equal("last_approver", (await approvers.RemoveAsync(Dana, by, CancellationToken.None))?.Code);
    }

    [Fact]
    public async Task Secret_AfterEnrolment_StandsNowhereInTheDataFolder()
    {
        await using var world = await GateWorld.StartAsync();
        var approvers = world.Get<ApproverRegistry>();
        var enrolment = await approvers.EnrolFirstAsync(Of(Dana), (await approvers.MakeBootstrapCodeAsync(CancellationToken.None))!, CancellationToken.None);
        var base32 = HttpUtility.ParseQueryString(new Uri(enrolment.Uri!).Query)["secret"]!;
        var raw = Base32Encoding.ToBytes(base32);
        await world.StopServerAsync();

        foreach (var file in Directory.EnumerateFiles(world.Folder, "*", SearchOption.AllDirectories))
        {
            var content = await File.ReadAllBytesAsync(file);
            Assert.Equal(-1, content.AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(base32)));
            Assert.Equal(-1, content.AsSpan().IndexOf(raw));
            Assert.Equal(-1, content.AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(Convert.ToBase64String(raw))));
        }

        await world.StartServerAsync();
    }

    internal static async Task<Totp> EnrolFirstAsync(GateWorld world, string email = Dana)
    {
        var approvers = world.Get<ApproverRegistry>();
        var enrolment = await approvers.EnrolFirstAsync(Of(email), (await approvers.MakeBootstrapCodeAsync(CancellationToken.None))!, CancellationToken.None);
        return new Totp(Base32Encoding.ToBytes(HttpUtility.ParseQueryString(new Uri(enrolment.Uri!).Query)["secret"]!));
    }

    internal static string Code(GateWorld world, Totp totp) => totp.ComputeTotp(world.Time.GetUtcNow().UtcDateTime);

    private static NewApprover Of(string email) => new(email, email.Split('@')[0], ["desk"], []);

    private static string Wrong(GateWorld world, Totp totp)
    {
        string[] near = [.. Enumerable.Range(-2, 5).Select(step => totp.ComputeTotp(world.Time.GetUtcNow().UtcDateTime.AddSeconds(30 * step)))];
        return Enumerable.Range(0, 1_000_000).Select(number => number.ToString("D6", System.Globalization.CultureInfo.InvariantCulture)).First(code => !near.Contains(code));
    }

    private static Task<CodeCheck> CheckAsync(GateWorld world, string code) =>
        world.Get<OneTimeCodes>().CheckAsync(Dana, code, "test", CancellationToken.None);
}
