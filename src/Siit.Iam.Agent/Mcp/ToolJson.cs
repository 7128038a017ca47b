using System.Text.Encodings.Web;
using System.Text.Json;

namespace Siit.Iam.Agent.Mcp;

/// <summary>How answers are written: readable, because a model pays for every escape. Never put into a page as it is.</summary>
internal static class ToolJson
{
    public static JsonSerializerOptions Written { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
