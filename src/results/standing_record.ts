/** Records of runs that are repeated: they stay where the bytes are the same. */

import { isDeepStrictEqual } from "node:util";
import { readBytes, readText, unless } from "../files.ts";
import { writeAtomically } from "./files.ts";
import { identityOf } from "./identity.ts";
import { type Hashes, sha256Of } from "./outputs.ts";
import { type EndedRun, readRunJson, type RunJson } from "./run_json.ts";

/**
 * The text of the run.json in a run's place, where it holds for a repetition,
 * too: one of the same config, data and script that gave the same outputs. It
 * says who first made these bytes, from a commit as it was. What came to the
 * run later, such as evaluations, is then as true as before, and copied.
 *
 * @param place the run's folder
 * @param partial where the repetition is
 * @returns null: there is none, or it does not hold
 * @throws {UserError} it is damaged
 */
export async function standingRecord(
  place: string,
  partial: string,
  run: EndedRun,
  outputs: Hashes,
): Promise<string | null> {
  const old = await readRunJson(place);
  if (old === null || !isClean(old) || !isSameRun(old, run)) return null;
  for (const [name, hash] of Object.entries(outputs)) {
    const there = old.outputs?.[name] ??
      await unless(["ENOENT"], sha256Of(`${place}/${name}`));
    // Of long runs git keeps no train.csv.
    const isLeftOut = there === null && name === "train.csv";
    if (there !== hash && !isLeftOut) return null;
  }
  const text = await readText(`${place}/run.json`);
  for (const [name, hash] of Object.entries(old.outputs ?? {})) {
    if (name in outputs) continue;
    const path = `${place}/${name}`;
    if (await unless(["ENOENT"], sha256Of(path)) !== hash) return null;
    await writeAtomically(`${partial}/${name}`, await readBytes(path));
  }
  return text;
}

/** Whether the source was what a commit has. */
function isClean({ git, script }: RunJson): boolean {
  return git.dirty === false && (script?.dirty ?? false) === false;
}

function isSameRun(old: RunJson, run: EndedRun): boolean {
  const keys = ["experiment", "run", "status", "error", "config"] as const;
  return keys.every((key) => isDeepStrictEqual(old[key], run[key])) &&
    old.data.sha256 === run.data.sha256 &&
    (old.toolkit === undefined || old.script === undefined ||
      identityOf({ toolkit: old.toolkit, script: old.script }).script ===
        identityOf(run).script);
}
