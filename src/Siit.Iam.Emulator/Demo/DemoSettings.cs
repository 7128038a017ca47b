using System.Text;
using System.Text.Json.Nodes;
using Siit.Iam.Agent;
using Siit.Iam.Emulator.Mail;
using Siit.Iam.Emulator.Model;
using Siit.Iam.Emulator.Okta;

namespace Siit.Iam.Emulator.Demo;

/// <summary>The settings of the agent in front of the emulated IdPs: what somebody would write into <c>siit-iam.json</c>.</summary>
internal static class DemoSettings
{
    /// <summary>The scripted model's key, put into this process's environment for the agent to find.</summary>
    public const string ModelKeyVariable = "SIIT_IAM_DEMO_MODEL_KEY";

    public static ServerSettings Of(DemoFolder folder, int port, EmulatedIdps idps, ScriptedModel model, EmulatedMailbox mailbox)
    {
        var settings = new JsonObject
        {
            ["demo"] = true,
            ["listen"] = $"127.0.0.1:{port}",
            ["playbooks"] = Playbooks(),
            ["connections"] = idps.Connections(folder),
            ["model"] = new JsonObject
            {
                ["endpoint"] = model.Endpoint.ToString(),
                ["model"] = ScriptedModel.ModelName,
                ["apiKey"] = new JsonObject { ["env"] = ModelKeyVariable },
            },
            ["hris"] = new JsonObject
            {
                ["sources"] = new JsonObject { ["hr"] = new JsonObject { ["file"] = Path.GetFileName(folder.PeopleFile) } },
                ["settle"] = "1s",
                ["every"] = "1s",
            },
            ["notices"] = new JsonObject
            {
                ["page"] = port == 0 ? null : $"http://127.0.0.1:{port}",
                ["mail"] = new JsonObject { ["host"] = EmulatedMailbox.Host, ["port"] = mailbox.SmtpPort, ["tls"] = "none", ["from"] = "Siit IAM <iam@acme.example>" },
            },
            ["console"] = new JsonObject
            {
                ["authority"] = idps.Okta.BaseAddress.ToString(),
                ["clientId"] = OktaWebApp.ClientId,
                ["desk"] = new JsonArray("service-desk"),
                ["clientSecret"] = new JsonObject { ["file"] = KeyFile.Write(folder.Data.Path, "okta-console-secret", OktaWebApp.ClientSecret) },
            },
            // Okta names no owner of an application.
            ["people"] = new JsonObject { ["owners"] = new JsonObject { ["okta"] = new JsonObject { ["applications"] = new JsonObject { [DemoPeople.Owned] = new JsonArray(DemoPeople.Owner) } } } },
            ["gate"] = new JsonObject
            {
                // Okta names managers by their names, which lead to nobody for certain.
                ["standingSource"] = "hris",
                // The first try is to end with an approval, not with a code from a mailbox.
                ["dangerouslyWithoutProof"] = new JsonArray("reset_mfa"),
                ["protectedAccounts"] = new JsonArray("breakglass@acme.example"),
                ["approverGroups"] = new JsonArray("IT Agents", "Security Approvers"),
            },
        };
        var configuration = new ConfigurationBuilder().AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(settings.ToJsonString()))).Build();
        return ServerSettings.Read(folder.Data, configuration) with { LogToStandardError = false };
    }

    /// <summary>The repository's own, looked for upwards from where this was built and from where it is run.</summary>
    private static string Playbooks()
    {
        foreach (var start in new[] { Directory.GetCurrentDirectory(), AppContext.BaseDirectory })
        {
            for (var at = new DirectoryInfo(start); at is not null; at = at.Parent)
            {
                var folder = Path.Combine(at.FullName, "playbooks");
                if (File.Exists(Path.Combine(at.FullName, "Siit.Iam.Agent.sln")) && Directory.Exists(folder))
                    return folder;
            }
        }

        return Path.GetFullPath("playbooks");
    }
}
