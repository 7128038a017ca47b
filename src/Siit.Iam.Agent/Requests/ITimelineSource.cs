namespace Siit.Iam.Agent.Requests;

/// <summary>Something that does things for requests and remembers which: its part of their timelines.</summary>
internal interface ITimelineSource
{
    Task<IReadOnlyList<TimelineEntry>> OfAsync(string request, CancellationToken cancellationToken);
}
