using System.Collections.Immutable;

namespace Siit.Iam.Emulator.Entra;

/// <summary>Who owns groups and applications. An owner changes nothing of the object itself, so that no delta query tells of one.</summary>
internal static class OwnerRoutes
{
    public static EntraAnswer OfGroup(EntraRequest request) => List(request, request.Group().Id);

    public static EntraAnswer OfApp(EntraRequest request) => List(request, request.App().Id);

    public static EntraAnswer AddToGroup(EntraRequest request)
    {
        var group = request.Group();
        request.State = request.State.With(group with { Owners = Added(request, group.Owners) });
        return Done(request, "Add owner to group", "GroupManagement", "group.add_owner", GroupRoutes.Referred(request), group.Target());
    }

    public static EntraAnswer RemoveFromGroup(EntraRequest request)
    {
        var group = request.Group();
        request.State = request.State.With(group with { Owners = Removed(request, group.Owners) });
        return Done(request, "Remove owner from group", "GroupManagement", "group.remove_owner", request.Segment("ownerId"), group.Target());
    }

    public static EntraAnswer AddToApp(EntraRequest request)
    {
        var app = request.App();
        request.State = request.State with { Apps = request.State.Apps.SetItem(app.Id, app with { Owners = Added(request, app.Owners) }) };
        return Done(request, "Add owner to service principal", "ApplicationManagement", "app.add_owner", GroupRoutes.Referred(request), app.Target());
    }

    public static EntraAnswer RemoveFromApp(EntraRequest request)
    {
        var app = request.App();
        request.State = request.State with { Apps = request.State.Apps.SetItem(app.Id, app with { Owners = Removed(request, app.Owners) }) };
        return Done(request, "Remove owner from service principal", "ApplicationManagement", "app.remove_owner", request.Segment("ownerId"), app.Target());
    }

    private static EntraAnswer List(EntraRequest request, string id) =>
        request.List("directoryObject", EntraJson.OwnersOf(id, request.State) ?? [], owner => owner, EntraJson.Reference, context: "directoryObjects");

    private static ImmutableSortedSet<string> Added(EntraRequest request, ImmutableSortedSet<string> owners)
    {
        var id = GroupRoutes.Referred(request);
        if (!request.State.Users.ContainsKey(id)) throw EntraErrors.NotFound(id);
        if (owners.Contains(id)) throw EntraErrors.BadRequest("One or more added object references already exist for the following modified properties: 'owners'.");
        return owners.Add(id);
    }

    private static ImmutableSortedSet<string> Removed(EntraRequest request, ImmutableSortedSet<string> owners) =>
        owners.Contains(request.Segment("ownerId")) ? owners.Remove(request.Segment("ownerId")) : throw EntraErrors.NotFound(request.Segment("ownerId"));

    private static EntraAnswer Done(EntraRequest request, string activity, string category, string verb, string owner, EntraTarget of)
    {
        request.Audit(activity, category, "Assign", request.State.Users.TryGetValue(owner, out var user) ? user.Target() : new(owner, "User", null), of);
        request.Effect(verb, null, owner, of.Id);
        return EntraAnswer.NoContent;
    }
}
