/**
 * What is fuzzed: whatever readers and command lines are given, they take it or
 * refuse it in one printable line, soon, and in little memory.
 */

import { assert } from "@std/assert";
import fc from "fast-check";
import { cpuUsage } from "node:process";
import { MachineError, UserError } from "../../src/errors.ts";
import { printable } from "../../src/text.ts";
import { ROOT } from "../experiments/command.ts";
import { nearly } from "./mutations.ts";

/** Seconds of the processor, and bytes, that an input may take. */
const [MOST_SECONDS, MOST_BYTES] = [1, 500e6];

/** Something that is given inputs. */
type Given = fc.IAsyncProperty<[unknown]>;

/** What is fuzzed, and its part of all inputs. */
export interface Subject {
  readonly weight: number;
  /** Prepares it in a folder of its own, which is the current one. */
  readonly prepare: (folder: string) => Given | Promise<Given>;
}

/** Checks how a reader takes an input. */
async function check(read: () => unknown): Promise<void> {
  const [begin, bytes] = [cpuUsage(), Deno.memoryUsage().rss];
  try {
    await read();
  } catch (error) {
    const isSaid = error instanceof UserError || error instanceof MachineError;
    if (!isSaid) throw error;
    const line = printable(error.message);
    assert(line !== "" && !/\p{Cc}/u.test(line) && line.length < 4000, line);
  }
  const { user, system } = cpuUsage(begin);
  const seconds = (user + system) / 1e6;
  assert(seconds < MOST_SECONDS, `${seconds} s`);
  const more = Deno.memoryUsage().rss - bytes;
  assert(more < MOST_BYTES, `${more} bytes`);
}

/** A reader, and what it is given. */
export function given<T>({ inputs, read }: {
  readonly inputs: fc.Arbitrary<T>;
  readonly read: (input: T) => unknown;
}): Given {
  const property = fc.asyncProperty(
    inputs,
    (input) => check(() => read(input)),
  );
  return property as fc.IAsyncProperty<[unknown]>;
}

/** What is fuzzed so. */
export const subject = (
  weight: number,
  prepare: Subject["prepare"],
): Subject => ({
  weight,
  prepare,
});

/** The bytes of a text. */
export const encoded = (text: string) => new TextEncoder().encode(text);

/** A committed run. */
export const RUN: string = `${ROOT}results/latent-sweep/glyphs-z2-L1-seed1`;

/** A committed run, its files cut to a few rows. */
export async function copyRun(
  folder: string,
): Promise<Record<string, Uint8Array>> {
  await Deno.mkdir(folder, { recursive: true });
  const files: Record<string, Uint8Array> = {};
  for (const { name } of Deno.readDirSync(RUN)) {
    if (!/\.(csv|json)$/.test(name)) continue;
    const text = await Deno.readTextFile(`${RUN}/${name}`);
    const kept = name.endsWith(".csv")
      ? text.split("\n").slice(0, 6).join("\n") + "\n"
      : text;
    await Deno.writeTextFile(`${folder}/${name}`, kept);
    files[name] = encoded(kept);
  }
  return files;
}

/** A reader of one file, which is a few bytes off from a right one. */
export function file(
  weight: number,
  name: string,
  read: (path: string, folder: string) => unknown,
  files: () => Uint8Array[] | Promise<Uint8Array[]>,
): Subject {
  return subject(weight, async (folder) =>
    given({
      inputs: nearly(await files()),
      read: async (bytes) => {
        await Deno.writeFile(`${folder}/${name}`, bytes);
        await read(`${folder}/${name}`, folder);
      },
    }));
}
