namespace Siit.Iam.Agent.Playbooks.Checks;

/// <param name="About">What it finds, in one line.</param>
/// <param name="Why">Why that is looked for.</param>
/// <param name="Mend">What to do about it.</param>
internal sealed record Code(string Id, string About, string Why, string Mend);

/// <summary>Every code that the checker can say, for <c>playbooks explain</c> and the reference.</summary>
internal static class Codes
{
    public static IReadOnlyList<Code> All { get; } =
    [
        new("PB001", "Not the core of YAML 1.2.", "Anchors, tags, keys that come twice and hidden characters make a file mean something else than a reviewer reads.", "Write everything out, and put quotes around texts that begin with '!', '&', '*' or hold ': ' or '#'."),
        new("PB002", "A key is unknown, missing or malformed.", "A misspelt key would be a rule that nobody follows.", "The message names the keys there are; editors complete them from playbook-v1.schema.json."),
        new("PB003", "A step does two things, none, or takes a name that is taken.", "An id names one step of the whole file: in expressions, in the audit log, and when a run goes on after a crash.", "One step, one verb, one id."),
        new("PB010", "There is no such action.", "Only what `siit-iam actions` lists can be done, and tools of other servers that stand in playbooks.lock.json.", "Mend the name, or take it out."),
        new("PB011", "The playbook does not allow itself an action or a connection.", "A run can do no more than its policy says, whatever its steps say. What takes a step back counts as well.", "Add it to policy.tools or policy.connections if it is meant."),
        new("PB012", "An argument is wrong, missing, or the run's own; a written-out person who can be nobody.", "Calls are checked before anything is asked of people.", "See `siit-iam actions` for what the action takes."),
        new("PB013", "An IdP that the run may reach does not have the action, and the step does not say what happens then.", "JumpCloud has no sessions to clear, Google no applications to assign: the run would end there.", "Say 'unsupported: skip' or 'unsupported: fail', or narrow policy.connections."),
        new("PB014", "A trigger leaves an input unsaid, or binds one that does not fit.", "Nobody is there to ask when a run starts by itself.", "Bind every required input to something of its type, give it a default, or take the trigger out."),
        new("PB015", "A trigger is malformed.", "A trigger that never comes, or comes at the wrong time, is noticed when it is too late.", "The message says what is wrong: two kinds in one trigger, a cron expression, a zone, a key that does not go with the kind."),
        new("PB016", "A connection that this server does not have (with --with-directory).", "A run that names it is refused at its first step there.", "Mend the name; siit-iam connections shows what there is."),
        new("PB018", "A tool of another server that is not what was locked, is not configured here, or cannot be reached (with --with-directory).", "What somebody has looked at is what is called: a server may change what its tool says, or does.", "Look at it and lock it again: siit-iam playbooks lock. Mend toolServers in the settings."),
        new("PB020", "The syntax of an expression, or an expression without its '=' or its '${}'.", "Expressions are CEL; a text that only looks like one is sent as it is written.", "The column points at the place: =input.person is a value, ${input.person} stands in a text."),
        new("PB021", "Types that do not go together, or an unknown name.", "Nothing is converted by itself: 'false' is not false.", "Compare with a value of the type, or convert with string(), int(), timestamp(), duration()."),
        new("PB022", "A value may be absent.", "An absent value would end a run half way.", "Guard it with has(), in the same condition or in a 'require' before."),
        new("PB023", "A word that an enum does not have.", "The comparison could never be true.", "The message names the words there are."),
        new("PB024", "The expression may take too long.", "Loops over long lists multiply.", "Loop over shorter lists, or not in a loop."),
        new("PB025", "The output of a step that has not run here for certain.", "It runs later, only on one branch, or in a loop.", "Hand it out with 'yield', name it with 'let' where it is known, or move the step."),
        new("PB026", "A group or application that is written out and is not there (with --with-directory).", "It was renamed, removed, or belongs to another connection.", "Name it by its id, as find_group and find_application tell it."),
        new("PB027", "A part of an expression that can never be computed.", "It would end the run whenever it gets there, or hide behind something that decides before it.", "The message says what happens: no such date, a division by zero, an item that the list does not have."),
        new("PB030", "A high-risk action that no approved plan shows (warning).", "Its own gate still asks, one call at a time; with an approve step before it people see the whole.", "Put an 'approve' step before it, and what it depends on before that."),
        new("PB031", "Only whoever asks, or whom it is about, could agree (warning); with --with-directory: nobody could.", "The answer of the person concerned is no approval, however it is asked for; and what nobody can decide waits for ever.", "Ask somebody else, put an 'approve' step between, or enrol approvers in distinct groups."),
        new("PB032", "A question that does not say how long it waits, or what silence means.", "A run must not wait for ever, and silence is never a yes that nobody wrote down.", "Give 'ask' a 'timeout', and a 'default' with the answer that is safe."),
        new("PB033", "The answers of a question, or its default, do not fit.", "What a person may answer is a few words, a number or a text.", "Use enum, string, int or bool under 'answers'; a default has exactly those fields."),
        new("PB034", "A reset before which, on some way, nobody has proved who asks and nobody has agreed.", "A reset is a way into an account.", "Put an 'approve' step before it, or a step that proves the identity of the same person."),
        new("PB035", "A standing approval that is not there, is over, or does not cover the playbook, a trigger or an action (with --with-directory).", "It belongs to the organisation (gate:standingApprovals); what it does not cover, people are asked for.", "Take 'standing' out, or have its owner change it."),
        new("PB036", "No approver is in the group that owns the playbook (warning, with --with-directory).", "Nobody is answerable for it.", "Name another owner, or enrol an approver in that group."),
        new("PB037", "A verification of somebody else, or of something else, than what is reset.", "A proof counts for one person's one account and one action: the gate does not find it for another.", "Give 'verify' and the reset the same person and connection, and name the reset's action under 'for'."),
        new("PB038", "An 'approve' that asks nobody, or the owner of nothing.", "Its seats are those of the organisation's own rules: any, manager, owner, group:NAME. The manager is that of the person whom the plan changes, the owner that of the group or application that it is about.", "The message says what does not go together."),
        new("PB039", "An 'approve' that nobody could agree to as it asks (with --with-directory).", "The gate refuses at once what nobody could decide, and a fallback that is always taken is not what the author meant.", "Mend the group's name, have its owner named and enrolled with the account, or give a 'fallback'."),
        new("PB040", "An agent without budget, output or 'onInvalid', or with an action or a tool of more than low risk that writes.", "A model proposes; steps act.", "Give it all four budgets and an output; let a step act on what it answers."),
        new("PB041", "What a model or outside text chose reaches a write, a question or a call, and nobody agreed.", "Text from outside must not pick its target.", "Put an 'approve' step between, or let the model pick with 'choice' from a list that it did not make."),
        new("PB042", "Text from outside in a prompt.", "A model may take it for instruction.", "Put it into 'context' and its name into 'untrusted'; never into 'goal'."),
        new("PB043", "A password, key or token that is written out.", "Whoever can read a playbook, its plan or its timeline has it.", "Take it out, and change it where it is valid. What an action hands out goes to its person alone."),
        new("PB050", "A step that can never run.", "The run has ended before it.", "Take it out, or move it before the end."),
        new("PB051", "A condition that is always the same, or a branch that is never taken.", "It is most often a slip.", "Mend the condition, or take the branch out."),
        new("PB052", "A choose that does not cover everything.", "A run must not stand between two branches.", "Add '- else: true'."),
        new("PB053", "A loop, or parallel branches, that say something without effect or end what goes on.", "'else: skip' needs a loop, 'maxFailures' needs 'onError: continue', 'parallel' needs two branches that do not end the run.", "The message says which."),
        new("PB054", "Branches that yield nothing, or different types.", "What a choose hands out has one type, whichever branch was taken.", "Give each branch that goes on a 'yield' of the same type, or none."),
        new("PB055", "A wait without an end, or with two, for no time, or as long as a model says; or one until a time counted from run.now behind another wait (warning).", "A waiting run has a date.", "Give it exactly one of 'for' and 'until'; 'group' and 'application' go with their own events."),
        new("PB060", "A change that does not say how it is taken back.", "'onFailure: compensate' takes back what the run changed.", "Write 'undo: inverse', name an action, or 'undo: none' with 'because'."),
        new("PB061", "An undo without reason, that does not exist, or lacks arguments.", "What takes back is a call like any other.", "The message says what is missing."),
        new("PB070", "A run can reach more than 'limits'.", "The bound is found without running it: loops count with their 'max', branches with the larger one.", "Lower 'max', narrow 'targets', or raise the limit if that is meant."),
        new("PB071", "A loop without 'max'.", "Without it nobody knows how many people a run may reach.", "Say how many items at most; more of them end the run before the first."),
        new("PB072", "'limits' beyond what any playbook may do.", "One slip must not reach the whole company.", "Do it in several runs."),
        new("PB073", "A daily limit or a concurrency key that cannot work.", "A daily limit of nobody halts the playbook at its first run; a key has to be a text.", "Allow as many people as usual in a day; write string(...) around the key."),
        new("PB080", "A called playbook that is not there, has errors, or has another version.", "What was reviewed is what is called.", "Name a playbook of the folder and a version that it has."),
        new("PB081", "A called playbook that needs what its caller does not give or allow.", "A run can do no more than its policy says, called ones included.", "Add the inputs under 'with' and the actions to policy.tools."),
        new("PB082", "Playbooks that call each other in a circle.", "Their runs would never end.", "Take one of the calls out."),
        new("PB090", "Allowed or declared, and never used (warning).", "A run should be able to do no more than it does.", "Take it out, or use it."),
    ];

    public static Code? Find(string id) => All.FirstOrDefault(code => code.Id.Equals(id, StringComparison.OrdinalIgnoreCase));
}
