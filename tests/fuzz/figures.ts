/** Figures, tables and pages of runs: their command lines, and the runs. */

import fc from "fast-check";
import { plot } from "../../src/cli/plot.ts";
import { table } from "../../src/cli/table.ts";
import { report } from "../../src/cli/web/report.ts";
import { saidBy } from "../cli/said.ts";
import { nearly, nearlyJson } from "./mutations.ts";
import { copyRun, encoded, given, type Subject, subject } from "./subject.ts";
import { copyRuns, task } from "./task.ts";

/** Two seeds, of which the second is damaged, and what a killed run left. */
async function prepare(folder: string): Promise<void> {
  await copyRuns(folder);
  await copyRun(`${folder}/f/r`);
  // What a first figure loads counts for none that follows.
  await saidBy(() => plot(["e"]));
  await saidBy(() => report(["e", "--out", "first.html"]));
}

const WORDS = {
  words: ["e", "e/r", "f", "none", "--x", "latent_dim", "step", "elbo,kl"],
};

/** A run with one file that is nearly right, beside another. */
function ofRuns(weight: number, read: () => unknown): Subject {
  return subject(weight, async (folder) => {
    await prepare(folder);
    const files = await copyRun(`${folder}/f/s`);
    const json = JSON.parse(new TextDecoder().decode(files["run.json"]));
    const names = ["run.json", "eval.csv", "train.csv"];
    return given({
      inputs: fc.oneof(
        fc.constantFrom(...names).chain((name) =>
          nearly([files[name]!]).map((bytes) => ({ name, bytes }))
        ),
        nearlyJson(json).map((text) => ({
          name: "run.json",
          bytes: encoded(text),
        })),
      ),
      read: async ({ name, bytes }) => {
        const path = `${folder}/f/s/${name}`;
        await Deno.writeFile(path, bytes);
        try {
          await read();
        } finally {
          await Deno.writeFile(path, files[name]!);
        }
      },
    });
  });
}

/** Figures, tables and pages, by name. */
export const FIGURES: Readonly<Record<string, Subject>> = {
  "plot": task(2, () => Promise.resolve(plot), { prepare, ...WORDS }),
  "table": task(2, () => Promise.resolve(table), { prepare, ...WORDS }),
  "report": task(0.5, () => Promise.resolve(report), { prepare, ...WORDS }),
  "runs of a page": ofRuns(0.3, () => report(["f", "--out", "page.html"])),
  "runs of a figure": ofRuns(1, () => plot(["f", "--y", "elbo,kl"])),
  "runs of a table": ofRuns(2, () => table(["f", "--columns", "steps,elbo"])),
};
