/**
 * `deno task faults [SUBJECT...] [--every N]`: disturbs every operation of the
 * commands in every way, or every N-th of those faults, and lets six processes
 * write at once, 50 times. All of it takes two hours on two cores.
 */

import { parseArgs } from "@std/cli";
import { UserError } from "../../src/errors.ts";
import { withFolder } from "../data/helpers.ts";
import { threeAtATime } from "../experiments/command.ts";
import {
  buildPreload,
  type Subject,
  SUBJECTS,
  Trial,
  writeAtOnce,
} from "./faults.ts";

const [WRITERS, ROUNDS] = [6, 50];
const AT_ONCE = ["one run each", "the same run"] as const;

/** Tries every n-th fault of a subject. @returns how many were not cured */
async function tryEvery(
  n: number,
  name: string,
  subject: Subject,
  library: string,
): Promise<number> {
  let wrong = 0;
  await withFolder(async (folder) => {
    const trial = await Trial.of(subject, library, folder, {
      keepsStates: true,
    });
    const faults = trial.faults().filter((_, i) => i % n === 0);
    await threeAtATime(faults.map((fault) => async () => {
      try {
        await trial.disturb(fault);
      } catch (error) {
        wrong += 1;
        console.log((error as Error).message);
      }
    }));
    console.log(
      `${name}: ${trial.operations.length} operations, ` +
        `${faults.length} faults, ${trial.states} states, ${wrong} not cured`,
    );
  });
  return wrong;
}

const { _: names, every } = parseArgs(Deno.args, { string: ["_", "every"] });
const all: Record<string, Subject> = SUBJECTS;
const asked = names.length > 0 ? names : [...Object.keys(all), ...AT_ONCE];
let wrong = 0;
await withFolder(async (folder) => {
  const preload = await buildPreload(folder);
  if ("reason" in preload) throw new UserError(preload.reason);
  for (const name of asked.map(String)) {
    const kind = AT_ONCE.find((kind) => kind === name);
    if (kind === undefined) {
      const subject = all[name];
      if (subject === undefined) throw new UserError(`${name}: no subject`);
      const n = Number(every ?? 1);
      wrong += await tryEvery(n, name, subject, preload.library);
    } else {
      await writeAtOnce(WRITERS, ROUNDS, kind);
      console.log(`${name}: ${WRITERS} writers, ${ROUNDS} rounds, none lost`);
    }
  }
});
if (wrong > 0) Deno.exitCode = 1;
