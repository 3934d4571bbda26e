/** Sweeps: their files, what sends them to a cluster, and what finds changes. */

import fc from "fast-check";
import { axisOfSweep } from "../../src/cli/axes.ts";
import { bisect } from "../../src/cli/bisect.ts";
import { jobsOf } from "../../src/cli/cluster/slurm.ts";
import { printStanding, status } from "../../src/cli/cluster/status.ts";
import { submit } from "../../src/cli/cluster/submit.ts";
import { checkListed, sweepOf } from "../../src/cli/cluster/sweep_file.ts";
import { readFlags, valuedFlags } from "../../src/cli/read_flags.ts";
import { requestOf } from "../../src/cli/request.ts";
import type { Script } from "../../src/cli/run_script.ts";
import { commit, init } from "../compare/results.ts";
import { sha256 } from "../data/helpers.ts";
import { nearly, nearlyJson } from "./mutations.ts";
import {
  copyRun,
  encoded,
  file,
  given,
  type Subject,
  subject,
} from "./subject.ts";
import { task } from "./task.ts";

const SCRIPT: Script = {
  experiment: "latent-sweep",
  path: "latent_sweep.ts",
  request: (args) => requestOf(readFlags(args)),
};

/** Nothing is sent: there may be a real Slurm. */
function rehearsed(args: readonly string[]): readonly string[] {
  const isElsewhere = args.some((arg, i) =>
    /^(--on=)?(parallel|kubernetes)$/.test(arg) &&
    (arg.startsWith("--on=") || args[i - 1] === "--on")
  );
  return isElsewhere ? args : ["--dry-run", ...args];
}

/** A sweep of three runs that was sent from a folder. */
function sent(folder: string) {
  const { runs } = requestOf(readFlags(["--seed", "1-3", "--latent", "2"]));
  const about = { experiment: "e", folder: `${folder}/e`, command: "submit" };
  return sweepOf(runs, about);
}

/** The content of a sweep's file, with the hash that it has then. */
async function signed(text: string): Promise<string> {
  const json = JSON.parse(text);
  if (typeof json !== "object" || json === null) return text;
  const hash = await sha256(encoded(text));
  return JSON.stringify({ ...json, sha256: hash });
}

/** What submit wrote, squeue says and jobs said. */
const standing: Subject = subject(4, async (folder) => {
  const { id, jobs, ...content } = sent(folder);
  const log = `e.${id}.0.3-1.log`;
  await Deno.mkdir(`${jobs}/logs`, { recursive: true });
  const queue = [
    `e.${id}.0.3|12_0|0|RUNNING|None\ne.${id}.0.3|12_2|2|PENDING|Priority\n`,
    `e.${id}.gather|13|N/A|PENDING|Dependency\nother|1|N/A|RUNNING|None\n`,
  ];
  return given({
    inputs: fc.record({
      json: fc.oneof(fc.constant(JSON.stringify(content)), nearlyJson(content)),
      queue: nearly(queue.map(encoded)),
      said: nearly([encoded("error: a\nb: step 3 of 4\n")]),
      isJson: fc.boolean(),
    }),
    read: async ({ json, queue, said, isJson }) => {
      await Deno.writeTextFile(`${jobs}/sweep.json`, await signed(json));
      await Deno.writeFile(`${jobs}/logs/${log}`, said);
      const listed = jobsOf(new TextDecoder().decode(queue));
      await printStanding(
        { folders: ["."], json: isJson },
        () => Promise.resolve(listed),
      );
    },
  });
});

/** A repository with three commits, none of which can train. */
async function prepareRepository(folder: string): Promise<void> {
  await init(folder);
  await Deno.writeTextFile(`${folder}/deno.json`, '{"lock":false}');
  for (const text of ["1", "2", "3"]) {
    await Deno.writeTextFile(`${folder}/version`, text);
    await commit(folder, text);
  }
  await copyRun(`${folder}/e/r`);
}

/** Of sweeps, by name. */
export const SWEEPS: Readonly<Record<string, Subject>> = {
  "a file of settings": file(
    4,
    "sweep.csv",
    (path) => requestOf(readFlags(["--sweep", `@${path}`])),
    () =>
      [
        "latent,seed\n2,1\n5,2\n",
        'beta,hidden\r\n1,"200,200"\r\n,10\r\n',
        "steps,free-bits,objective\n10,0.5,elbo\n20,,\n",
      ].map(encoded),
  ),
  "values of a setting": subject(4, () => {
    const flags = [...valuedFlags().keys(), "nope"];
    const values = fc.oneof(
      fc.constantFrom("1,2", "1-3", "1;2", "5-1", "1-99999", "0-1e9", "", ","),
      fc.constantFrom("1-9007199254740991", "9".repeat(400), "1,,2", "a-b"),
      fc.string(),
    );
    return given({
      inputs: fc.tuple(fc.constantFrom(...flags), values),
      read: ([flag, text]) => axisOfSweep(`${flag}=${text}`, () => true),
    });
  }),
  "submit": task(
    2,
    () =>
      Promise.resolve((args: readonly string[]) =>
        submit(args.includes("--help") ? args : rehearsed(args), SCRIPT)
      ),
  ),
  "status": task(1, () => Promise.resolve(status)),
  "a sweep's file": file(
    2,
    "sweep.json",
    (path) => checkListed(path, sent("/").runs),
    async () => {
      const { id: _, jobs: __, ...content } = sent("/");
      return [encoded(await signed(JSON.stringify(content)))];
    },
  ),
  "where sweeps stand": standing,
  "bisect": task(0.5, () => Promise.resolve(bisect), {
    prepare: prepareRepository,
    words: ["e/r", "e", "none"],
  }),
  "the run of a bisect": subject(0.5, async (folder) => {
    await prepareRepository(folder);
    const path = `${folder}/e/r/run.json`;
    const json = JSON.parse(await Deno.readTextFile(path));
    return given({
      inputs: nearlyJson(json),
      read: async (text) => {
        await Deno.writeTextFile(path, text);
        await bisect(["e/r", "--good", "HEAD~2"]);
      },
    });
  }),
};
