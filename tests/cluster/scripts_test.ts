import {
  assert,
  assertEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { Job } from "kubernetes-models/batch/v1/Job";
import { readFlags } from "../../src/cli/read_flags.ts";
import { requestOf } from "../../src/cli/request.ts";
import {
  arraysOf,
  cellsScript,
  rangesOf,
  type Start,
} from "../../src/cli/cluster/batch_script.ts";
import { indexedJob, parallelLines } from "../../src/cli/cluster/elsewhere.ts";
import { ownArgs } from "../../src/cli/cluster/experiment_script.ts";
import { planOf, runsInQueue } from "../../src/cli/cluster/send.ts";
import { sweepOf } from "../../src/cli/cluster/sweep_file.ts";
import { UserError } from "../../src/errors.ts";

const { runs } = requestOf(readFlags(["--latent", "2,3,4", "--seed", "1,2"]));
const ABOUT = { experiment: "my sweep", folder: "/a b/my sweep", command: "x" };
const SWEEP = sweepOf(runs, ABOUT);
const names = runs.map(({ name }) => name);
const START: Start = {
  ...{ start: "/a b", user: "/it's", env: { DENO_V8_FLAGS: "--x" } },
  command: ["/bin/deno", "run", "--allow-read", "/a b/script.ts"],
  flags: ["--seed", "1,2", "--check", "--out", "m n"],
};

Deno.test("cells are arrays of indices below the limit", () => {
  const cells = [0, 1, 2, 5, 1000, 1001, 1003, 3007];
  assertEquals(arraysOf(cells, 1001), [
    { offset: 0, indices: [0, 1, 2, 5, 1000] },
    { offset: 1001, indices: [0, 2] },
    { offset: 3003, indices: [4] },
  ]);
  assertEquals(rangesOf([0, 1, 2, 5, 7, 8]), "0-2,5,7-8");
});

Deno.test("a script says how many runs and chunks it is of", () => {
  const said = (count: number, of: number) =>
    cellsScript(sweepOf(runs.slice(0, count), ABOUT), START, {
      ...{ array: { offset: 0, indices: [0] }, of, throttle: undefined },
      resources: { sbatch: [] },
    });
  assertStringIncludes(said(1, 1), "cells of 1 run in 1 chunk.");
  assertStringIncludes(said(6, 2), "cells of 6 runs in 2 chunks.");
});

Deno.test("what is finished or in the queue is not sent, in chunks or alone", () => {
  const plan = (of: number, finished: number[], inQueue: number[]) => {
    const some = (which: number[]) => new Set(which.map((i) => names[i]!));
    const state = { finished: some(finished), inQueue: some(inQueue) };
    return planOf(SWEEP.runs, of, state);
  };
  assertEquals(plan(6, [0, 3], [1, 4]), { cells: [2, 5], missing: 2, held: 0 });
  assertEquals(plan(3, [0], []), { cells: [0, 1, 2], missing: 5, held: 0 });
  assertEquals(plan(3, [0, 1], []), { cells: [1, 2], missing: 4, held: 0 });
  // Run 2 waits alone for run 3, which is in the queue.
  assertEquals(plan(3, [], [3]), { cells: [0, 2], missing: 4, held: 1 });
  assertEquals(plan(1, [0, 1, 2, 3, 4, 5], []).cells, []);
});

Deno.test("squeue's jobs are runs, also of other chunks and another sweep", () => {
  const other = sweepOf(runs.slice(1, 3), ABOUT);
  assert(other.id !== SWEEP.id);
  const job = (sweep: string, index: number, of: number) => ({
    ...{ sweep, cell: { index, of }, job: `7_${index}` },
    ...{ isRunning: false, reason: "None" },
  });
  const jobs = [
    job(SWEEP.id, 2, 3),
    job(other.id, 0, 2),
    job("00000000", 0, 6),
    { ...job(SWEEP.id, 0, 6), cell: undefined },
  ];
  const found = runsInQueue([SWEEP, other], jobs);
  assertEquals([...found.keys()], [names[4], names[5], names[1]]);
});

/** What a shell makes of a script that prints its command. */
async function wordsOf(script: string, env: Record<string, string> = {}) {
  const told = script
    .replace(/^cd .*$/m, "")
    .replace(/^exec .*?(?= \S*deno )/m, "exec")
    .replace(/^exec/m, "printf '%s\\n'");
  const { stdout } = await new Deno.Command("sh", {
    args: ["-c", told],
    env,
    stdin: "null",
  }).output();
  return new TextDecoder().decode(stdout).trimEnd().split("\n");
}

Deno.test("a batch script gives the script its words, whatever is in them", async () => {
  const script = cellsScript(SWEEP, START, {
    array: { offset: 1001, indices: [0, 1] },
    of: 2000,
    resources: { sbatch: ["--account=me"], cpus: 2, mem: "4G" },
    throttle: 5,
  });
  const { command } = START;
  assertEquals(await wordsOf(script, { SLURM_ARRAY_TASK_ID: "7" }), [
    ...[...command, "--seed", "1,2", "--out", "m n"],
    ...["--sweep-file", `${SWEEP.jobs}/sweep.json`, "--cell", "1008/2000"],
  ]);
  const directives = script.split("\n").filter((line) => /^#SB/.test(line));
  assertEquals(directives, [
    `#SBATCH --job-name=my-sweep.${SWEEP.id}.1001.2000`,
    "#SBATCH --array=0-1%5",
    "#SBATCH --nodes=1",
    "#SBATCH --ntasks=1",
    "#SBATCH --mem=4G",
    `#SBATCH --output="${SWEEP.jobs}/logs/%x-%a.log"`,
    "#SBATCH --cpus-per-task=2",
    "#SBATCH --requeue",
    "#SBATCH --account=me",
  ]);
  assert(script.includes("\nexport INIT_CWD='/it'\\''s'\n"), script);
});

/** Copies of a value, each with one wrong type in it, and where that is. */
function* misshapen(value: unknown): Generator<[path: string, copy: unknown]> {
  if (typeof value !== "object" || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    const copyWith = (wrong: unknown) =>
      Object.assign(structuredClone(value), { [key]: wrong });
    yield [key, copyWith(true)]; // none is a boolean
    for (const [path, wrong] of misshapen(inner)) {
      yield [`${key}.${path}`, copyWith(wrong)];
    }
  }
}

Deno.test("a manifest is one that Kubernetes' schema knows, to each field", () => {
  const pod = { image: "denoland/deno:2.9.6", claim: "work", mount: "/work" };
  const job = indexedJob(SWEEP, START, {
    ...{ of: 3, throttle: 2, pod },
    resources: { cpus: 2, mem: "4G" },
  });
  const check = (job: unknown) =>
    new Job(job as ConstructorParameters<typeof Job>[0]).validate();
  check(job);
  // A field that the schema does not know could be of any type.
  const { apiVersion, kind, ...rest } = job as Record<string, unknown>;
  assertEquals([apiVersion, kind], ["batch/v1", "Job"]);
  const wrong = [...misshapen(rest)];
  assert(wrong.length > 40, `${wrong.length} fields`);
  const unknown = wrong.filter(([, job]) => {
    try {
      check(job);
      return true;
    } catch {
      return false;
    }
  });
  assertEquals(unknown.map(([path]) => path), []);
});

Deno.test("GNU parallel's line has a place for the cell", () => {
  const [cd, cells, gather] = parallelLines(START, {
    ...{ of: 3, throttle: 2, resources: {} },
  });
  assertEquals(cd, "cd '/a b'");
  assert(cells!.startsWith("seq 0 2 | parallel --quote --jobs 2 env "), cells);
  assert(cells!.endsWith(" --seed 1,2 --out 'm n' --cell {}/3"), cells);
  assert(gather!.endsWith(" --check --out 'm n' --gather"), gather);
});

Deno.test("flags are submit's or the experiment's, and near ones are named", () => {
  const flags = { time: ["TIME", ""], "dry-run": ["", ""] } as const;
  assertEquals(
    ownArgs(
      [
        "--time",
        "5",
        "--seed",
        "1",
        "--dry-run",
        "exp:x",
        "--time=7",
        "--help",
      ],
      flags,
    ),
    {
      own: ["--time", "5", "--dry-run", "--time=7", "--help"],
      rest: ["--seed", "1", "exp:x"],
    },
  );
  assertThrows(
    () => ownArgs(["--tme", "5"], flags),
    UserError,
    "--tme: no such flag; did you mean --time?",
  );
});
