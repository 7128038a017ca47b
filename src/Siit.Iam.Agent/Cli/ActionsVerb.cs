using System.CommandLine;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;

namespace Siit.Iam.Agent.Cli;

/// <summary><c>actions</c>: what can be done, and which IdP can do it. Needs no server; the README's table is made with it.</summary>
internal static class ActionsVerb
{
    public static Command Create(Verbs verbs)
    {
        var markdown = new Option<bool>("--markdown") { Description = "As the table of the README." };
        return verbs.Create("actions", "Show every action and which IdP can do it.", (invocation, _) => Task.FromResult(Run(invocation, invocation.Get(markdown))), markdown);
    }

    private static int Run(Invocation invocation, bool markdown)
    {
        var idps = invocation.Surroundings.Product.Idps();
        IReadOnlyList<string> headers = ["action", "what it does", "risk", "approval", "effect", .. idps.Select(idp => idp.Title)];
        if (!markdown)
            return invocation.Answer(Document(idps), Table.Lines(Short(headers), ActionCatalog.All.Select(action => Short(Row(action, idps, "yes", "-")))));
        var rows = ActionCatalog.All.Select(action => Row(action, idps, "✓", "") is var row ? (IReadOnlyList<string>)[$"`{row[0]}`", .. row.Skip(1)] : []);
        return invocation.Answer(Document(idps), Table.Markdown(headers, rows));
    }

    /// <summary>Without the sentence, which no screen is wide enough for.</summary>
    private static List<string> Short(IReadOnlyList<string> row) => [row[0], .. row.Skip(2)];

    private static List<string> Row(ActionDefinition action, IReadOnlyList<IdpColumn> idps, string yes, string no) =>
    [
        action.Name, action.Description, action.Risk.ToString().ToLowerInvariant(), Approval(action), Word(action.Effect),
        .. idps.Select(idp => idp.Supports(action) ? yes : no),
    ];

    private static JsonArray Document(IReadOnlyList<IdpColumn> idps) => WireJson.Array(ActionCatalog.All, action => new JsonObject
    {
        ["name"] = action.Name,
        ["title"] = action.Title,
        ["description"] = action.Description,
        ["risk"] = action.Risk.ToString().ToLowerInvariant(),
        ["approval"] = action.Approval.ToString().ToLowerInvariant(),
        ["effect"] = Word(action.Effect),
        ["idps"] = new JsonArray([.. idps.Where(idp => idp.Supports(action)).Select(idp => (JsonNode)idp.Id)]),
        ["input"] = action.Input.Schema.DeepClone(),
    });

    private static string Approval(ActionDefinition action) => action.IsRead ? "-" : action.Approval.ToString().ToLowerInvariant();

    private static string Word(Effect effect) => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(effect.ToString());
}
