using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Tests.Support;

/// <summary>
/// Everything that a program says of itself: each line that is logged at any level, each exception that is thrown in what the test has
/// started, caught or not, and the operations log as the product writes it.
/// </summary>
internal sealed class Overheard : ILoggerProvider, ILogger
{
    private readonly ConcurrentQueue<string> _said = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("siit-overheard-").FullName;

    // Flows into everything that the test starts, and into no test beside it.
    private static readonly AsyncLocal<Overheard?> Current = new();

    [ThreadStatic]
    private static bool _listening;

    public Overheard()
    {
        Current.Value = this;
        AppDomain.CurrentDomain.FirstChanceException += OnThrown;
    }

    /// <summary>All of it, as text.</summary>
    public string Text => string.Join('\n', [.. _said, .. Directory.GetFiles(_folder, "*.log", SearchOption.AllDirectories).Select(Read)]);

    public int Exceptions { get; private set; }

    /// <summary>As the product logs, and everything else.</summary>
    public void AddTo(IServiceCollection services) =>
        services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddOperationsLog(new DataFolder(_folder), onScreen: false).AddProvider(this));

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _said.Enqueue($"{formatter(state, exception)} {exception}");

    public void Dispose()
    {
        AppDomain.CurrentDomain.FirstChanceException -= OnThrown;
        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
    }

    private void OnThrown(object? sender, FirstChanceExceptionEventArgs thrown)
    {
        // Telling an exception may throw another one.
        if (_listening || Current.Value != this)
            return;
        _listening = true;
        try
        {
            Exceptions++;
            _said.Enqueue(thrown.Exception.ToString());
        }
        catch (Exception)
        {
            // It cannot be told; then nobody is told it either.
        }
        finally
        {
            _listening = false;
        }
    }

    private static string Read(string path)
    {
        using var file = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        return file.ReadToEnd();
    }
}
