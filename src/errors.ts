/**
 * A mistake that the user can mend: a wrong flag, a missing file, a full disk.
 *
 * The message is one line that names the thing and the mend. The command line
 * prints it to stderr and exits with code 2; every other error is a bug and
 * keeps its stack trace.
 */
export class UserError extends Error {
  /** tells it from other errors */
  override readonly name = "UserError";
}
