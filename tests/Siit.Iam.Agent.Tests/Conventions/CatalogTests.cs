using System.Reflection;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Tests.Conventions;

public sealed class CatalogTests
{
    private static readonly Assembly Product = typeof(ActionCatalog).Assembly;

    /// <summary>The catalog is written by hand; this catches the forgotten line.</summary>
    [Fact]
    public void Catalog_HoldsEveryAction()
    {
        var defined = Product.GetTypes()
            .SelectMany(type => type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
            .Where(field => field.FieldType == typeof(ActionDefinition) && field.Name == "Definition")
            .Select(field => (ActionDefinition)field.GetValue(null)!);

        Assert.Equal(defined.Select(action => action.Name).Order(StringComparer.Ordinal), ActionCatalog.All.Select(action => action.Name).Order(StringComparer.Ordinal));
    }

    public static TheoryData<string> Names => [.. ActionCatalog.All.Select(action => action.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Action_IsWhole(string name)
    {
        var action = ActionCatalog.Find(name)!;

        Assert.Matches("^[a-z]+(_[a-z]+)+$", action.Name);
        Assert.Matches("^[A-Z].{3,120}\\.$", action.Description);
        Assert.Equal(action.IsRead, action.Read is not null);
        Assert.Equal(!action.IsRead, action.Write is not null && action.Capability is { IsInterface: true });
        Assert.Equal(action.IsRead, action.Risk == Risk.None);
        Assert.True(action.Risk != Risk.High || action.Approval >= Approvers.One, "What locks somebody out or opens a way in is never without approval.");
        Assert.True(action.IsRead || action.Input.Fields.Any(field => field is { Name: "reason", Required: true }));
    }

    [Fact]
    public void Capabilities_EachBelongToAnAction()
    {
        var capabilities = typeof(ICreateUser).Assembly.GetTypes()
            .Where(type => type is { IsInterface: true, Namespace: "Siit.Iam.Agent.Idps" } && type.GetMethods().Any(method => method.ReturnType == typeof(Task<WriteReceipt>)));

        Assert.Equal(
            capabilities.Select(type => type.Name).Order(StringComparer.Ordinal),
            ActionCatalog.All.Where(action => action.Capability is not null).Select(action => action.Capability!.Name).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void StoredNames_AreUsedOnce()
    {
        var names = Product.GetTypes().Select(type => type.GetCustomAttribute<StoredAttribute>()).OfType<StoredAttribute>().Select(stored => stored.Collection).ToList();

        Assert.NotEmpty(names);
        Assert.Equal(names.Distinct(), names);
    }

    [Fact]
    public void AuditKinds_HaveACodeEachAndNoCodeTwice()
    {
        var kinds = typeof(AuditKinds).GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)
            .Where(field => field is { IsLiteral: true } && field.FieldType == typeof(string)).Select(field => (string)field.GetRawConstantValue()!).ToList();

        Assert.Equal(kinds.Order(StringComparer.Ordinal), AuditKinds.All);
        Assert.Equal(kinds.Count, kinds.Select(AuditKinds.CodeOf).Distinct().Count());
    }
}
