using System.Net;
using System.Text;

namespace Siit.Iam.Emulator.Okta;

/// <summary>Where one chooses whom to be. There are no passwords: everybody here is made up.</summary>
internal static class OktaSignInPage
{
    private const int Shown = 60;

    public static Task AskAsync(HttpContext context, OktaState state, string? trouble)
    {
        var people = state.Users.Values.Where(u => u.Status == "ACTIVE" && u.Text("email") is not null).OrderBy(u => u.Login, StringComparer.Ordinal).Take(Shown);
        var rows = new StringBuilder();
        foreach (var user in people)
            rows.Append($"<li><button name=login value=\"{Html(user.Login)}\">{Html(user.DisplayName)} <small>{Html(user.Login)}, {Html(user.Text("title") ?? "")}</small></button></li>\n");
        return WriteAsync(context, 200, "Sign in", $"""
            <p>An emulated Okta, for local use. Who do you want to be?</p>
            {(trouble is null ? "" : $"<p role=alert><strong>{Html(trouble)}</strong></p>")}
            <form method=post>
            <p><label>Somebody else's login <input name=typed autocomplete=off></label> <button>Sign in</button> <button name=cancel value=yes>Cancel</button></p>
            <ul>
            {rows}</ul>
            </form>
            """);
    }

    public static Task SayAsync(HttpContext context, int status, string title, string sentence) => WriteAsync(context, status, title, $"<p>{Html(sentence)}</p>");

    private static Task WriteAsync(HttpContext context, int status, string title, string body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/html; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        return context.Response.WriteAsync($$"""
            <!DOCTYPE html><html lang=en><head><meta charset=utf-8><meta name=viewport content="width=device-width"><title>{{Html(title)}} - emulated Okta</title>
            <style>:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}body{max-width:36rem;margin:2rem auto;padding:0 1rem}ul{list-style:none;padding:0}
            li button{display:block;width:100%;text-align:left;margin:.25rem 0;padding:.5rem .75rem;font:inherit}small{opacity:.8}</style></head>
            <body><main><h1>{{Html(title)}}</h1>{{body}}</main></body></html>
            """, context.RequestAborted);
    }

    private static string Html(string text) => WebUtility.HtmlEncode(text);
}
