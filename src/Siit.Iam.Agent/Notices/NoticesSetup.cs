namespace Siit.Iam.Agent.Notices;

/// <summary>Wires messages to people.</summary>
internal static class NoticesSetup
{
    public static IServiceCollection AddNotices(this IServiceCollection services, NoticesOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton<Outbox>();
        services.AddSingleton<INotices>(provider => provider.GetRequiredService<Outbox>());
        services.AddSingleton<ICarrier, MailCarrier>();
        services.AddSingleton<ICarrier, WebhookCarrier>();
        services.AddSingleton<NoticeSending>();
        services.AddHostedService(provider => provider.GetRequiredService<NoticeSending>());
        services.AddSingleton<NoticeDesk>();
        return services;
    }
}
