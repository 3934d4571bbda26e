/**
 * What is said on the terminal: lines, and progress on stderr, by bars on a
 * terminal, else by a line every few seconds.
 *
 * All that is printed goes through here, where it is made printable: names,
 * paths, cells and messages may hold what a terminal would obey.
 */

import { writingSync } from "../files.ts";
import { printable } from "../text.ts";
import type { Terms } from "../train/loop.ts";

const BAR_WIDTH = 24;
const LINE_EVERY_MS = 5000;
/** Milliseconds between two drawings of what changes. */
export const REDRAW_EVERY_MS = 100;

/** The progress of one thing that has a known end. */
export interface Progress {
  /** @param done of the total; @param note what else there is to say */
  update(done: number, note: string): void;
  /** Leaves a last line. */
  end(note: string): void;
}

/** A progress on the display, which leaves nothing where it does not end. */
export interface ShownProgress extends Progress, Disposable {}

/** A single write may take only some of the bytes. */
function writeAll(text: string, write: (bytes: Uint8Array) => number): void {
  const bytes = new TextEncoder().encode(text);
  for (let done = 0; done < bytes.length;) {
    done += write(bytes.subarray(done));
  }
}

/**
 * Writes to stderr. Where it is closed, or full, there is nobody to tell, and
 * the command goes on: what it makes matters more.
 */
function writeToStderr(text: string): void {
  try {
    writeAll(text, (bytes) => Deno.stderr.writeSync(bytes));
  } catch {
    // Nobody reads it.
  }
}

/** What is in progress, from the top; bars are drawn on a terminal alone. */
const shown = new Set<Bar>();
/** Lines of bars that are on the terminal; the cursor is in the last one. */
let drawn = 0;

/** Writes a text that stays, and redraws the bars below it. */
function redraw(above: string): void {
  const erase = drawn === 0 ? "" : `\r${"\x1b[A".repeat(drawn - 1)}\x1b[J`;
  const { columns, rows } = terminalSize();
  // A bar that wraps, or scrolls out of sight, could not be erased.
  const bars = [...shown]
    .map(({ text }) => printable(text).slice(0, columns - 1))
    .filter((text) => text !== "").slice(0, rows - 1);
  drawn = bars.length;
  writeToStderr(erase + above + bars.join("\n"));
}

/** A line on a terminal that is redrawn, below those that stay. */
export class Bar implements Disposable {
  /** what it says; empty before it is drawn */
  text = "";

  constructor() {
    shown.add(this);
  }

  /** Draws it. */
  draw(text: string): void {
    this.text = text;
    redraw("");
  }

  /** Erases it, with the next thing that is drawn. */
  remove(): void {
    shown.delete(this);
  }

  [Symbol.dispose](): void {
    if (shown.delete(this) && this.text !== "") redraw("");
  }
}

/** Unlimited where the size is unknown: some terminals report 0. */
function terminalSize(): { columns: number; rows: number } {
  const { columns, rows } = Deno.stderr.isTerminal()
    ? Deno.consoleSize()
    : { columns: 0, rows: 0 };
  return { columns: columns || Infinity, rows: rows || Infinity };
}

/** Writes a line to stderr, above the bars. */
export function say(line: string): void {
  redraw(`${printable(line)}\n`);
}

/** Writes a line, or any number of them, to stdout. */
export function print(lines: string | Iterable<string>): void {
  const all = typeof lines === "string" ? [lines] : lines;
  printReport(Array.from(all, (line) => `${printable(line)}\n`).join(""));
}

/**
 * Writes a text to stdout, unless the reader has closed the pipe.
 *
 * @param text printable, but for its line ends and colours
 * @throws {UserError} the disk that it goes to is full
 */
export function printReport(text: string): void {
  writingSync("to stdout", () => {
    try {
      writeAll(text, (bytes) => Deno.stdout.writeSync(bytes));
    } catch (error) {
      if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
    }
  }, "send it elsewhere");
}

const SILENT: ShownProgress = {
  update: () => {},
  end: () => {},
  [Symbol.dispose]: () => {},
};

/**
 * Starts the display of something that has `total` parts. The more displays
 * there are at once, the less often each is updated.
 *
 * @param options.now milliseconds, from any start
 */
export function startProgress(
  label: string,
  total: number,
  options: { quiet?: boolean; terminal?: boolean; now?: () => number } = {},
): ShownProgress {
  if (options.quiet) return SILENT;
  const terminal = options.terminal ?? Deno.stderr.isTerminal();
  const now = options.now ?? (() => performance.now());
  const started = now();
  const every = terminal ? REDRAW_EVERY_MS : LINE_EVERY_MS;
  let last = terminal ? -Infinity : started;
  const row = new Bar();
  return {
    update(done, note) {
      const time = now();
      if (time - last < every * shown.size) return;
      last = time;
      const left = formatDuration((time - started) * (total - done) / done);
      const text = `${done}/${total}  ${done === 0 ? "" : `${left} left, `}` +
        note;
      if (!terminal) return say(`${label}  ${text}`);
      row.draw(`${label} ${barOf(done / total)} ${text}`);
    },
    end(note) {
      row.remove();
      say(`${label}  ${note} in ${formatDuration(now() - started)}`);
    },
    [Symbol.dispose]: () => row[Symbol.dispose](),
  };
}

/** The terms of an ELBO, short. @param of such as a minibatch */
export function formatTerms(of: string, { elbo, kl }: Terms): string {
  return `${of} ELBO ${elbo.toFixed(2)}, KL ${kl.toFixed(2)} nats`;
}

/** A bar of which a part is full. */
export function barOf(fraction: number): string {
  const full = Math.round(BAR_WIDTH * Math.min(fraction, 1));
  return `[${"=".repeat(full)}${" ".repeat(BAR_WIDTH - full)}]`;
}

/** Such as "1 min 5 s", or "2 h 3 min". */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes} min ${seconds % 60} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/**
 * A display for the stages of one thing, one after the other, each of which
 * has parts of its own.
 */
export function stageProgress(
  label: string,
  unit: string,
  options: { quiet?: boolean } = {},
): (stage: string, done: number, total: number) => void {
  let current: { stage: string; progress: Progress } | undefined;
  return (stage, done, total) => {
    if (current?.stage !== stage) {
      const progress = startProgress(`${label}  ${stage}`, total, options);
      current = { stage, progress };
    }
    current.progress.update(done, unit);
    if (done === total) current.progress.end("done");
  };
}

/** A display for downloads, one file after the other, in megabytes. */
export function downloadProgress(): (
  file: string,
  received: number,
  total: number | undefined,
) => void {
  let current: { file: string; progress: Progress } | undefined;
  return (file, received, total = received) => {
    if (current?.file !== file) {
      const progress = startProgress(`download ${file}`, megabytes(total));
      current = { file, progress };
    }
    current.progress.update(megabytes(received), "MB");
    if (received === total) current.progress.end("done");
  };
}

function megabytes(bytes: number): number {
  return Math.ceil(bytes / 1e6);
}
