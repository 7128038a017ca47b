using System.Net;
using System.Text;
using System.Text.Json;

namespace Siit.Iam.Emulator.Mail;

/// <summary>What was sent, for people and for tests; nothing in a mail becomes markup or a link.</summary>
internal static class MailboxPage
{
    private const string Style =
        "body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:52rem;padding:0 1rem;color:#1a1a1a;background:#fff}"
        + "article{border:1px solid #767676;border-radius:.4rem;padding:0 1rem;margin:1rem 0}h2{font-size:1.1rem}"
        + "pre{white-space:pre-wrap;overflow-wrap:anywhere;font:inherit}dl{display:grid;grid-template-columns:max-content 1fr;gap:0 1rem;color:#4a4a4a}dd{margin:0}"
        + "@media(prefers-color-scheme:dark){body{color:#eee;background:#161616}dl{color:#bbb}}";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static void Map(IEndpointRouteBuilder routes, EmulatedMailbox mailbox)
    {
        routes.MapGet("/", () => Results.Redirect("/_emulator/mail"));
        routes.MapGet("/_emulator/mail", (HttpContext context, string? to) =>
        {
            var mails = mailbox.Mails.Where(mail => to is null || mail.To.Contains(to, StringComparer.OrdinalIgnoreCase)).ToList();
            return WantsPage(context) ? Results.Content(Page(mails), "text/html; charset=utf-8") : Results.Json(mails, Json);
        });
        routes.MapGet("/_emulator/mail/{id}", (string id) =>
            mailbox.Mails.FirstOrDefault(mail => mail.Id == id) is { } mail ? Results.Text(mail.Raw, "text/plain; charset=utf-8") : Results.NotFound());
        routes.MapDelete("/_emulator/mail", () =>
        {
            mailbox.Forget();
            return Results.NoContent();
        });
        routes.MapGet("/_emulator/faults", () => Results.Json(mailbox.Faults.Planned, Json));
        routes.MapPost("/_emulator/faults", Task<IResult> (HttpContext context) => PlanAsync(context, mailbox));
        routes.MapDelete("/_emulator/faults", () =>
        {
            mailbox.Faults.Clear();
            return Results.NoContent();
        });
    }

    private static bool WantsPage(HttpContext context) => context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);

    private static async Task<IResult> PlanAsync(HttpContext context, EmulatedMailbox mailbox)
    {
        try
        {
            if (await JsonSerializer.DeserializeAsync<MailFault>(context.Request.Body, Json) is { } fault)
                mailbox.Faults.Add(fault);
            return Results.Json(mailbox.Faults.Planned, Json);
        }
        catch (JsonException wrong)
        {
            return Results.Json(new { error = wrong.Message }, Json, statusCode: 400);
        }
    }

    private static string Page(List<ReceivedMail> mails)
    {
        var page = new StringBuilder($"<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>Mailbox ({mails.Count})</title><style>{Style}</style><main><h1>Mailbox of the demo</h1>");
        page.Append(mails.Count == 0 ? "<p>Nothing was sent yet. Reload the page to look again.</p>" : "<p>Newest first. Reload the page to look again; nothing here leaves this machine.</p>");
        foreach (var mail in Enumerable.Reverse(mails))
        {
            page.Append($"<article><h2>{Safe(mail.Subject)}</h2><dl><dt>To</dt><dd>{Safe(string.Join(", ", mail.To))}</dd><dt>From</dt><dd>{Safe(mail.From)}</dd>");
            page.Append($"<dt>At</dt><dd>{mail.At.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z</dd><dt>Id</dt><dd>{Safe(mail.MessageId ?? "-")}</dd></dl><pre>{Safe(mail.Text)}</pre></article>");
        }

        return page.Append("</main></html>").ToString();
    }

    private static string Safe(string text) => WebUtility.HtmlEncode(text);
}
