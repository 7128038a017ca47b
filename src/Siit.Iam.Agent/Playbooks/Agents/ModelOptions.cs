using Siit.Iam.Agent.Secrets;

namespace Siit.Iam.Agent.Playbooks.Agents;

/// <summary>
/// The language model that <c>agent</c> steps ask (section <c>model</c>): OpenAI, Azure OpenAI, or any server that speaks OpenAI's
/// chat completions (Ollama, vLLM). Without the section there is none; playbooks without agent steps need none.
/// </summary>
internal sealed record ModelOptions
{
    private static readonly string[] Keys = ["endpoint", "model", "apiKey", "azureDeployment", "maxAnswerTokens", "structuredOutput", "turnTimeout"];

    public static readonly Uri OpenAi = new("https://api.openai.com/v1");

    /// <summary>What to tell somebody whose playbook needs a model when there is none.</summary>
    public const string Missing =
        "No language model is configured, and this playbook has an agent step. Set model:model and model:apiKey in siit-iam.json "
        + "(and model:endpoint for a server other than OpenAI's), then start the server again.";

    /// <summary><c>endpoint</c>: the address up to and with <c>/v1</c>; for Azure the resource's address. Default: OpenAI's. http only on loopback.</summary>
    public required Uri Endpoint { get; init; }

    /// <summary><c>model</c>: its name at the server, such as <c>gpt-5</c>. For Azure: only for people, default the deployment's name.</summary>
    public required string Model { get; init; }

    /// <summary><c>apiKey</c>: <c>{"env": "NAME"}</c> or <c>{"file": "/path"}</c>. May be left out for an endpoint on loopback only.</summary>
    public SecretSource? ApiKey { get; init; }

    /// <summary><c>azureDeployment</c>: the deployment's name; says that the endpoint is Azure OpenAI.</summary>
    public string? AzureDeployment { get; init; }

    /// <summary><c>maxAnswerTokens</c> of one turn. 100 to 32,000, default 4,000 (models that reason use most of it before they answer).</summary>
    public int MaxAnswerTokens { get; init; } = 4_000;

    /// <summary><c>structuredOutput</c>: whether the answer's schema is sent along; false for servers that refuse it. Default true. It is checked here in any case.</summary>
    public bool StructuredOutput { get; init; } = true;

    /// <summary><c>turnTimeout</c>: how long one turn may take, within the step's own budget. 1 s to 10 min, default 90 s.</summary>
    public TimeSpan TurnTimeout { get; init; } = TimeSpan.FromSeconds(90);

    /// <summary>For people and the audit log.</summary>
    public string Name => $"{AzureDeployment ?? Model} at {Endpoint.Authority}";

    /// <summary>Null when the section is not there; every problem of it stands in <paramref name="problems"/>, with the key and the fix.</summary>
    public static ModelOptions? From(IConfigurationSection section, ICollection<string> problems)
    {
        if (!section.Exists())
            return null;
        foreach (var key in section.GetChildren().Select(child => child.Key).Where(key => !Keys.Contains(key, StringComparer.OrdinalIgnoreCase)))
            problems.Add($"model: '{key}' is not known. Known: {string.Join(", ", Keys)}.");

        var deployment = section["azureDeployment"];
        var endpoint = Address(section["endpoint"], deployment is not null, problems);
        if (string.IsNullOrWhiteSpace(section["model"]) && deployment is null)
            problems.Add("model: 'model' is missing: the model's name at the server, such as gpt-5.");
        var apiKey = SecretSource.FromSettings(section.GetSection("apiKey"), problems);
        if (!section.GetSection("apiKey").Exists() && !Loopback.Is(endpoint))
            problems.Add("model: 'apiKey' is missing: {\"env\": \"NAME\"} or {\"file\": \"/path\"}. Only an endpoint on loopback may do without.");
        return new ModelOptions
        {
            Endpoint = endpoint,
            Model = section["model"] ?? deployment ?? "",
            ApiKey = apiKey,
            AzureDeployment = deployment,
            MaxAnswerTokens = Number(section, "maxAnswerTokens", 100, 32_000, 4_000, problems),
            StructuredOutput = Flag(section, "structuredOutput", true, problems),
            TurnTimeout = Time(section, "turnTimeout", TimeSpan.FromSeconds(90), problems),
        };
    }

    private static Uri Address(string? text, bool azure, ICollection<string> problems)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            if (azure)
                problems.Add("model: 'endpoint' is missing: the Azure resource's address, such as https://acme.openai.azure.com.");
            return OpenAi;
        }

        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("https" or "http") || url.UserInfo.Length > 0 || url.Query.Length > 0)
        {
            problems.Add($"model: 'endpoint' ({text}) is no address such as {OpenAi}.");
            return OpenAi;
        }

        if (url.Scheme == "http" && !Loopback.Is(url))
            problems.Add("model: 'endpoint' must begin with https://; http is for loopback only.");
        return url;
    }

    private static int Number(IConfigurationSection section, string key, int least, int most, int normal, ICollection<string> problems)
    {
        if (section[key] is not { } text)
            return normal;
        if (int.TryParse(text, out var number) && number >= least && number <= most)
            return number;
        problems.Add($"model: '{key}' must be a number from {least} to {most}.");
        return normal;
    }

    private static bool Flag(IConfigurationSection section, string key, bool normal, ICollection<string> problems)
    {
        if (section[key] is not { } text)
            return normal;
        if (bool.TryParse(text, out var flag))
            return flag;
        problems.Add($"model: '{key}' must be true or false.");
        return normal;
    }

    private static TimeSpan Time(IConfigurationSection section, string key, TimeSpan normal, ICollection<string> problems)
    {
        if (section[key] is not { } text)
            return normal;
        if (TimeSpan.TryParse(text, out var span) && span >= TimeSpan.FromSeconds(1) && span <= TimeSpan.FromMinutes(10))
            return span;
        problems.Add($"model: '{key}' must be a time from 00:00:01 to 00:10:00.");
        return normal;
    }
}
