// Texts for what failed.

const FAILURES = {
  action_not_found: "The message has changed meanwhile: this button is no longer there.",
  app_not_connected: "The bot is not running, so it didn’t receive this.",
  command_in_thread: "Slash commands are not supported in threads. Sorry!",
  dispatch_failed:
    "failed with the error “dispatch_failed”: the bot responded with an error or not at all.",
  operation_timeout:
    "failed with the error “operation_timeout”: the bot did not acknowledge within 3 seconds.",
  sandbox_unreachable: "The sandbox isn’t responding. Is it still running?",
  unknown_command: "is not a command of this workspace.",
  is_archived: "This channel is archived.",
  message_not_found: "This message was deleted.",
  not_found: "This view is already closed.",
  shortcut_not_found: "The bot no longer has this shortcut.",
  user_is_deactivated: "This person has left the workspace.",
};
const NOT_ACKNOWLEDGED = new Set(["dispatch_failed", "operation_timeout", "unknown_command"]);

/** Return the text for an error without one of its own. */
export const failureText = (error) => FAILURES[error] ?? `Something went wrong: ${error}`;

/** Return why sending this text failed. */
export function sendFailure(error, text) {
  const reason = failureText(error);
  return NOT_ACKNOWLEDGED.has(error) && text.startsWith("/")
    ? `${text.split(/\s/)[0]} ${reason}`
    : capital(reason);
}

/** Return why a click failed. */
export const clickFailure = (error) =>
  NOT_ACKNOWLEDGED.has(error)
    ? `The click ${FAILURES[error]}`
    : (FAILURES[error] ?? `The click failed: ${error}`);

/** Return why a view was not submitted or closed. */
export const submitFailure = (error) =>
  NOT_ACKNOWLEDGED.has(error)
    ? "We had some trouble connecting. Try again?"
    : failureText(error);

/** Return why a shortcut failed. */
export const shortcutFailure = (error, app) =>
  NOT_ACKNOWLEDGED.has(error)
    ? `${app} did not respond (${error}).`
    : (FAILURES[error] ?? `The shortcut failed: ${error}`);

const capital = (text) => text[0].toUpperCase() + text.slice(1);
