using System.Globalization;
using System.Text;

namespace Siit.Iam.Agent.Playbooks.Expressions;

internal enum CelTokenKind
{
    Name,
    Int,
    Double,
    Text,
    Sign,
    End,
}

/// <param name="Text">The name, the sign, the digits as written, or the text without quotes and escapes.</param>
internal readonly record struct CelToken(CelTokenKind Kind, int At, string Text)
{
    public bool Is(string sign) => Kind == CelTokenKind.Sign && Text == sign;
}

/// <summary>From text to tokens, as the CEL definition cuts them.</summary>
internal sealed class CelLexer(string text)
{
    private static readonly string[] Signs = ["==", "!=", "<=", ">=", "&&", "||", "<", ">", "+", "-", "*", "/", "%", "!", "?", ":", ".", ",", "(", ")", "[", "]", "{", "}"];

    private int _at;

    public List<CelToken> Read()
    {
        var tokens = new List<CelToken>();
        do
            tokens.Add(Next());
        while (tokens[^1].Kind != CelTokenKind.End);
        return tokens;
    }

    private char Here => _at < text.Length ? text[_at] : '\0';

    private char Ahead(int by) => _at + by < text.Length ? text[_at + by] : '\0';

    private CelToken Next()
    {
        SkipBlank();
        var start = _at;
        if (_at >= text.Length)
            return new CelToken(CelTokenKind.End, start, "");
        if (TextPrefix() is { } prefix)
            return new CelToken(CelTokenKind.Text, start, ReadText(prefix));
        if (char.IsAsciiDigit(Here) || (Here == '.' && char.IsAsciiDigit(Ahead(1))))
            return ReadNumber();
        if (char.IsAsciiLetter(Here) || Here == '_')
        {
            while (char.IsAsciiLetterOrDigit(Here) || Here == '_')
                _at++;
            return new CelToken(CelTokenKind.Name, start, text[start.._at]);
        }

        foreach (var sign in Signs)
        {
            if (string.CompareOrdinal(text, _at, sign, 0, sign.Length) == 0)
            {
                _at += sign.Length;
                return new CelToken(CelTokenKind.Sign, start, sign);
            }
        }

        throw new ExpressionSyntaxException(start, $"'{Here}' does not belong into an expression.", Here switch
        {
            '=' => "Compare with '=='.",
            '&' or '|' => "Write '&&' for and, '||' for or.",
            _ => "Texts stand in quotes; names are letters, digits and '_'.",
        });
    }

    private void SkipBlank()
    {
        while (true)
        {
            if (Here is ' ' or '\t' or '\n' or '\r' or '\f')
                _at++;
            else if (Here == '/' && Ahead(1) == '/')
                _at = text.IndexOf('\n', _at) is var end and >= 0 ? end : text.Length;
            else
                return;
        }
    }

    private CelToken ReadNumber()
    {
        var start = _at;
        if (Here == '0' && Ahead(1) is 'x' or 'X')
        {
            _at += 2;
            while (char.IsAsciiHexDigit(Here))
                _at++;
            return Ended(new CelToken(CelTokenKind.Int, start, text[start.._at]));
        }

        var kind = CelTokenKind.Int;
        SkipDigits();
        if (Here == '.' && char.IsAsciiDigit(Ahead(1)))
        {
            kind = CelTokenKind.Double;
            _at++;
            SkipDigits();
        }

        if (Here is 'e' or 'E' && (char.IsAsciiDigit(Ahead(1)) || (Ahead(1) is '+' or '-' && char.IsAsciiDigit(Ahead(2)))))
        {
            kind = CelTokenKind.Double;
            _at += 2;
            SkipDigits();
        }

        return Ended(new CelToken(kind, start, text[start.._at]));
    }

    private CelToken Ended(CelToken number)
    {
        if (Here is 'u' or 'U')
            throw new ExpressionSyntaxException(number.At, "Unsigned numbers are not part of this language.", "Leave the 'u' away.");
        return char.IsAsciiLetter(Here) || Here == '_'
            ? throw new ExpressionSyntaxException(number.At, $"'{number.Text}{Here}' is not a number.", "Put a space or an operator between.")
            : number;
    }

    private void SkipDigits()
    {
        while (char.IsAsciiDigit(Here))
            _at++;
    }

    /// <summary>The letters before a text's quote; null when no text begins here.</summary>
    private string? TextPrefix()
    {
        for (var length = 0; length <= 2; length++)
        {
            if (Ahead(length) is '"' or '\'')
                return text.Substring(_at, length);
            if (Ahead(length) is not ('r' or 'R' or 'b' or 'B'))
                return null;
        }

        return null;
    }

    private string ReadText(string prefix)
    {
        var start = _at;
        if (prefix.Contains('b', StringComparison.OrdinalIgnoreCase))
            throw new ExpressionSyntaxException(start, "Bytes are not part of this language.", "Use a text: leave the 'b' away.");
        _at += prefix.Length;
        var quote = Here;
        var longText = Ahead(1) == quote && Ahead(2) == quote;
        _at += longText ? 3 : 1;
        var read = new StringBuilder();
        while (!Closes(quote, longText))
        {
            if (_at >= text.Length || (!longText && Here is '\n' or '\r'))
                throw new ExpressionSyntaxException(start, "A text has no end.", $"Close it with {quote}.");
            if (Here == '\\' && prefix.Length == 0)
                ReadEscape(read);
            else
                read.Append(text[_at++]);
        }

        _at += longText ? 3 : 1;
        return read.ToString();
    }

    private bool Closes(char quote, bool longText) => Here == quote && _at < text.Length && (!longText || (Ahead(1) == quote && Ahead(2) == quote));

    private void ReadEscape(StringBuilder read)
    {
        var start = _at;
        var escaped = Ahead(1);
        _at += 2;
        switch (escaped)
        {
            case 'a': read.Append('\a'); break;
            case 'b': read.Append('\b'); break;
            case 'f': read.Append('\f'); break;
            case 'n': read.Append('\n'); break;
            case 'r': read.Append('\r'); break;
            case 't': read.Append('\t'); break;
            case 'v': read.Append('\v'); break;
            case '\\' or '?' or '"' or '\'' or '`': read.Append(escaped); break;
            case 'x' or 'X': ReadCode(read, start, 2, 16); break;
            case 'u': ReadCode(read, start, 4, 16); break;
            case 'U': ReadCode(read, start, 8, 16); break;
            case >= '0' and <= '3':
                _at--;
                ReadCode(read, start, 3, 8);
                break;
            default:
                throw new ExpressionSyntaxException(start, $"'\\{escaped}' is not an escape.", "Write '\\\\' for a backslash, or put r before the quote.");
        }
    }

    private void ReadCode(StringBuilder read, int start, int length, int radix)
    {
        var digits = _at + length <= text.Length ? text.Substring(_at, length) : "";
        var valid = digits.Length > 0 && digits.All(digit => radix == 8 ? digit is >= '0' and <= '7' : char.IsAsciiHexDigit(digit));
        var code = !valid ? -1 : radix == 8 ? Convert.ToInt32(digits, 8) : (int)uint.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        if (!Rune.IsValid(code))
            throw new ExpressionSyntaxException(start, "The escape is not a character.", $"It takes {length} digits of a character's code.");
        read.Append(new Rune(code).ToString());
        _at += length;
    }
}
