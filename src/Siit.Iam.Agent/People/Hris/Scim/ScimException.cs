namespace Siit.Iam.Agent.People.Hris.Scim;

/// <summary>Something that a SCIM client is told (RFC 7644 §3.12).</summary>
/// <param name="type">One of the RFC's <c>scimType</c> words, or null.</param>
internal sealed class ScimException(int status, string? type, string detail) : Exception(detail)
{
    public int Status => status;

    public string? Type => type;

    public static ScimException BadValue(string detail) => new(StatusCodes.Status400BadRequest, "invalidValue", detail);

    public static ScimException BadSyntax(string detail) => new(StatusCodes.Status400BadRequest, "invalidSyntax", detail);

    public static ScimException BadPath(string detail) => new(StatusCodes.Status400BadRequest, "invalidPath", detail);

    public static ScimException BadFilter(string detail) => new(StatusCodes.Status400BadRequest, "invalidFilter", detail);

    public static ScimException NotFound(string detail) => new(StatusCodes.Status404NotFound, null, detail);
}
