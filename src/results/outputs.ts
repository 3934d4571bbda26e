/** The files that a run gave, and their hashes, which run.json has. */

import { createHash } from "node:crypto";
import { entriesOf, OpenFile, readText } from "../files.ts";
import { PARTIAL, writeAtomically } from "./files.ts";
import { MADE_JSON } from "./run_json.ts";

/** SHA-256 in hex, by the name of a file. */
export type Hashes = Readonly<Record<string, string>>;

/** A run's rows of training, which all that comes to it later is made from. */
export const ROWS = ["train.csv", "eval.csv"];

/**
 * Whether a file of a run, or of an experiment, is an output: the record has
 * the hashes of the others, made.json and checkpoints are of the machine that
 * made them, and the rest is on its way.
 */
export function isOutput(name: string): boolean {
  return name !== "run.json" && name !== MADE_JSON && !name.startsWith(".") &&
    !name.endsWith(".safetensors") && !name.endsWith(PARTIAL);
}

/** The hashes of a run's outputs. @throws {UserError} one cannot be read */
export async function hashOutputs(folder: string): Promise<Hashes> {
  const hashes: [string, string][] = [];
  for (const { name, isFile } of await entriesOf(folder)) {
    if (!isFile || !isOutput(name)) continue;
    hashes.push([name, await sha256Of(`${folder}/${name}`)]);
  }
  return sorted(hashes);
}

/**
 * Adds the hashes of files that came to a run later to its run.json; nothing
 * where that is of a version without hashes. The caller holds the run's lock.
 */
export async function addOutputs(
  folder: string,
  names: readonly string[],
  remedy: string,
): Promise<void> {
  const path = `${folder}/run.json`;
  const { outputs, ...json } = JSON.parse(await readText(path));
  if (outputs === undefined) return;
  const hashes = Object.entries<string>(outputs)
    .filter(([name]) => !names.includes(name));
  for (const name of names) {
    hashes.push([name, await sha256Of(`${folder}/${name}`)]);
  }
  const text = runJsonText({ ...json, outputs: sorted(hashes) });
  await writeAtomically(path, text, remedy);
}

/** The text of run.json. */
export function runJsonText(json: object): string {
  return JSON.stringify(json, null, 2) + "\n";
}

/** Hashes in the order of their names. */
export function sorted(hashes: [string, string][]): Hashes {
  return Object.fromEntries(hashes.sort(([a], [b]) => a < b ? -1 : 1));
}

/** Bytes that are read at once. */
const BLOCK = 2 ** 18;

/** The SHA-256 of a file of any size, in hex. @throws {UserError} unreadable */
export async function sha256Of(path: string): Promise<string> {
  using file = await OpenFile.toRead(path);
  const hash = createHash("sha256");
  for (let start = 0;; start += BLOCK) {
    const bytes = await file.readAt(start, BLOCK);
    hash.update(bytes);
    if (bytes.length < BLOCK) return hash.digest("hex");
  }
}
