using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Siit.Iam.Emulator.Entra;

/// <summary>Change notifications, as far as they can be kept without calling anybody: created, renewed, listed, deleted.</summary>
internal static class SubscriptionRoutes
{
    private const int LongestMinutes = 41_760;

    public static EntraAnswer List(EntraRequest request) => request.List("subscription", request.State.Subscriptions.Values.Select(Json), context: "subscriptions");

    public static EntraAnswer Get(EntraRequest request) => EntraAnswer.Ok(Json(Subscription(request)));

    public static EntraAnswer Create(EntraRequest request)
    {
        var body = request.Object();
        foreach (var name in new[] { "changeType", "notificationUrl", "resource", "expirationDateTime" })
        {
            if (EntraRequest.Text(body, name) is null) throw new EntraRefusal(400, "InvalidRequest", $"{name} is a required property.");
        }

        var changes = EntraRequest.Text(body, "changeType")!.Split(',');
        if (changes.Any(change => change.Trim() is not ("updated" or "deleted"))) throw new EntraRefusal(400, "InvalidRequest", "Only updated and deleted can be subscribed to for this resource.");
        if (EntraRequest.Text(body, "clientState") is { Length: > 128 }) throw new EntraRefusal(400, "InvalidRequest", "clientState must not be longer than 128 characters.");
        var subscription = new EntraSubscription(request.Ids.Uuid(), JsonSerializer.SerializeToElement(body), Expiry(request, body));
        request.State = request.State with { Subscriptions = request.State.Subscriptions.SetItem(subscription.Id, subscription) };
        request.Effect("subscription.create", EntraRequest.Text(body, "resource"), subscription.Id);
        return new(201, Json(subscription));
    }

    public static EntraAnswer Renew(EntraRequest request)
    {
        var subscription = Subscription(request) with { Expires = Expiry(request, request.Object()) };
        request.State = request.State with { Subscriptions = request.State.Subscriptions.SetItem(subscription.Id, subscription) };
        request.Effect("subscription.renew", null, subscription.Id);
        return EntraAnswer.Ok(Json(subscription));
    }

    public static EntraAnswer Delete(EntraRequest request)
    {
        var subscription = Subscription(request);
        request.State = request.State with { Subscriptions = request.State.Subscriptions.Remove(subscription.Id) };
        request.Effect("subscription.delete", null, subscription.Id);
        return EntraAnswer.NoContent;
    }

    private static EntraSubscription Subscription(EntraRequest request) =>
        request.State.Subscriptions.TryGetValue(request.Segment("subscriptionId"), out var found) && found.Expires > request.Now
            ? found
            : throw new EntraRefusal(404, "ResourceNotFound", "The object was not found.");

    private static DateTimeOffset Expiry(EntraRequest request, JsonObject body)
    {
        if (!DateTimeOffset.TryParse(EntraRequest.Text(body, "expirationDateTime"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var expires))
            throw new EntraRefusal(400, "InvalidRequest", "expirationDateTime must be a time.");
        if (expires <= request.Now || expires > request.Now.AddMinutes(LongestMinutes))
            throw new EntraRefusal(400, "InvalidRequest", $"Subscription expiration can only be {LongestMinutes} minutes in the future.");
        return expires;
    }

    private static JsonObject Json(EntraSubscription subscription)
    {
        var json = new JsonObject { ["id"] = subscription.Id, ["expirationDateTime"] = EntraJson.Time(subscription.Expires) };
        foreach (var property in subscription.Definition.EnumerateObject().Where(property => property.Name is not ("expirationDateTime" or "id")))
            json[property.Name] = JsonSerializer.SerializeToNode(property.Value);
        return json;
    }
}
