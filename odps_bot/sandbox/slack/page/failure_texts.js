// What the page says when something did not work.

const FAILURES = {
  app_not_connected: "The bot is not running, so nobody heard this.",
  command_in_thread: "Slash commands are not supported in threads. Sorry!",
  dispatch_failed:
    "failed with the error “dispatch_failed”: the bot answered with an error or not at all.",
  operation_timeout:
    "failed with the error “operation_timeout”: the bot did not acknowledge within 3 seconds.",
  sandbox_unreachable: "The sandbox does not answer. Is it still running?",
  unknown_command: "is not a command of this workspace.",
  is_archived: "This channel is archived.",
  message_not_found: "This message is gone.",
  not_found: "This view is closed already.",
  shortcut_not_found: "The bot does not have this shortcut any more.",
  user_is_deactivated: "This person has left the workspace.",
};
const ABOUT_COMMAND = new Set(["dispatch_failed", "operation_timeout", "unknown_command"]);

/** Return why sending this text failed. */
export function sendFailure(error, text) {
  const words = FAILURES[error] ?? `That did not work: ${error}`;
  return ABOUT_COMMAND.has(error) && text.startsWith("/")
    ? `${text.split(/\s/)[0]} ${words}`
    : capital(words);
}

/** Return why a click failed. */
export const clickFailure = (error) =>
  ABOUT_COMMAND.has(error)
    ? `The click ${FAILURES[error]}`
    : (FAILURES[error] ?? `The click failed: ${error}`);

/** Return why a view was not submitted or closed. */
export const submitFailure = (error) =>
  ABOUT_COMMAND.has(error)
    ? "We had some trouble connecting. Try again?"
    : (FAILURES[error] ?? `That did not work: ${error}`);

/** Return why a shortcut failed. */
export const shortcutFailure = (error, app) =>
  ABOUT_COMMAND.has(error)
    ? `${app} did not respond (${error}).`
    : (FAILURES[error] ?? `The shortcut failed: ${error}`);

const capital = (words) => words[0].toUpperCase() + words.slice(1);
