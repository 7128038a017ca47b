using Siit.Iam.Agent.Tests.Support;
using Siit.Iam.Emulator.Common;
using Siit.Iam.Emulator.Okta;
using Prover = Siit.Iam.Agent.Idps.Okta.OktaDpop;

namespace Siit.Iam.Agent.Tests.Emulator.Okta;

/// <summary>What the emulated Okta takes for a proof of possession, and what it does not.</summary>
public sealed class OktaDpopTests
{
    private const string Token = "eyJtoken";
    private static readonly Uri Address = new("http://127.0.0.1:7101/api/v1/users");

    public static TheoryData<string, string?> Proofs => new()
    {
        { "right", null },
        { "with a query in the address", null },
        { "none", OktaDpop.Invalid },
        { "no JWT", OktaDpop.Invalid },
        { "another method", OktaDpop.Invalid },
        { "another address", OktaDpop.Invalid },
        { "another token", OktaDpop.Invalid },
        { "no token", OktaDpop.Invalid },
        { "changed", OktaDpop.Invalid },
        { "an hour old", OktaDpop.Invalid },
    };

    [Theory]
    [MemberData(nameof(Proofs))]
    public void Proof_OfARequest_IsTakenOnlyWhenItIsOfThatRequest(string what, string? error)
    {
        var time = new ManualTime();
        using var prover = new Prover(time);
        var proof = what switch
        {
            "none" => null,
            "no JWT" => "a.b",
            "with a query in the address" => prover.Prove(HttpMethod.Get, new Uri(Address, "?limit=1"), Token),
            "another method" => prover.Prove(HttpMethod.Delete, Address, Token),
            "another address" => prover.Prove(HttpMethod.Get, new Uri("http://127.0.0.1:7101/api/v1/groups"), Token),
            "another token" => prover.Prove(HttpMethod.Get, Address, "eyJother"),
            "no token" => prover.Prove(HttpMethod.Get, Address, accessToken: null),
            "changed" => Changed(prover.Prove(HttpMethod.Get, Address, Token)),
            _ => prover.Prove(HttpMethod.Get, Address, Token),
        };
        if (what == "an hour old") time.Advance(TimeSpan.FromHours(1));

        var proven = new OktaDpop(new EmulatorOptions { TimeProvider = time }).Check(proof, "GET", [Address.AbsoluteUri], Token);

        Assert.Equal((error, error is null), (proven.Error, proven.Thumbprint is not null));
    }

    [Fact]
    public void Proof_SentTwice_CountsOnce()
    {
        var dpop = new OktaDpop(new EmulatorOptions());
        using var prover = new Prover(TimeProvider.System);
        var proof = prover.Prove(HttpMethod.Get, Address, Token);

        Assert.Null(dpop.Check(proof, "GET", [Address.AbsoluteUri], Token).Error);
        Assert.Equal(OktaDpop.Invalid, dpop.Check(proof, "GET", [Address.AbsoluteUri], Token).Error);
    }

    [Fact]
    public void Proof_ForAToken_NeedsANonceOfTheLastDays()
    {
        var time = new ManualTime();
        var dpop = new OktaDpop(new EmulatorOptions { TimeProvider = time });
        using var prover = new Prover(time);
        string? Error() => dpop.Check(prover.Prove(HttpMethod.Post, Address, null), "POST", [Address.AbsoluteUri], null).Error;

        Assert.Equal(OktaDpop.UseNonce, Error());
        prover.Nonce = "made-up";
        Assert.Equal(OktaDpop.UseNonce, Error());
        prover.Nonce = dpop.Nonce;
        Assert.Null(Error());
        time.Advance(TimeSpan.FromDays(2));
        Assert.Null(Error());
        time.Advance(TimeSpan.FromDays(2));
        Assert.Equal(OktaDpop.UseNonce, Error());
    }

    private static string Changed(string proof)
    {
        var parts = proof.Split('.');
        return $"{parts[0]}.{parts[1]}.{(parts[2][0] == 'A' ? 'B' : 'A')}{parts[2][1..]}";
    }
}
