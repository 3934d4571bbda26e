import {
  assert,
  assertEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { type Defaults, type FlagName, FLAGS } from "../../src/cli/flags.ts";
import { helpText } from "../../src/cli/help.ts";
import { readFlags } from "../../src/cli/read_flags.ts";
import { UserError } from "../../src/errors.ts";

/** Asserts one line that has all parts. */
function assertRefused(
  args: readonly string[],
  parts: readonly string[],
  fixed: Defaults = {},
): void {
  const error = assertThrows(() => readFlags(args, {}, fixed), UserError);
  assert(!error.message.includes("\n"), error.message);
  for (const part of parts) assertStringIncludes(error.message, part);
}

const NAMES = Object.keys(FLAGS) as FlagName[];

Deno.test("readFlags() refuses what is no flag, and points to --help", () => {
  const unknown = [
    ...["--nope", "--nope=3", "--Latent", "-l", "-h", "--no-quiet"],
    ...["extra", "3", "--__proto__", "--constructor"],
  ];
  for (const arg of unknown) {
    assertRefused([arg], [arg.split("=")[0]!, "--help"]);
    assertRefused(["--latent", "2", arg, "3"], ["--help"]);
  }
  assertRefused(["--", "extra"], ["extra"]);
});

Deno.test("readFlags() refuses integers that are none or out of range", () => {
  const flags = NAMES.filter((name) =>
    /^(latent|samples|steps|jobs|(batch|train|test)-size|eval-.*)$/.test(name)
  );
  assertEquals(flags.length, 9);
  const bad = ["0", "1.5", "-1", "x", "1e3", "0x10", " 1", "1 ", "NaN"];
  for (const name of flags) {
    for (const value of [...bad, "Infinity", "9007199254740992"]) {
      assertRefused([`--${name}=${value}`], [
        `--${name} ${value}: `,
        "expected an integer",
      ]);
    }
  }
  for (const name of ["seed", "data-seed"]) {
    for (const value of ["-1", "x", "0.5", "9007199254740992"]) {
      assertRefused([`--${name}=${value}`], [
        `--${name} ${value}: `,
        "expected an integer",
      ]);
    }
  }
});

Deno.test("readFlags() takes a negative number for the value of the flag before", () => {
  const refused = [
    ...[["--beta", "-1"], ["--k", "-3"], ["--capacity", "-.5"]],
    ...[["--seed", "-12"], ["--learning-rate", "-1e-3"]],
  ];
  for (const [name, value] of refused) {
    assertRefused([name!, value!], [`${name} ${value}: expected a`]);
  }
  assertRefused(["--quiet", "-1"], ["-1: no such flag"]);
  assertRefused(["--", "--beta", "-1"], ["--beta: no such flag"]);
  const { out, beta } = readFlags(["--out", "-1", "--beta", "2"], {});
  assertEquals([out, beta], ["-1", 2]);
});

Deno.test("readFlags() refuses lists that are empty, torn or name a value twice", () => {
  for (const name of ["latent", "samples", "seed"]) {
    for (const value of [",", "1,", ",1", "1,,2", "1;2", "1, 2"]) {
      assertRefused([`--${name}`, value], [`--${name} ${value}: `, "integer"]);
    }
    assertRefused([`--${name}`, ""], [`--${name}`]);
    for (const args of [["1,1"], ["3,1,2,1"], ["1,01"]]) {
      assertRefused([`--${name}`, ...args], [`--${name} `, "twice"]);
    }
    assertRefused([`--${name}`, "4", `--${name}`, "4"], [`--${name}`, "twice"]);
  }
  for (const value of ["0", "8,", "8,none", "none,8", "8,0", "-8", "2.5"]) {
    assertRefused([`--hidden=${value}`], [`--hidden ${value}: `, "none"]);
  }
});

Deno.test("readFlags() refuses numbers that are none or out of range", () => {
  const bad = ["nan", "NaN", "x", "Infinity", "1e999", "", "1,5", "0x1p3"];
  const below: Record<string, readonly string[]> = {
    "learning-rate": ["0", "-1", "-0", "1e-999"],
    "decoder-variance": ["0", "-1"],
    epsilon: ["0", "-1", "-1e-9"],
    "initial-accumulator": ["-0.1"],
    beta1: ["1", "-0.1", "1.5"],
    beta2: ["1", "-0.1", "2"],
  };
  for (const [name, values] of Object.entries(below)) {
    for (const value of [...bad, ...values]) {
      assertRefused([`--${name}=${value}`], [
        `--${name} ${value}: `,
        "expected a",
      ]);
    }
  }
});

Deno.test("readFlags() refuses words that it does not know, and lists those it does", () => {
  const words: Partial<Record<FlagName, readonly string[]>> = {
    dataset: ["glyphs", "mnist-fixed", "freyface", "linear-gaussian"],
    binarize: ["none", "dynamic", "static"],
    activation: ["tanh", "relu", "softplus"],
    posterior: ["diagonal", "isotropic", "full"],
    likelihood: ["bernoulli", "continuous-bernoulli", "gaussian"]
      .concat("discretised-logistic"),
    "decoder-variance": ["learned", "optimal", "per-pixel"],
    "decoder-mean": ["linear", "sigmoid"],
    init: ["glorot", "normal"],
    "output-bias": ["data-mean", "init"],
    objective: ["elbo", "elbo-sampled", "iwae", "wake-sleep", "mcem"],
    gradient: ["plain", "stl", "dreg"],
    optimizer: ["adam", "adagrad", "sgd"],
    engine: ["auto", "reference", "wasm", "webgpu"],
    backend: ["auto", "webgpu", "wasm", "cpu"],
  };
  for (const [name, known] of Object.entries(words)) {
    assertRefused([`--${name}`, "nope"], [`--${name} nope: `, ...known]);
    assertRefused([`--${name}`, known[0]!.toUpperCase()], known);
    for (const word of known) {
      const flags = readFlags([`--${name}`, word], {});
      assertEquals(flags[name as FlagName], word);
    }
  }
});

Deno.test("readFlags() refuses a flag without its value, whatever follows", () => {
  for (const name of NAMES) {
    assertRefused([`--${name}`], [`--${name}`]);
    assertRefused([`--${name}=`], [`--${name}`]);
    assertRefused([`--${name}`, "--list"], [`--${name}`]);
    assertRefused([`--${name}`, "--backend", "cpu"], [`--${name}`]);
  }
});

Deno.test("readFlags() refuses a flag that is given twice, unless it is a list", () => {
  for (const name of NAMES.filter((name) => !FLAGS[name].value.includes(","))) {
    assertRefused([`--${name}`, "1", `--${name}`, "2"], [`--${name}`, "once"]);
  }
  const args = ["--seed", "5", "--latent=3", "--seed", "1,4", "--latent", "2"];
  const { seed, latent } = readFlags(args, {});
  assertEquals([seed, latent], [[5, 1, 4], [3, 2]]);
});

Deno.test("readFlags() does not offer what the experiment fixes", () => {
  const fixed: Defaults = { dataset: "linear-gaussian", hidden: "none" };
  assertRefused(["--dataset", "mnist"], ["--dataset", "--help"], fixed);
  assertRefused(["--hidden=8"], ["--hidden", "--help"], fixed);
  const { dataset, hidden } = readFlags(["--latent", "2"], {}, fixed);
  assertEquals([dataset, hidden], ["linear-gaussian", []]);
});

Deno.test("readFlags() takes what is typed over the experiment's defaults, and those over the common ones", () => {
  const defaults: Defaults = { latent: "2,5", steps: "300" };
  const flags = readFlags(["--steps", "7", "--quiet"], defaults);
  assertEquals(flags.latent, [2, 5]);
  assertEquals(flags.steps, 7);
  assertEquals(flags.samples, [1]);
  assertEquals(flags["train-size"], undefined);
  assertEquals([flags.list, flags.quiet, flags.help], [false, true, false]);
});

Deno.test("readFlags() has one flag of a run's length: given, the experiment's, or steps", () => {
  const lengthOf = (args: string[], defaults: Defaults = {}) => {
    const { steps, budget, passes } = readFlags(args, defaults);
    return { steps, budget, passes };
  };
  const none = { steps: undefined, budget: undefined, passes: undefined };
  assertEquals(lengthOf([]), { ...none, steps: 600 });
  assertEquals(lengthOf([], { budget: "1e6" }), { ...none, budget: 1e6 });
  assertEquals(lengthOf(["--steps", "3"], { budget: "1e6" }), {
    ...{ ...none, steps: 3 },
  });
  assertEquals(lengthOf(["--passes", "3"], { steps: "300" }), {
    ...{ ...none, passes: 3 },
  });
  assertRefused(["--budget", "1e3", "--steps", "3"], ["--budget", "--steps"]);
  for (const typed of ["0", "1.5", "-3", "many", "1e400"]) {
    assertRefused(["--budget", typed], [`--budget ${typed}`]);
  }
});

Deno.test("readFlags() reads steps of evaluations that rise", () => {
  const read = (typed: string) =>
    readFlags(["--eval-every", typed], {})["eval-every"];
  assertEquals(read("7"), 7);
  assertEquals(read("at:7"), [7]);
  assertEquals(read("at:1,20,300"), [1, 20, 300]);
  for (const typed of ["at:", "at:3,3", "at:3,1", "at:0", "1,2", "at:1,,2"]) {
    assertRefused(["--eval-every", typed], [typed, "at:STEP,STEP,..."]);
  }
});

Deno.test("readFlags() reads numbers, lists and words", () => {
  const flags = readFlags([
    ...["--hidden", "500,500", "--seed", "0,9007199254740991"],
    ...["--learning-rate", "1e-3", "--decoder-variance", ".25"],
    ...["--beta1", "0", "--epsilon", "1e-9", "--out", "a b/c,d"],
  ], {});
  assertEquals(flags.hidden, [500, 500]);
  assertEquals(flags.seed, [0, 9007199254740991]);
  assertEquals(flags["learning-rate"], 0.001);
  assertEquals(flags["decoder-variance"], 0.25);
  assertEquals([flags.beta1, flags.epsilon], [0, 1e-9]);
  assertEquals(flags.out, "a b/c,d");
});

Deno.test("helpText() has a row for each flag, with the default that holds", () => {
  const about = { task: "exp:name", shows: "what it shows" };
  const defaults: Defaults = { latent: "2,5", "learning-rate": "0.002" };
  const lines = helpText(about, defaults, { dataset: "mnist" }).split("\n");
  assertEquals(lines[0], "what it shows");
  assertStringIncludes(lines[2]!, "deno task exp:name");
  const rows = lines.filter((line) => line.startsWith("  --"));
  const named = rows.map((row) => /--([a-z0-9-]+)/.exec(row)![1]!);
  assertEquals(named, [
    ...NAMES.filter((name) => name !== "dataset"),
    ...[
      "fresh",
      "require-clean",
      "fast-math",
      "check",
      "list",
      "quiet",
      "help",
    ],
  ]);
  const row = (name: string) => rows[named.indexOf(name)]!;
  assertStringIncludes(row("latent"), "(default: 2,5)");
  assertStringIncludes(row("samples"), "(default: 1)");
  assertStringIncludes(row("learning-rate"), "(default: 0.002)");
  assertStringIncludes(row("train-size"), "(default: all");
});
