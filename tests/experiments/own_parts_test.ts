/** Parts of a script: the worked examples, their numbers, and their runs. */

import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertMatch,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { valuedFlags } from "../../src/cli/read_flags.ts";
import { join, relative } from "node:path";
import { field } from "../../src/config/field.ts";
import { integer } from "../../src/config/value.ts";
import { loadDataset } from "../../src/data/load.ts";
import type { MadeDataset } from "../../src/data/own/made.ts";
import { ReferenceEngine } from "../../src/engine/reference.ts";
import { UserError } from "../../src/errors.ts";
import type { OwnActivation } from "../../src/model/activations.ts";
import type { OwnLikelihood } from "../../src/model/likelihood/family.ts";
import { createVae } from "../../src/train/create_vae.ts";
import type { OwnObjective } from "../../src/objective/objective.ts";
import { readRunJson } from "../../src/results/run_json.ts";
import { addParts, type Parts } from "../../src/train/parts.ts";
import type { RunConfig } from "../../src/train/config.ts";
import * as tf from "../../src/tfjs.ts";
import { withFolder } from "../data/helpers.ts";
import { assertGradient, gradientOf } from "../model/derivatives.ts";
import { configOf } from "../train/toys.ts";
import { train } from "../../src/train/loop.ts";
import { Batches } from "../../src/train/batches.ts";
import {
  assertMistake,
  assertQuietSuccess,
  loadScript,
  ROOT,
  runCommand,
  runTask,
  tinyNet,
  words,
} from "./command.ts";

const SCRIPT = "experiments/examples/heavy_tails.ts";
const COMMAND = `deno run -A ${SCRIPT}`;

interface Examples {
  readonly studentT: OwnLikelihood<{ readonly nu: "1" | "2" | "4" }>;
  readonly halfKl: OwnObjective;
  readonly spiked: MadeDataset;
  readonly swish: OwnActivation;
}

const { studentT, halfKl, spiked, swish } = await loadScript<Examples>(SCRIPT);
await tf.setBackend("cpu");

/**
 * scipy.stats.t: logpdf(x, nu, 0.25, 0.5) at x = -1, 0.3, 7, and
 * ppf(u, nu, 0.25, 0.5) at u = 0.01, 0.4, 0.5, 0.975
 */
const SCIPY = {
  "1": [
    [-2.432584174156038, -0.46153303614262275, -5.662434046056215],
    [-15.66025797688698, 0.08754015188354683, 0.25, 6.603102368087347],
  ],
  "2": [
    [-2.472172619959939, -0.35405490254653127, -7.131293116044224],
    [-3.232278367141637, 0.1056624327025936, 0.25, 2.401326364874731],
  ],
  "4": [
    [-2.640140433613097, -0.29392427294824885, -9.889670812801226],
    [-1.6234736939895984, 0.11463885264620119, 0.25, 1.6382225525988967],
  ],
} as const;

const X = [-1, 0.3, 7];
const U = [0.01, 0.4, 0.5, 0.975];

Deno.test("the Student-t example has scipy's density and quantiles", () => {
  for (const nu of ["1", "2", "4"] as const) {
    const [logpdf, ppf] = SCIPY[nu];
    const at = (n: number) =>
      studentT.create(
        tf.fill([1, n, 1], 0.25),
        { nu },
        tf.scalar(Math.log(0.5)),
      );
    const densities = at(3).logProb(tf.tensor(X, [3, 1])).dataSync();
    const draws = at(4).sample(tf.tensor(U, [1, 4, 1])).dataSync();
    for (const [i, value] of logpdf.entries()) {
      assertAlmostEquals(densities[i]!, value, 2e-6);
    }
    for (const [i, value] of ppf.entries()) {
      assertAlmostEquals(draws[i]!, value, 2e-5 * Math.abs(value));
    }
  }
});

Deno.test("the Student-t example has the gradient of its density", () => {
  for (const nu of ["1", "2", "4"] as const) {
    const count = Number(nu);
    const height = SCIPY[nu][0][0] + Math.log(0.5) +
      (count + 1) / 2 * Math.log1p(2.5 ** 2 / count); // log c
    const logDensity = (point: ArrayLike<number>) => {
      const logScale = point[3]!;
      return X.reduce((sum, x, i) => {
        const t = (x - point[i]!) / Math.exp(logScale);
        return sum + height - logScale -
          (count + 1) / 2 * Math.log1p(t * t / count);
      }, 0);
    };
    const point = [0.2, 0.1, -0.3, -0.4];
    const [byMean, byScale] = tf.grads((m: tf.Tensor, logScale: tf.Tensor) =>
      tf.sum(
        studentT.create(m, { nu }, logScale).logProb(tf.tensor(X, [1, 3])),
      )
    )([tf.tensor(point.slice(0, 3), [1, 1, 3]), tf.scalar(point[3]!)]);
    assertGradient(
      [...byMean!.dataSync(), ...byScale!.dataSync()],
      gradientOf(logDensity, point),
      1e-5,
      nu,
    );
  }
});

/** Rows of train.csv of a run on the reference engine. */
async function trained(config: RunConfig) {
  const data = await loadDataset(config);
  using vae = createVae(config, data);
  using engine = new ReferenceEngine(vae, config);
  const rows: unknown[] = [];
  const signal = new AbortController().signal;
  const options = { checkpointEvery: 100, signal };
  const batches = new Batches(data, config);
  for await (const report of train(engine, batches, config, options)) {
    if (report.kind !== "steps") continue;
    rows.push(...report.rows.map(({ beta: _, ...row }) => row));
  }
  return rows;
}

Deno.test("the half-kl example trains as the ELBO with half of the KL", async () => {
  addParts({ objectives: [halfKl] });
  addParts({ objectives: [halfKl] }); // there already
  const config = configOf({
    ...{ dataset: "linear-gaussian", trainSize: 40, testSize: 10, steps: 5 },
    likelihood: { family: "laplace" },
    freeBits: 0.01,
  });
  const half = await trained({
    ...config,
    objective: { name: "half-kl" } as unknown as RunConfig["objective"],
    beta: 2,
  });
  assertEquals(half, await trained(config));
});

Deno.test("a made data set is what its function makes, or refused", async () => {
  addParts({ datasets: [spiked] });
  const request = {
    dataset: "spiked" as unknown as "glyphs",
    ...{ dataSeed: 3, trainSize: 50, testSize: 20 },
    binarize: "none",
  } as const;
  const data = await loadDataset(request);
  assertEquals([data.dim, data.train.count, data.test.count], [16, 50, 20]);
  const { train, test } = await spiked.make({ seed: 3, train: 50, test: 20 });
  assertEquals([data.train.values, data.test.values], [train, test]);
  const outliers = train.filter((value) => Math.abs(value) === 10).length;
  // 800 values, of which one in thirty: 26.7 +- 5.1.
  assert(outliers > 10 && outliers < 45, `${outliers}`);

  addParts({
    datasets: [{
      ...{ name: "short", dim: 2, values: "reals" },
      rows: { train: 3, test: 1 },
      make: () => ({ train: new Float32Array(6), test: new Float32Array(1) }),
    }],
  });
  await assertRejects(
    () =>
      loadDataset({
        ...request,
        dataset: "short" as unknown as "glyphs",
        ...{ trainSize: null, testSize: null },
      }),
    UserError,
    "data set short: of 1 rows of 2 values, reals, its function made a " +
      "Float32Array of 1 for the test split; 2 in a Float32Array are expected",
  );
});

async function editJson(run: string, edit: (text: string) => string) {
  const path = `${run}/run.json`;
  await Deno.writeTextFile(path, edit(await Deno.readTextFile(path)));
}

Deno.test("a run with parts is trained in workers, evaluated and made again by its script", () =>
  withFolder(async (folder) => {
    const out = `${folder}/out`;
    const flags = tinyNet({ latent: "1,2", nu: 2, jobs: 2, out });
    const trained = await runCommand(COMMAND, [...flags, "--quiet"]);
    assertQuietSuccess(trained);
    const run = `${out}/heavy-tails/spiked-z2-L1-seed1`;
    const { engine, parts, config } = (await readRunJson(run))!;
    assertEquals(engine.name, "reference");
    assertEquals(config["likelihood"], { family: "student-t", nu: "2" });
    assertEquals(
      parts!.map(({ kind, name }) => [kind, name]),
      [
        ["likelihood", "student-t"],
        ["data set", "spiked"],
        ["activation", "swish"],
      ],
    );
    const rows = words("--k 5 --rows 4 --quiet");
    assertMistake(
      await runTask("evaluate", [run, ...rows]),
      "its script alone has the likelihood student-t; run that instead: ",
      `deno run -A ${join(run, relative(run, ROOT + SCRIPT))} evaluate ${run}`,
    );
    // The task hands it on to the script, where that is.
    const again = ["heavy-tails", "--results", out, "--run", "*-z2-*"];
    const reproduced = await runTask("reproduce", again);
    assertEquals(reproduced.code, 0, reproduced.stderr);
    assertMatch(reproduced.stdout, /^heavy-tails\/spiked-z2.* identical$/m);

    await editJson(run, (text) => text.replaceAll('.ts"', '.gone"'));
    const alone = await runTask("reproduce", again);
    assertEquals(alone.code, 2);
    assertMatch(
      alone.stderr,
      /^error: .*: no task runs heavy-tails, and .* is not there; let its .*\n$/m,
    );

    const { sha256 } = parts![0]!;
    await editJson(run, (text) => text.replace(sha256, sha256.toUpperCase()));
    const evaluated = await runCommand(COMMAND, ["evaluate", run, ...rows]);
    assertEquals([evaluated.code, evaluated.stderr], [
      0,
      `the likelihood student-t has another text than when ${run} was made\n`,
    ]);
    const compared = await runTask("diff", [out, out]);
    assertEquals(compared.code, 0, compared.stderr);
  }));

Deno.test("parts with a name or a flag that is taken are refused, as are odd names", () => {
  const refusals: [Parts, string][] = [
    [
      { likelihoods: [{ ...studentT, name: "laplace" }] },
      "the script's likelihood laplace: there is one already",
    ],
    [
      { datasets: [{ ...spiked, name: "own" }] },
      "the script's data set own: there is one already",
    ],
    [
      { activations: [{ ...swish, name: "Swish 2" }] },
      "the script's activation Swish 2: a name has",
    ],
  ];
  for (const [parts, message] of refusals) {
    assertThrows(() => addParts(parts), UserError, message);
  }
  const settings = {
    steps: field("steps", { value: integer(1), help: "", default: "1" }),
  };
  addParts({ objectives: [{ ...halfKl, name: "with-steps", settings }] });
  assertThrows(() => valuedFlags(), UserError, "--steps: the script's parts");
});

Deno.test("a run of a made data set is finished only while the same data are made", () =>
  withFolder(async (folder) => {
    const script = `${folder}/made.ts`;
    const input = `${folder}/mean.txt`;
    await Deno.writeTextFile(
      script,
      `import { Batches, createVae, evaluateRun, loadDataset, main, train }
  from ${JSON.stringify(`${ROOT}mod.ts`)};
const make = ({ train, test }) => {
  const mean = Number(Deno.readTextFileSync(${JSON.stringify(input)}));
  const rows = (n) =>
    Float32Array.from({ length: 3 * n }, (_, i) => mean + Math.sin(i * 1.7));
  return { train: rows(train), test: rows(test) };
};
const made = { name: "mine", dim: 3, values: "reals", make };
const datasets = [{ ...made, rows: { train: 40, test: 10 } }];
const defaults = { dataset: "mine", "train-size": "40", "test-size": "10" };
await main({ name: "made", shows: "x", parts: { datasets }, defaults },
  async (run) => {
    const { config } = run;
    const data = await loadDataset(config, run.source);
    const batches = new Batches(data, config);
    using vae = createVae(config, data);
    using engine = await run.openEngine(vae);
    const results = await run.open(data, engine);
    for await (const report of train(engine, batches, config, run)) {
      await results.record(report);
    }
    await results.addEvaluation(await evaluateRun(vae, data, config, run));
  });
`,
    );
    const start = async () => {
      const { code, stderr } = await new Deno.Command(Deno.execPath(), {
        args: [
          ...["run", "-A", "--no-check", "--config", `${ROOT}deno.json`],
          script,
          ...words("--steps 4 --batch-size 10 --hidden 4 --latent 1"),
          ...words("--final-k 0 --engine reference --backend cpu"),
          ...["--out", `${folder}/out`],
        ],
        cwd: folder,
      }).output();
      return { code, stderr: new TextDecoder().decode(stderr) };
    };
    await Deno.writeTextFile(input, "1");
    const first = await start();
    assertEquals(first.code, 0, first.stderr);
    const again = await start();
    assertEquals(again.code, 0, again.stderr);
    assertMatch(again.stderr, /finished before/);
    await Deno.writeTextFile(input, "2");
    const other = await start();
    assertEquals(other.code, 2, other.stderr);
    assertMatch(other.stderr, /was trained on other data; .*--fresh/);
  }));
