/**
 * A mistake that the user can correct: a wrong flag, a missing file, a full disk.
 *
 * The message is one line that names the thing and the remedy. The command line
 * prints it to stderr and exits with code 2. Every error that is neither this
 * nor a {@linkcode MachineError} is a bug and keeps its stack trace.
 */
export class UserError extends Error {
  /** tells it from other errors */
  override readonly name = "UserError";
}

/**
 * The machine failed, not the program: a thread died, or a GPU's device.
 *
 * The message is one line. The command line prints it and exits with code 1;
 * the same command continues from what is on the disk.
 */
export class MachineError extends Error {
  /** tells it from other errors */
  override readonly name = "MachineError";
}

/** A file is not what it must be. */
export class DamagedFile extends UserError {
  /** the file, as messages name it */
  readonly where: string;
  /** what is wrong with it, such as `it is empty` */
  readonly why: string;

  /** @param kind what it must be, such as `a CSV file of this project` */
  constructor(where: string, kind: string, why: string, remedy: string) {
    super(`${where} is not ${kind}: ${why}; ${remedy}`);
    this.where = where;
    this.why = why;
  }
}
