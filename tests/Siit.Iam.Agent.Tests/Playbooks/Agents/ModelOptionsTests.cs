using Microsoft.Extensions.Configuration;
using Siit.Iam.Agent.Playbooks.Agents;

namespace Siit.Iam.Agent.Tests.Playbooks.Agents;

public sealed class ModelOptionsTests
{
    public static TheoryData<string, string, string?> Settings => new()
    {
        { "OpenAI", "model=gpt-5;apiKey:env=KEY", null },
        { "a local server without a key", "model=llama;endpoint=http://127.0.0.1:11434/v1", null },
        { "Azure", "azureDeployment=desk;endpoint=https://acme.openai.azure.com;apiKey:file=/run/key", null },
        { "no model", "apiKey:env=KEY", "'model' is missing" },
        { "no key", "model=gpt-5", "'apiKey' is missing" },
        { "the key itself", "model=gpt-5;apiKey=sk-123", "Secrets do not stand in the settings" },
        { "http elsewhere", "model=x;endpoint=http://models.acme.example/v1;apiKey:env=KEY", "must begin with https" },
        { "no address", "model=x;endpoint=models;apiKey:env=KEY", "is no address" },
        { "Azure without its address", "azureDeployment=desk;apiKey:env=KEY", "the Azure resource's address" },
        { "a slip", "model=x;apikye:env=KEY;apiKey:env=KEY", "'apikye' is not known" },
        { "too long an answer", "model=x;apiKey:env=KEY;maxAnswerTokens=99999999", "'maxAnswerTokens' must be a number" },
    };

    [Theory]
    [MemberData(nameof(Settings))]
    public void From_Settings_AreTakenOrToldWithTheFix(string what, string settings, string? problem)
    {
        var problems = new List<string>();

        var options = ModelOptions.From(Section(settings), problems);

        Assert.NotNull(options);
        if (problem is null)
            Assert.True(problems.Count == 0, $"{what}: {string.Join(' ', problems)}");
        else
            Assert.Contains(problems, told => told.Contains(problem, StringComparison.Ordinal) && !told.Contains("sk-123", StringComparison.Ordinal));
    }

    [Fact]
    public void From_NoSection_IsNoModel()
    {
        var problems = new List<string>();

        Assert.Null(ModelOptions.From(new ConfigurationBuilder().Build().GetSection("model"), problems));
        Assert.Empty(problems);
    }

    private static IConfigurationSection Section(string settings) => new ConfigurationBuilder()
        .AddInMemoryCollection(settings.Split(';').Select(pair => KeyValuePair.Create($"model:{pair.Split('=')[0]}", (string?)pair.Split('=')[1])))
        .Build()
        .GetSection("model");
}
