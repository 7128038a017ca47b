namespace Siit.Iam.Agent.Console;

internal static class PageStatus
{
    /// <summary>The status that a page's answer carries. Set at the last moment: of what says "not found" earlier the framework drops the page.</summary>
    public static void AnswerWith(this HttpContext context, int status) => context.Response.OnStarting(() =>
    {
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    });
}
