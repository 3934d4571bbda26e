/** What stays of a run whose place a repetition takes. */

import { isDeepStrictEqual } from "node:util";
import {
  entriesOf,
  makeFolder,
  readBytes,
  readText,
  targetOf,
  unless,
} from "../files.ts";
import { isCheckpoint } from "./checkpoint.ts";
import { PARTIAL, writeAtomically } from "./files.ts";
import { identityOf } from "./identity.ts";
import { type Hashes, isOutput, ROWS, sha256Of } from "./outputs.ts";
import {
  type EndedRun,
  MADE_JSON,
  readRunJson,
  type RunJson,
} from "./run_json.ts";

/** What a run's source.patch and script.patch are called. */
export const PATCHES = ["source.patch", "script.patch"];

/** What stays of a run. */
export interface Standing {
  /**
   * the text of its run.json, where that holds for the repetition, too: one of
   * the same config, data and script, in the same places, that gave the same
   * outputs. It says who first made these bytes, from a commit as it was.
   */
  readonly text: string | null;
  /** of files that came to the run later and were copied, as recorded */
  readonly later: Hashes;
  /** such files that do not stay: they are of another training */
  readonly dropped: readonly string[];
}

/**
 * Copies what came to a run later, such as evaluations and notes, to its
 * repetition: it is as true as before where the training gave the same bytes.
 *
 * @param place the run's folder
 * @param partial where the repetition is
 * @param outputs of the repetition
 * @throws {UserError} the record is damaged, or a file cannot be copied
 */
export async function keepStanding(
  place: string,
  partial: string,
  run: EndedRun,
  outputs: Hashes,
): Promise<Standing> {
  const old = await readRunJson(place);
  if (old === null) return { text: null, later: {}, dropped: [] };
  const names = (await entriesOf(place)).map(({ name }) => name)
    .filter((name) => isLater(name) && !(name in outputs)).sort();
  if (!await isSameTraining(place, old, outputs)) {
    return { text: null, later: {}, dropped: names };
  }
  const later: [string, string][] = [];
  for (const name of names) {
    const [from, to] = [`${place}/${name}`, `${partial}/${name}`];
    await copy(from, to);
    // What is not as its record says does not become so.
    const isUnrecorded = old.outputs === undefined && isOutput(name) &&
      await isFile(from);
    const hash = isUnrecorded ? await sha256Of(to) : old.outputs?.[name];
    if (hash !== undefined) later.push([name, hash]);
  }
  const stands = isClean(old) && isSameRun(old, run) &&
    await areSame(place, old, outputs) &&
    Object.keys(old.outputs ?? {}).every((name) =>
      name in outputs || names.includes(name)
    );
  return {
    text: stands ? await readText(`${place}/run.json`) : null,
    later: Object.fromEntries(later),
    dropped: [],
  };
}

/** Whether a file of a run may have come later: no process writes it anew. */
function isLater(name: string): boolean {
  return name !== "run.json" && name !== MADE_JSON &&
    !PATCHES.includes(name) && !isCheckpoint(name) && !name.endsWith(PARTIAL);
}

async function isFile(path: string): Promise<boolean> {
  return (await targetOf(path))?.isFile ?? false;
}

/** Copies a file, or a folder with all that is in it. */
async function copy(from: string, to: string): Promise<void> {
  const stat = await targetOf(from);
  if (stat?.isFile) {
    return await writeAtomically(to, await readBytes(from, { most: Infinity }));
  }
  if (!stat?.isDirectory) return;
  await makeFolder(to);
  for (const { name } of await entriesOf(from)) {
    await copy(`${from}/${name}`, `${to}/${name}`);
  }
}

async function isSameTraining(
  place: string,
  old: RunJson,
  outputs: Hashes,
): Promise<boolean> {
  const rows = Object.entries(outputs).filter(([name]) => ROWS.includes(name));
  return await areSame(place, old, Object.fromEntries(rows));
}

/** Whether the outputs of a repetition are those of the run. */
async function areSame(
  place: string,
  old: RunJson,
  outputs: Hashes,
): Promise<boolean> {
  for (const [name, hash] of Object.entries(outputs)) {
    const there = old.outputs?.[name] ??
      await unless(["ENOENT"], sha256Of(`${place}/${name}`));
    // Of long runs git keeps no train.csv.
    const isLeftOut = there === null && name === "train.csv";
    if (there !== hash && !isLeftOut) return false;
  }
  return true;
}

/** Whether the source was what a commit has. */
function isClean({ git, script }: RunJson): boolean {
  return git.dirty === false && (script?.dirty ?? false) === false;
}

function isSameRun(old: RunJson, run: EndedRun): boolean {
  const keys = ["experiment", "run", "status", "error", "config"] as const;
  return keys.every((key) => isDeepStrictEqual(old[key], run[key])) &&
    (["sha256", "path", "files"] as const).every((key) =>
      isDeepStrictEqual(old.data[key], run.data[key])
    ) &&
    (old.toolkit === undefined || old.script === undefined ||
      old.script.path === run.script.path &&
        identityOf({ toolkit: old.toolkit, script: old.script }).script ===
          identityOf(run).script);
}
