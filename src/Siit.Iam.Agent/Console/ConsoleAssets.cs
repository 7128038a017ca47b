using System.Collections.Frozen;
using System.IO.Compression;
using System.Security.Cryptography;

namespace Siit.Iam.Agent.Console;

/// <summary>The page's own style and script, out of the program itself. Their names carry their digest, so that browsers may keep them for good.</summary>
internal static class ConsoleAssets
{
    public const string Folder = "/console/assets/";

    private static readonly FrozenDictionary<string, Asset> All =
        new[] { Load("console.css", "text/css; charset=utf-8"), Load("console.js", "text/javascript; charset=utf-8"), Load("icon.svg", "image/svg+xml") }.ToFrozenDictionary(asset => asset.Name);

    private static readonly FrozenDictionary<string, Asset> ByPath = All.Values.ToFrozenDictionary(asset => asset.Path);

    /// <summary>The address of an asset; a name that there is not is a bug.</summary>
    public static string PathOf(string name) => All[name].Path;

    public static Task WriteAsync(HttpContext context)
    {
        if (!ByPath.TryGetValue(context.Request.Path.Value ?? "", out var asset))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }

        var headers = context.Response.Headers;
        headers.CacheControl = "public, max-age=31536000, immutable";
        headers.Vary = "Accept-Encoding";
        headers.ContentType = asset.Type;
        var packed = context.Request.Headers.AcceptEncoding.ToString().Contains("br", StringComparison.OrdinalIgnoreCase);
        if (packed)
            headers.ContentEncoding = "br";
        var body = packed ? asset.Packed : asset.Plain;
        context.Response.ContentLength = body.Length;
        return context.Response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }

    private static Asset Load(string name, string type)
    {
        using var resource = typeof(ConsoleAssets).Assembly.GetManifestResourceStream($"console/{name}")
            ?? throw new InvalidOperationException($"console/{name} is not in the program.");
        using var plain = new MemoryStream();
        resource.CopyTo(plain);
        using var packed = new MemoryStream();
        using (var brotli = new BrotliStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
            brotli.Write(plain.ToArray());
        var digest = Convert.ToHexStringLower(SHA256.HashData(plain.ToArray()))[..12];
        var path = $"{Folder}{Path.GetFileNameWithoutExtension(name)}.{digest}{Path.GetExtension(name)}";
        return new Asset(name, path, type, plain.ToArray(), packed.ToArray());
    }

    private sealed record Asset(string Name, string Path, string Type, byte[] Plain, byte[] Packed);
}
