using System.Globalization;
using System.Text;

namespace Siit.Iam.Agent.Tests.Playbooks.Expressions;

/// <summary>As much of protobuf's text format as the conformance vectors use: messages, repeated fields, numbers, words, strings.</summary>
internal sealed class TextProto(string text)
{
    private int _at;

    /// <summary>A message: its fields in order; a value is a string (text), a word, or a message.</summary>
    public sealed record Message(List<(string Name, object Value)> Fields)
    {
        public object? this[string name] => Fields.Find(field => field.Name == name).Value;

        public IEnumerable<Message> All(string name) => Fields.Where(field => field.Name == name).Select(field => (Message)field.Value);
    }

    public sealed record Word(string Text);

    public Message Read()
    {
        var fields = new List<(string, object)>();
        for (Skip(); _at < text.Length && text[_at] is not '}' and not '>'; Skip())
        {
            var name = Name();
            Skip();
            if (text[_at] == ':')
                _at++;
            Skip();
            if (text[_at] == '[')
            {
                _at++;
                for (Skip(); text[_at] != ']'; Skip())
                {
                    fields.Add((name, Value()));
                    Skip();
                    if (text[_at] == ',')
                        _at++;
                }

                _at++;
            }
            else
            {
                fields.Add((name, Value()));
            }
        }

        return new Message(fields);
    }

    private string Name()
    {
        var start = _at;
        if (text[_at] == '[')
            _at = text.IndexOf(']', _at) + 1;
        else
            while (char.IsAsciiLetterOrDigit(text[_at]) || text[_at] == '_')
                _at++;
        return text[start.._at];
    }

    private object Value()
    {
        if (text[_at] is '{' or '<')
        {
            _at++;
            var message = Read();
            _at++;
            return message;
        }

        if (text[_at] is not '"' and not '\'')
        {
            var start = _at;
            while (char.IsAsciiLetterOrDigit(text[_at]) || text[_at] is '_' or '.' or '+' or '-')
                _at++;
            return new Word(text[start.._at]);
        }

        var bytes = new List<byte>();
        for (; text[_at] is '"' or '\''; Skip())
            Quoted(bytes);
        return Encoding.UTF8.GetString([.. bytes]);
    }

    private void Quoted(List<byte> bytes)
    {
        var quote = text[_at++];
        while (text[_at] != quote)
        {
            if (text[_at] != '\\')
            {
                var rune = Rune.GetRuneAt(text, _at);
                bytes.AddRange(Encoding.UTF8.GetBytes(rune.ToString()));
                _at += rune.Utf16SequenceLength;
                continue;
            }

            var escape = text[_at + 1];
            _at += 2;
            switch (escape)
            {
                case 'a': bytes.Add(7); break;
                case 'b': bytes.Add(8); break;
                case 't': bytes.Add(9); break;
                case 'n': bytes.Add(10); break;
                case 'v': bytes.Add(11); break;
                case 'f': bytes.Add(12); break;
                case 'r': bytes.Add(13); break;
                case 'x': bytes.Add(byte.Parse(Taken(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)); break;
                case 'u': bytes.AddRange(Encoding.UTF8.GetBytes(new Rune(Convert.ToInt32(Taken(4), 16)).ToString())); break;
                case 'U': bytes.AddRange(Encoding.UTF8.GetBytes(new Rune(Convert.ToInt32(Taken(8), 16)).ToString())); break;
                case >= '0' and <= '7':
                    var digits = 1;
                    while (digits < 3 && text[_at - 1 + digits] is >= '0' and <= '7')
                        digits++;
                    _at--;
                    bytes.Add(Convert.ToByte(Taken(digits), 8));
                    break;
                default: bytes.Add((byte)escape); break;
            }
        }

        _at++;
    }

    private string Taken(int length)
    {
        _at += length;
        return text.Substring(_at - length, length);
    }

    private void Skip()
    {
        while (_at < text.Length && (char.IsWhiteSpace(text[_at]) || text[_at] is '#' or ','))
            _at = text[_at] == '#' ? text.IndexOf('\n', _at) is var end and >= 0 ? end : text.Length : _at + 1;
    }
}
