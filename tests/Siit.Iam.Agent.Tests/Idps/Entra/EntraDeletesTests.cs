using Siit.Iam.Agent.Idps.Entra;

namespace Siit.Iam.Agent.Tests.Idps.Entra;

public sealed class EntraDeletesTests
{
    private const string Id = "7b1f2c1e-5a3d-4e8f-9c0b-2d4a6f8e1b3c";

    [Theory]
    [InlineData($"/groups/{Id}/members/{Id}/$ref", true)]
    [InlineData($"/groups/{Id}/members/{Id}/%24ref", true)]
    [InlineData($"/groups/{Id}/members/{Id}", false)]
    [InlineData($"/groups/{Id}/members/{Id}/", false)]
    [InlineData($"/groups/{Id}/members/$ref", false)]
    [InlineData($"/groups/{Id}/members/{Id}/$ref?x=1", false)]
    [InlineData($"/groups/{Id}", false)]
    [InlineData($"/users/{Id}", true)]
    [InlineData("/users/ben@acme.example", false)]
    [InlineData("/users/", false)]
    [InlineData($"/directory/deletedItems/{Id}", false)]
    [InlineData($"/users/{Id}/authentication/phoneMethods/{Id}", true)]
    [InlineData($"/users/{Id}/authentication/methods/{Id}", false)]
    [InlineData($"/servicePrincipals/{Id}/appRoleAssignedTo/AbC_-9", true)]
    [InlineData($"/servicePrincipals/{Id}", false)]
    [InlineData("/oauth2PermissionGrants/AbC_-9", true)]
    public void IsOurs_OfADelete_KnowsTheOnesWeMake(string path, bool ours) =>
        Assert.Equal(ours, EntraDeletes.IsOurs(new Uri($"https://graph.microsoft.com/v1.0{path}"), new Uri("https://graph.microsoft.com/v1.0")));

    [Fact]
    public void Check_OfAMemberWithoutItsSuffix_StopsTheRequest()
    {
        using var request = new HttpRequestMessage(HttpMethod.Delete, $"https://graph.microsoft.com/v1.0/groups/{Id}/members/{Id}");

        Assert.Throws<InvalidOperationException>(() => EntraDeletes.Check(request, new Uri("https://graph.microsoft.com/v1.0")));
    }
}
