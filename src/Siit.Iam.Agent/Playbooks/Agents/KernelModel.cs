using System.ClientModel;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;
using Microsoft.SemanticKernel.Connectors.AzureOpenAI;
using Microsoft.SemanticKernel.Connectors.OpenAI;
using OpenAI.Chat;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.ToolServers;
using ChatMessageContent = Microsoft.SemanticKernel.ChatMessageContent;

namespace Siit.Iam.Agent.Playbooks.Agents;

/// <summary>
/// The model behind Semantic Kernel's OpenAI and Azure connectors. Nothing is invoked by the kernel; its chat history is made anew
/// from our own transcript each time, because one that went through JSON sends tool results encoded twice.
/// </summary>
internal sealed class KernelModel(ModelOptions options, HttpClient http) : IModel
{
    private readonly Kernel _kernel = new();

    public string Name => options.Name;

    public async Task<ModelTurn> NextAsync(ModelPrompt prompt, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(options.TurnTimeout);
        try
        {
            var answer = await Chat().GetChatMessageContentAsync(History(prompt), Settings(prompt), _kernel, limit.Token);
            return answer.InnerContent is ChatCompletion completion
                ? Turn(completion)
                : throw new ModelException("model_unreadable", $"The language model ({Name}) answered in a form that cannot be read. Check model:endpoint.");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ModelException("model_too_slow", $"The language model ({Name}) did not answer within {options.TurnTimeout.TotalSeconds:0} s (model:turnTimeout).");
        }
        catch (HttpOperationException refused)
        {
            throw Told(refused.StatusCode, refused);
        }
        catch (Exception broken) when (broken is HttpRequestException or IOException or ClientResultException)
        {
            throw Told((broken as HttpRequestException)?.StatusCode, broken);
        }
        catch (Exception broken) when (broken is JsonException or KernelException or FormatException or KeyNotFoundException or InvalidOperationException or ArgumentException)
        {
            // What the connector throws when the server answers something else than a completion.
            throw new ModelException("model_unreadable", $"The language model ({Name}) answered in a form that cannot be read. Check model:endpoint.", broken);
        }
    }

    // Made for each turn: the key is read anew, so that a rotated one is found without a restart.
    private IChatCompletionService Chat()
    {
        var key = options.ApiKey?.Read()?.Reveal();
        if (options.ApiKey is not null && key is null)
            throw new ModelException("model_no_key", $"The language model's key cannot be read from {options.ApiKey} (model:apiKey).");
#pragma warning disable SKEXP0010 // An endpoint other than OpenAI's is the reason for this connector.
        return options.AzureDeployment is { } deployment
            ? new AzureOpenAIChatCompletionService(deployment, options.Endpoint.ToString(), key ?? "none", options.Model, http)
            : new OpenAIChatCompletionService(options.Model, options.Endpoint, key ?? "none", httpClient: http);
#pragma warning restore SKEXP0010
    }

    private OpenAIPromptExecutionSettings Settings(ModelPrompt prompt)
    {
        var format = options.StructuredOutput
            ? ChatResponseFormat.CreateJsonSchemaFormat("answer", BinaryData.FromString(prompt.AnswerSchema.ToJsonString()), jsonSchemaIsStrict: true)
            : null;
        List<KernelFunction> functions = [.. prompt.Tools.Select(Function), .. prompt.OtherTools.Select(Function)];
        var tools = functions.Count == 0 ? null : FunctionChoiceBehavior.Auto(functions, autoInvoke: false);
        var most = Math.Min(prompt.MaxTokens, options.MaxAnswerTokens);
#pragma warning disable SKEXP0010 // Newer models refuse the older name of the length limit, and only Azure's connector has to be told.
        return options.AzureDeployment is null
            ? new OpenAIPromptExecutionSettings { MaxTokens = most, ResponseFormat = format, FunctionChoiceBehavior = tools }
            : new AzureOpenAIPromptExecutionSettings { MaxTokens = most, ResponseFormat = format, FunctionChoiceBehavior = tools, SetNewMaxCompletionTokensEnabled = true };
#pragma warning restore SKEXP0010
    }

    private static ChatHistory History(ModelPrompt prompt)
    {
        var history = new ChatHistory();
        foreach (var message in prompt.Messages)
        {
            history.Add(message.Role switch
            {
                ModelRole.System => new ChatMessageContent(AuthorRole.System, message.Text),
                ModelRole.User => new ChatMessageContent(AuthorRole.User, message.Text),
                ModelRole.Assistant => Said(message),
                _ => new ChatMessageContent(AuthorRole.Tool, [new FunctionResultContent(callId: message.CallId, result: message.Text)]),
            });
        }

        return history;
    }

    private static ChatMessageContent Said(ModelMessage message)
    {
        var said = new ChatMessageContent(AuthorRole.Assistant, message.Text.Length == 0 ? null : message.Text);
        foreach (var call in message.Calls ?? [])
            said.Items.Add(new FunctionCallContent(call.Name, pluginName: null, call.Id, Arguments(call.Arguments)));
        return said;
    }

    private static KernelArguments Arguments(string text)
    {
        var arguments = new KernelArguments();
        foreach (var (name, value) in AgentTools.Arguments(text) ?? [])
            arguments[name] = value;
        return arguments;
    }

    private static KernelFunction Function(ActionDefinition action) => KernelFunctionFactory.CreateFromMethod(
        string () => throw new InvalidOperationException("The kernel invokes nothing."),
        new KernelFunctionFromMethodOptions
        {
            FunctionName = action.Name,
            Description = action.Description,
            Parameters = action.Input.Fields.Select(field => new KernelParameterMetadata(field.Name)
            {
                IsRequired = field.Required,
                Schema = KernelJsonSchema.Parse(field.Schema().ToJsonString()),
            }),
        });

    /// <summary>In our words: what the other server says of it stands in the prompt, as data.</summary>
    private static KernelFunction Function(LockedTool tool) => KernelFunctionFactory.CreateFromMethod(
        string () => throw new InvalidOperationException("The kernel invokes nothing."),
        new KernelFunctionFromMethodOptions
        {
            FunctionName = ToolName.ForModel(tool.Name),
            Description = $"{(tool.IsRead ? "Reads" : "Acts at once, and for real,")} at the server '{tool.Server}'. What that server says of it stands in the data of the task.",
            Parameters = tool.Arguments.Fields.Where(field => field.Kind != ToolKind.Other).Select(field => new KernelParameterMetadata(field.Name)
            {
                IsRequired = field.Required,
                Schema = KernelJsonSchema.Parse(field.Schema().ToJsonString()),
            }),
        });

    private static ModelTurn Turn(ChatCompletion completion) => new()
    {
        Text = string.Concat(completion.Content.Select(part => part.Text)),
        Calls = [.. completion.ToolCalls.Select(call => new ModelToolCall(call.Id, call.FunctionName, call.FunctionArguments.ToString()))],
        Tokens = completion.Usage?.TotalTokenCount,
        Cut = completion.FinishReason switch
        {
            ChatFinishReason.Length => "it was cut at the length limit",
            ChatFinishReason.ContentFilter => "the model's server withheld it",
            _ => null,
        },
    };

    private ModelException Told(HttpStatusCode? status, Exception inner) => status switch
    {
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => new("model_bad_key", $"The language model ({Name}) does not accept the key (model:apiKey).", inner),
        HttpStatusCode.NotFound => new("model_not_found", $"The server at {options.Endpoint.Authority} has no model '{options.AzureDeployment ?? options.Model}' (model:model, model:endpoint).", inner),
        HttpStatusCode.TooManyRequests => new("model_busy", $"The language model ({Name}) refuses more requests for now. Start the playbook again later.", inner),
        HttpStatusCode.BadRequest or HttpStatusCode.UnprocessableEntity => new("model_refused", $"The language model ({Name}) refused the request as malformed. If it does not know structured output, set model:structuredOutput to false.", inner),
        _ => new("model_unavailable", $"The language model ({Name}) could not be reached or is in trouble. Start the playbook again later.", inner),
    };
}
