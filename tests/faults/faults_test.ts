import { withFolder } from "../data/helpers.ts";
import {
  buildPreload,
  type Fault,
  type Subject,
  SUBJECTS,
  Trial,
  writeAtOnce,
} from "./faults.ts";

const folder = await Deno.makeTempDir({ prefix: "elbo-lab-" });
const preload = await buildPreload(folder);
globalThis.addEventListener(
  "unload",
  () => Deno.removeSync(folder, { recursive: true }),
);

/** Registers a test of some faults; `deno task faults` tries all. */
function testFaults(
  name: string,
  subject: Subject,
  choose: (faults: readonly Fault[]) => Fault[],
): void {
  const isBuilt = "library" in preload;
  Deno.test({
    name: isBuilt ? name : `${name} [ignored: ${preload.reason}]`,
    ignore: !isBuilt,
    fn: () =>
      withFolder(async (folder) => {
        if (!isBuilt) return;
        const trial = await Trial.of(subject, preload.library, folder);
        for (const fault of choose(trial.faults())) await trial.disturb(fault);
      }),
  });
}

/** Every n-th, from the one in the middle. */
const every = (n: number) => (faults: readonly Fault[]) =>
  faults.filter((_, i) => i % n === Math.floor(n / 2));

testFaults(
  "a run that is disturbed and made again has the bytes of one that was not",
  SUBJECTS.small,
  every(13),
);

testFaults(
  "a run that is made anew, disturbed and given again, is whole",
  SUBJECTS["small --fresh"],
  every(13),
);

testFaults(
  "what a killed process left is put in order, over another fault",
  SUBJECTS["small after a kill"],
  (faults) => every(7)(faults.filter(({ at }) => at <= 12)),
);

testFaults(
  "a sweep that is killed before its summary is made heals when given again",
  SUBJECTS.sweep,
  (faults) => faults.filter(({ kind }) => kind === "kill").slice(-25, -24),
);

Deno.test("processes that add runs to one experiment at once lose none", () =>
  writeAtOnce(2, 1, "one run each"));
