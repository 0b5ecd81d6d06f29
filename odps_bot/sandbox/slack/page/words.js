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

const capital = (words) => words[0].toUpperCase() + words.slice(1);
