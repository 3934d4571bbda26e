/** Progress on stderr: a bar on a terminal, else a line every few seconds. */

import type { Terms } from "../train/loop.ts";

const BAR_WIDTH = 24;
const LINE_EVERY_MS = 5000;
const REDRAW_EVERY_MS = 100;

/** The progress of one thing that has a known end. */
export interface Progress {
  /** @param done of the total; @param note what else there is to say */
  update(done: number, note: string): void;
  /** Leaves a last line. */
  end(note: string): void;
}

const encoder = new TextEncoder();

function write(text: string): void {
  Deno.stderr.writeSync(encoder.encode(text));
}

/** Writes a line to stderr. */
export function say(line: string): void {
  write(`${line}\n`);
}

/** Nothing at all, for `--quiet`. */
const SILENT: Progress = { update: () => {}, end: () => {} };

/**
 * Starts the display of something that has `total` parts.
 *
 * @param options.now milliseconds, from any start
 */
export function startProgress(
  label: string,
  total: number,
  options: { quiet?: boolean; terminal?: boolean; now?: () => number } = {},
): Progress {
  if (options.quiet) return SILENT;
  const terminal = options.terminal ?? Deno.stderr.isTerminal();
  const now = options.now ?? (() => performance.now());
  const started = now();
  let shown = terminal ? -Infinity : started;
  return {
    update(done, note) {
      const time = now();
      if (time - shown < (terminal ? REDRAW_EVERY_MS : LINE_EVERY_MS)) return;
      shown = time;
      const left = done === 0
        ? ""
        : `, ${formatDuration((time - started) * (total - done) / done)} left`;
      const text = `${done}/${total}  ${note}${left}`;
      if (terminal) write(`\r\x1b[K${label} ${bar(done / total)} ${text}`);
      else say(`${label}  ${text}`);
    },
    end(note) {
      write(terminal ? "\r\x1b[K" : "");
      say(`${label}  ${note} in ${formatDuration(now() - started)}`);
    },
  };
}

/** The terms of a minibatch's ELBO, short. */
export function formatTerms({ elbo, kl }: Terms): string {
  return `ELBO ${elbo.toFixed(2)}, KL ${kl.toFixed(2)} nats, minibatch`;
}

function bar(fraction: number): string {
  const full = Math.round(BAR_WIDTH * Math.min(fraction, 1));
  return `[${"=".repeat(full)}${" ".repeat(BAR_WIDTH - full)}]`;
}

/** Such as "1 min 5 s". */
export function formatDuration(milliseconds: number): string {
  const whole = Math.round(milliseconds / 1000);
  return whole < 60
    ? `${whole} s`
    : `${Math.floor(whole / 60)} min ${whole % 60} s`;
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
