/** Runs subjects on inputs of fast-check, in a folder that is theirs. */

import fc from "fast-check";
import { withFolder } from "../data/helpers.ts";
import type { Subject } from "./subject.ts";
import { SUBJECTS } from "./subjects.ts";

/** How much, and from where. */
export interface Amount {
  readonly inputs: number;
  readonly seed: number;
}

/**
 * Gives inputs to a subject. What it prints is thrown away.
 *
 * @throws {Error} one of them was not taken as it should: fast-check names the
 *   smallest that it found
 */
export async function fuzz(
  subject: Subject,
  { inputs, seed }: Amount,
): Promise<void> {
  const streams = [Deno.stdout, Deno.stderr] as const;
  const writers = streams.map(({ writeSync }) => writeSync);
  const stands = Deno.cwd();
  await withFolder(async (folder) => {
    // Nothing is beside it, so that `..` leads to nobody's runs.
    const here = `${folder}/here`;
    await Deno.mkdir(here);
    Deno.chdir(here);
    try {
      const property = await subject.prepare(here);
      for (const stream of streams) stream.writeSync = ({ length }) => length;
      await fc.assert(property, { numRuns: inputs, seed });
    } finally {
      streams.forEach((stream, i) => stream.writeSync = writers[i]!);
      Deno.chdir(stands);
    }
  });
}

/** The part of so many inputs that each subject gets: at least one. */
export function shares(inputs: number): [name: string, inputs: number][] {
  const all = Object.entries(SUBJECTS);
  const whole = all.reduce((sum, [, { weight }]) => sum + weight, 0);
  return all.map(([name, { weight }]) => [
    name,
    Math.max(1, Math.round(inputs * weight / whole)),
  ]);
}
