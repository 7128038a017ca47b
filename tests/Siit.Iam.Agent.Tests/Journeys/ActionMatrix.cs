namespace Siit.Iam.Agent.Tests.Journeys;

/// <summary>
/// What each action is expected to do at each IdP. Read a line as: a person (by job, brought into a state by words of
/// <see cref="MatrixScene"/>) is the target of the action with this input; the IdP's ledger then holds this effect, so many times.
/// <list type="bullet">
/// <item><c>again</c>: what the same wish is answered afterwards: <c>so</c> already, done <c>anew</c>, done <c>in vain</c> (nothing is left to change), or
/// the code of a refusal.</item>
/// <item><c>when lost</c>: how a call ends whose answer got lost: <c>settled</c> by reading back; <c>seen</c> when it happened, while
/// what did not happen needs a person (a log that may be late proves nothing by its silence); or a <c>person</c> has to look anyhow
/// (nothing at the IdP tells, or part of several changes happened).</item>
/// <item><c>wrong state</c>: states or inputs in which the IdP would not do it, and the code of the refusal beforehand.</item>
/// </list>
/// A line without an effect is an action that this IdP does not have: <c>unsupported</c>.
/// </summary>
internal static class ActionMatrix
{
    private const string Table = """
        action             | idp       | who                 | input                        | effect                      | again          | when lost | wrong state

        add_application    | okta      | engineer            | application=AWS              | app.add_user                | so             | settled   | deactivated -> deprovisioned
        add_application    | entra     | engineer            | application=AWS              | app.add_user                | so             | settled   | deactivated -> deleted
        add_application    | google    | engineer            | application=figma            | group.add_member            | so             | settled   | archived -> archived
        add_application    | jumpcloud | engineer            | application=AWS              | app.add_user                | so             | settled   | application=Workday -> application_inactive

        add_to_group       | okta      | engineer            | group=Support                | group.add_member            | so             | settled   | deactivated -> deprovisioned
        add_to_group       | entra     | engineer            | group=Support                | group.add_member            | so             | settled   | deactivated -> deleted
        add_to_group       | google    | engineer            | group=Support                | group.add_member            | so             | settled   | archived -> archived
        add_to_group       | jumpcloud | engineer            | group=Support                | group.add_member            | so             | settled   | group=All Sales -> group_not_changeable

        clear_sessions     | okta      | engineer            |                              | user.clear_sessions         | in vain        | settled   | -
        clear_sessions     | entra     | engineer            |                              | user.clear_sessions         | anew           | settled   | deactivated -> deleted
        clear_sessions     | google    | engineer            |                              | user.clear_sessions         | anew           | seen      | archived -> archived
        clear_sessions     | jumpcloud | engineer            |                              |                             |                |           |

        create_user        | okta      | nobody yet          | first_name=Zoë last_name=Ito | user.create                 | so             | settled   | -
        create_user        | entra     | nobody yet          | first_name=Zoë last_name=Ito | user.create                 | so             | settled   | -
        create_user        | google    | nobody yet          | first_name=Zoë last_name=Ito | user.create                 | so             | settled   | -
        create_user        | jumpcloud | nobody yet          | first_name=Zoë last_name=Ito | user.create                 | so             | settled   | -

        deactivate_user    | okta      | engineer            |                              | user.deactivate             | so             | settled   | -
        deactivate_user    | entra     | engineer            |                              | user.delete                 | so             | settled   | synced -> mastered_elsewhere
        deactivate_user    | google    | engineer            |                              | user.archive                | so             | settled   | -
        deactivate_user    | jumpcloud | engineer            |                              |                             |                |           |

        remove_application | okta      | platform engineer   | application=AWS              | app.remove_user             | so             | settled   | application=GitHub -> application_from_group
        remove_application | entra     | platform engineer   | application=AWS              | app.remove_user             | so             | settled   | application=GitHub -> application_from_group
        remove_application | google    | designer            | application=figma            | group.remove_member         | so             | settled   | archived -> archived
        remove_application | jumpcloud | platform engineer   | application=AWS              | app.remove_user             | so             | settled   | application=GitHub -> application_from_group

        remove_from_group  | okta      | engineer            | group=Engineering            | group.remove_member         | so             | settled   | deactivated -> deprovisioned
        remove_from_group  | entra     | engineer            | group=Engineering            | group.remove_member         | so             | settled   | from-directory group=AD Domain Users -> group_synced
        remove_from_group  | google    | engineer            | group=Engineering            | group.remove_member         | so             | settled   | from-directory group=AD Domain Users -> group_not_changeable
        remove_from_group  | jumpcloud | engineer            | group=Engineering            | group.remove_member         | so             | settled   | in-sales group=All Sales -> group_not_changeable

        reset_mfa          | okta      | engineer            |                              | user.reset_factors          | so             | settled   | deactivated -> deprovisioned
        reset_mfa          | entra     | engineer            |                              | user.remove_factor x2       | so             | person    | factor=push -> default_factor
        reset_mfa          | google    | engineer            |                              | user.turn_off_2sv           | so             | settled   | suspended -> suspended
        reset_mfa          | jumpcloud | engineer            |                              | user.reset_mfa              | so             | settled   | suspended -> wrong_status

        reset_mfa          | okta      | engineer            | factor=totp                  | user.remove_factor          | no_such_factor | settled   | deactivated -> deprovisioned
        reset_mfa          | entra     | engineer            | factor=totp                  | user.remove_factor          | no_such_factor | settled   | factor=push -> default_factor
        reset_mfa          | google    | engineer            | factor=2sv                   | user.turn_off_2sv           | so             | settled   | suspended -> suspended
        reset_mfa          | jumpcloud | engineer            | factor=push                  | user.delete_push_endpoint   | no_such_factor | settled   | factor=totp -> factor_not_removable

        reset_password     | okta      | engineer            | mode=link                    | user.reset_password         | anew           | settled   | locked -> wrong_status
        reset_password     | entra     | engineer            | mode=link                    |                             |                |           |
        reset_password     | google    | engineer            | mode=link                    |                             |                |           |
        reset_password     | jumpcloud | engineer            | mode=link                    | user.mail_password_link     | anew           | person    | suspended -> wrong_status

        reset_password     | okta      | engineer            | mode=expire                  | user.expire_password        | anew           | settled   | locked -> wrong_status
        reset_password     | entra     | engineer            | mode=expire                  | user.expire_password        | so             | settled   | synced -> password_held_elsewhere
        reset_password     | google    | engineer            | mode=expire                  | user.expire_password        | so             | settled   | archived -> archived
        reset_password     | jumpcloud | engineer            | mode=expire                  | user.expire_password        | so             | settled   | suspended -> wrong_status

        revoke_grants      | okta      | engineer            |                              | user.revoke_grants          | so             | settled   | deactivated -> deprovisioned
        revoke_grants      | entra     | engineer            |                              | user.revoke_grants          | so             | settled   | -
        revoke_grants      | google    | engineer            |                              | user.revoke_token           | so             | settled   | -
        revoke_grants      | jumpcloud | engineer            |                              |                             |                |           |

        suspend_user       | okta      | engineer            |                              | user.suspend                | so             | settled   | staged -> wrong_status
        suspend_user       | entra     | engineer            |                              | user.suspend                | so             | settled   | synced -> mastered_elsewhere
        suspend_user       | google    | engineer            |                              | user.suspend                | so             | settled   | archived -> archived
        suspend_user       | jumpcloud | engineer            |                              | user.suspend                | so             | settled   | staged -> wrong_status

        unlock_user        | okta      | engineer, locked    |                              | user.unlock                 | so             | settled   | suspended -> wrong_status
        unlock_user        | entra     | engineer            |                              |                             |                |           |
        unlock_user        | google    | engineer            |                              |                             |                |           |
        unlock_user        | jumpcloud | engineer, locked    |                              | user.unlock                 | so             | settled   | suspended -> wrong_status

        unsuspend_user     | okta      | engineer, suspended |                              | user.unsuspend              | so             | settled   | locked -> wrong_status
        unsuspend_user     | entra     | engineer, suspended |                              | user.unsuspend              | so             | settled   | synced -> mastered_elsewhere
        unsuspend_user     | google    | engineer, suspended |                              | user.unsuspend              | so             | settled   | for-abuse -> suspended_by_google
        unsuspend_user     | jumpcloud | engineer, suspended |                              | user.unsuspend              | so             | settled   | staged -> wrong_status

        update_user        | okta      | engineer            | title=Lead                   | user.update                 | so             | settled   | deactivated -> deprovisioned
        update_user        | entra     | engineer            | title=Lead                   | user.update                 | so             | settled   | synced -> mastered_elsewhere
        update_user        | google    | engineer            | title=Lead                   | user.update                 | so             | settled   | archived -> archived
        update_user        | jumpcloud | engineer            | title=Lead                   | user.update                 | so             | settled   | mastered -> mastered_elsewhere
        """;

    public static IReadOnlyList<ActionRow> Rows { get; } =
        [.. Table.Split('\n').Skip(1).Where(line => !string.IsNullOrWhiteSpace(line)).Select(ActionRow.Read)];
}

/// <summary>One line of <see cref="ActionMatrix"/>.</summary>
internal sealed record ActionRow(
    string Action, string Idp, string Job, string? State, string Input, string Effect, int Times, string Again, string WhenLost, WrongState? Wrong)
{
    public bool Supported => Effect.Length > 0;

    public bool CreatesAccount => Job == "nobody yet";

    public bool HasTarget => Input.Contains("group=", StringComparison.Ordinal) || Input.Contains("application=", StringComparison.Ordinal) || Input.Contains("factor=", StringComparison.Ordinal);

    /// <summary>Unique in the table.</summary>
    public string Name => Action is "reset_mfa" or "reset_password" ? $"{Action} {Input}".TrimEnd() : Action;

    public static ActionRow Read(string line)
    {
        var cells = line.Split('|', StringSplitOptions.TrimEntries);
        Assert.Equal(8, cells.Length);
        var who = cells[2].Split(", ");
        var effect = cells[4].Split(" x");
        var wrong = cells[7].Split(" -> ");
        return new ActionRow(
            cells[0], cells[1], who[0], who.ElementAtOrDefault(1), cells[3], effect[0], effect.Length > 1 ? int.Parse(effect[1]) : 1,
            cells[5], cells[6], wrong.Length == 2 ? new WrongState(wrong[0], wrong[1]) : null);
    }
}

/// <param name="Scene">A word for the person's state, an input in place of the row's, or both.</param>
/// <param name="Code">Of the refusal.</param>
internal sealed record WrongState(string Scene, string Code)
{
    public string? Word => Scene.Split(' ', 2)[0] is var first && first.Contains('=') ? null : first;

    public string? Input => Word is null ? Scene : Scene.Split(' ', 2).ElementAtOrDefault(1);
}
