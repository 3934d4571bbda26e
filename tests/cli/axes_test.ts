import { assert, assertEquals, assertThrows } from "@std/assert";
import { axisOfSweep } from "../../src/cli/axes.ts";
import { type FlagRules, readFlags } from "../../src/cli/read_flags.ts";
import { requestOf, type RunRules } from "../../src/cli/request.ts";
import { UserError } from "../../src/errors.ts";
import { withFiles } from "../data/own/files.ts";

type Rules = FlagRules & RunRules;

function plan(args: readonly string[], rules: Rules = {}) {
  return requestOf(readFlags(args, rules), rules);
}

const namesOf = (args: readonly string[], rules?: Rules) =>
  plan(args, rules).runs.map(({ name }) => name);

/** Asserts one line that has all parts. */
function assertRefused(
  args: readonly string[],
  parts: readonly string[],
  rules?: Rules,
): void {
  const { message } = assertThrows(() => plan(args, rules), UserError);
  assert(!message.includes("\n"), message);
  for (const part of parts) assert(message.includes(part), message);
}

Deno.test("--sweep takes values of any setting, each combination a run", () => {
  const args = ["--sweep", "beta=1,2,4", "--sweep", "learning-rate=1e-3,3e-4"];
  const { runs, swept } = plan([...args, "--seed=1,2"]);
  assertEquals(
    runs.map(({ config }) => [config.beta, config.learningRate, config.seed]),
    [1, 2, 4].flatMap((beta) =>
      [0.001, 0.0003].flatMap((rate) =>
        [1, 2].map((seed) => [beta, rate, seed])
      )
    ),
  );
  assertEquals(swept, ["beta", "learning-rate", "seed"]);
  // What is as without the flag is not in the name, as ever.
  assertEquals(runs.slice(0, 6).map(({ name }) => name), [
    "glyphs-z10-L1-seed1",
    "glyphs-z10-L1-seed2",
    "glyphs-z10-L1-lr0.0003-seed1",
    "glyphs-z10-L1-lr0.0003-seed2",
    "glyphs-z10-L1-beta2-seed1",
    "glyphs-z10-L1-beta2-seed2",
  ]);
});

Deno.test("--sweep and the lists of flags are the same", () => {
  const lists = "--latent 5,2 --samples 1,3 --seed 4,1".split(" ");
  const sweeps = "--sweep seed=4,1 --sweep samples=1,3 --sweep latent=5,2";
  assertEquals(plan(sweeps.split(" ")).runs, plan(lists).runs);
  for (const name of ["latent_dim", "latentDim", "latent-dim", "Latent"]) {
    assertEquals(namesOf(["--sweep", `${name}=2`]), ["glyphs-z2-L1-seed1"]);
  }
});

Deno.test("integers have ranges, and values with commas have semicolons between", () => {
  const seeds = Array.from({ length: 10 }, (_, i) => i + 1);
  const seedsOf = (...args: string[]) =>
    plan(args).runs.map(({ config }) => config.seed);
  assertEquals(seedsOf("--seed", "1-10"), seeds);
  assertEquals(seedsOf("--sweep", "seed=1-9,10"), seeds);
  const hidden = plan(["--sweep", "hidden=none;8;conv4,200"]).runs;
  assertEquals(hidden.map(({ config }) => config.hidden), [
    ...[[], [8], [{ channels: 4 }, 200]],
  ]);
  const steps = plan(["--sweep", "eval-every=at:1,3;50;70-71"]).runs;
  assertEquals(steps.map(({ config }) => config.evalEvery), [
    ...[[1, 3], 50, 70, 71],
  ]);
  assertRefused(["--seed", "3-1"], ["--seed 3-1: expected a range"]);
  assertRefused(["--seed", "0-10000"], ["--seed 0-10000: ", "10000"]);
  assertRefused(["--seed", "1-3,2"], ["--seed 1-3,2: ", "differ"]);
  assertRefused(["--sweep", "beta=1-3"], ["--beta 1-3: expected a number"]);
});

Deno.test("a sweep over members of a union has the settings that each has", () => {
  const args = ["--sweep=objective=elbo,iwae", "--k=1,5"];
  assertEquals(namesOf(args), [
    "glyphs-z10-L1-seed1",
    "glyphs-z10-L1-iwae-k1-seed1",
    "glyphs-z10-L1-iwae-k5-seed1",
  ]);
  // Each has its own default of the learning rate, and of the binarisation.
  const optimisers = plan(["--sweep=optimizer=adam,sgd,adagrad"]).runs;
  assertEquals(
    new Set(optimisers.map(({ config }) => config.learningRate)),
    new Set([0.001, 1e-4, 0.02]),
  );
  const { runs } = plan(["--sweep", "likelihood=bernoulli,gaussian"]);
  assertEquals(runs.map(({ config }) => config.binarize), ["dynamic", "none"]);
});

Deno.test("--sweep @FILE.csv has a combination in each row", () =>
  withFiles({
    "a.csv": 'learning_rate,hidden,beta\n1e-3,"8,9",1\n3e-4,none,\n',
    "torn.csv": "beta\n2",
    // More bytes than a call has arguments.
    "long.csv": "beta\n" +
      Array.from(
        { length: 900 },
        (_, i) => (1 + i / 1000).toFixed(3).padEnd(160, "0"),
      ).join("\n"),
    "twice.csv": "beta,Beta\n1,2\n",
    "wrong.csv": "beta,seed\n1,2\n1,x\n",
    "same.csv": "beta,seed\n1,2\n2,2\n1.0,2\n",
    "none.csv": "beta\n",
    "empty.csv": "latent,beta\n3,1\n,2\n",
    "usual.csv": "latent,beta\n3,1\n3,\n,2\n",
    "effect.csv": "objective,k\nelbo,1\nelbo,5\niwae,5\n",
    "k.csv": "k,beta\n1,1\n5,1\n",
  }, (folder) => {
    const of = (name: string) => `--sweep=@${folder}/${name}.csv`;
    const { runs, swept } = plan([of("a"), "--seed", "1,2"]);
    assertEquals(
      runs.map(({ config }) => [
        ...[config.learningRate, config.hidden, config.beta, config.seed],
      ]),
      [
        [0.001, [8, 9], 1, 1],
        [0.001, [8, 9], 1, 2],
        [0.0003, [], 1, 1],
        [0.0003, [], 1, 2],
      ],
    );
    assertEquals(swept, ["learning-rate", "hidden", "beta", "seed"]);
    assertEquals(namesOf([of("torn")]), ["glyphs-z10-L1-beta2-seed1"]);
    assertEquals(
      axisOfSweep(`@${folder}/long.csv`, () => true).points.length,
      900,
    );
    assertRefused([of("twice")], ["twice.csv", "--beta", "leave one out"]);
    assertRefused([of("same")], ["same.csv: rows 1 and 3 are the same"]);
    assertRefused([of("wrong")], ["row 2: --seed x: expected an integer"]);
    assertRefused([of("none")], ["none.csv", "no rows"]);
    assertRefused([of("missing")], ["missing.csv"]);
    assertRefused([of("a"), "--beta=2"], ["--beta: given twice"]);
    const defaults = { latent: "3,4" };
    assertRefused([of("empty")], ["--latent empty"], { defaults });
    assertEquals(plan([of("empty")]).runs[1]!.config.latentDim, 10);
    // Other words for one run.
    const usual = "latent 3, beta 1 and with latent 3, beta empty";
    assertRefused([of("usual")], ["usual.csv: the rows with", usual]);
    assertRefused([of("effect")], ["objective elbo, k 5 ask for the same"]);
    // Beside another sweep they are not the same.
    assertEquals(
      namesOf([of("k"), "--sweep=objective=elbo,iwae", "--latent=2"]).length,
      3,
    );
  }));

Deno.test("mistakes in --sweep are named, with the nearest setting", () => {
  const refused: Record<string, readonly string[]> = {
    "": ["--sweep : expected NAME=VALUE"],
    "beta": ["--sweep beta: expected NAME=VALUE"],
    "bata=1": ["--sweep bata=1: ", "did you mean beta?"],
    "engine=wasm,reference": ["no setting of a run is called engine"],
    "__proto__=1": ["--help lists them"],
    "batch-size=1,x": ["--batch-size 1,x: expected values that differ"],
    "batch-size=": ["--batch-size : expected an integer"],
    "batch-size=8,08": ["differ"],
    "k=1,2": ["--k 1: it has no effect with --objective elbo"],
    "hidden=8": ["the experiment itself sets hidden"],
    "seed=1-5000": ["--latent times --seed: 15000 runs; at most 10000"],
  };
  const rules = { fixed: { hidden: "9" }, defaults: { latent: "1,2,3" } };
  for (const [text, parts] of Object.entries(refused)) {
    assertRefused([`--sweep=${text}`], parts, rules);
  }
  assertRefused(["--seed=1", "--sweep=seed=2"], ["--seed: given twice"]);
  assertRefused(["--sweep=beta=1", "--sweep=beta=2"], ["--beta: given twice"]);
  assertRefused(["--sweep=steps=1,2", "--budget=9"], ["--steps and --budget"]);
});

Deno.test("an experiment's own sweep is in the names, whatever its values", () => {
  const rules = {
    sweep: { "batch-size": "20,100" },
    defaults: { latent: "2" },
  };
  assertEquals(namesOf([], rules), [
    "glyphs-z2-L1-batch20-seed1",
    "glyphs-z2-L1-batch100-seed1",
  ]);
  assertEquals(namesOf(["--batch-size", "7"], rules), [
    "glyphs-z2-L1-batch7-seed1",
  ]);
  assertEquals(namesOf(["--sweep=batch-size=7,8", "--latent=3"], rules), [
    "glyphs-z3-L1-batch7-seed1",
    "glyphs-z3-L1-batch8-seed1",
  ]);
  const odd = { sweep: { "bach-size": "1" } };
  assertRefused([], ["defaults: --bach-size", "--batch-size?"], odd);
});

Deno.test("a sweep over what set-ups are of has the defaults of each", () => {
  const rules = {
    defaults: { latent: "2" },
    setups: [
      { of: { dataset: "glyphs" }, defaults: { steps: "5" } },
      { of: { dataset: "mnist" }, defaults: { steps: "7", seed: "1,2" } },
    ],
  };
  const runs = (args: string[]) =>
    plan(args, rules).runs.map(({ name, config }) => [name, config.steps]);
  assertEquals(runs(["--sweep=dataset=mnist,glyphs,mnist-fixed"]), [
    ["glyphs-z2-L1-seed1", 5],
    ["mnist-fixed-z2-L1-seed1", 5],
    ["mnist-z2-L1-seed1", 7],
    ["mnist-z2-L1-seed2", 7],
  ]);
});

Deno.test("runs of one name are refused, and the setting is named that differs", () => {
  assertRefused(
    ["--sweep=steps=1,2"],
    ["--steps: two runs would have the name glyphs-z10-L1-n-"],
    { label: () => "n", labelled: ["steps"] },
  );
});
