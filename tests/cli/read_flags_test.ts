import {
  assert,
  assertEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { SWITCHES } from "../../src/cli/flags.ts";
import { helpText } from "../../src/cli/help.ts";
import {
  type FlagRules,
  readFlags,
  valuedFlags,
} from "../../src/cli/read_flags.ts";
import { requestOf } from "../../src/cli/request.ts";
import { dataset, offer } from "../../src/data/own/own.ts";
import { UserError } from "../../src/errors.ts";

/** Asserts one line that has all parts. */
function assertRefused(
  args: readonly string[],
  parts: readonly string[],
  rules?: FlagRules,
): void {
  const { message } = assertThrows(
    () => requestOf(readFlags(args, rules)),
    UserError,
  );
  assert(!message.includes("\n"), message);
  for (const part of parts) assertStringIncludes(message, part);
}

const ROWS = { count: 2, dim: 1, values: Float32Array.of(3, 4) };
const MINE = offer(dataset({ name: "mine", train: ROWS, test: ROWS }));

/** Beside what a flag has an effect, where it has none beside the defaults. */
const OWNERS: Readonly<Record<string, readonly string[]>> = {
  "upper-hidden": ["--upper-latent", "2", "--objective", "elbo-sampled"],
  "decoder-variance": ["--likelihood", "gaussian"],
  "decoder-mean": ["--likelihood", "gaussian"],
  "initial-accumulator": ["--optimizer", "adagrad"],
  "k": ["--objective", "iwae"],
  "gradient": ["--objective", "iwae"],
  "transitions": ["--objective", "mcem"],
  "leapfrog-steps": ["--objective", "mcem"],
  "updates": ["--objective", "mcem"],
  "data-dir": ["--dataset", "mnist"],
  "sweep-file": ["--cell", "0"],
  "columns": ["--data", MINE],
  "labels": ["--data", MINE],
  "scale": ["--data", MINE],
  "image": ["--data", MINE],
  "resize": ["--data", MINE],
  "missing": ["--data", MINE],
  "test-fraction": ["--data", MINE],
  "stop-gain": ["--stop-after", "2"],
};

const NAMES = [...valuedFlags().keys()];

/** The command line `--name value` with what gives it an effect. */
const line = (name: string, value: string) => [
  ...OWNERS[name] ?? [],
  ...[`--${name}=${value}`],
];

Deno.test("readFlags() refuses an experiment's setting that is no flag", () => {
  const own = { latnet: "2" };
  const parts = ["defaults", "--latnet", "did you mean --latent?"];
  const set: readonly FlagRules[] = [
    { defaults: own },
    { fixed: own },
    { setups: [{ of: own, defaults: {} }] },
    { setups: [{ of: {}, defaults: own }] },
  ];
  for (const rules of set) assertRefused([], parts, rules);
});

Deno.test("readFlags() refuses what is no flag, and points to --help", () => {
  const unknown = [
    ...["--nope", "--nope=3", "--Latent", "-l", "-h", "--no-quiet"],
    ...["extra", "3", "--__proto__", "--constructor"],
  ];
  for (const arg of unknown) {
    assertRefused([arg], [arg.split("=")[0]!, "--help"]);
    assertRefused(["--latent", "2", arg, "3"], ["--help"]);
  }
  for (const word of ["extra", "--beta", "3"]) {
    assertRefused(["--", word, "-1"], [`${word}: nothing may follow --`]);
  }
  assertRefused(["--out", "", "x"], ["x: no such flag"]);
  for (const arg of ["-k", "-k5", "--no-k=5", "--no-quiet=true"]) {
    assertRefused([arg, "5"], [`${arg}: no such flag`]);
  }
  assertRefused(["--latnet", "3"], ["--latnet", "did you mean --latent?"]);
  assertRefused(["--bata1=3"], ["--bata1", "did you mean --beta1?"]);
});

Deno.test("readFlags() takes a switch as it is, or with true or false", () => {
  const isQuiet = (...args: string[]) => readFlags(args).switches.quiet;
  assertEquals(isQuiet(), false);
  assertEquals(isQuiet("--quiet"), true);
  assertEquals(isQuiet("--quiet=true"), true);
  assertEquals(isQuiet("--quiet", "false"), false);
  assertEquals(isQuiet("--quiet=false"), false);
  for (const value of ["", "banana", "1", "False"]) {
    const arg = `--quiet=${value}`;
    assertRefused([arg], [`${arg}: a switch has no value; use --quiet`]);
  }
});

Deno.test("requestOf() refuses values of any flag that do not fit, and says what does", () => {
  const texts = ["variant", "out", "data-dir", "data", "sweep-file"]
    .concat("columns", "labels", "condition");
  for (const name of NAMES.filter((name) => !texts.includes(name))) {
    const bad = ["-1", "x", "NaN", "Infinity", "1e999", "0x10", " 1", "1 "]
      .concat("1,,2", "1;2", ",", "none,8", "8,", "conv");
    for (const value of bad) {
      assertRefused(line(name, value), [`--${name} ${value}: expected `]);
    }
  }
});

Deno.test("requestOf() reads layers, tiles and step sizes, and refuses what cannot be", () => {
  const read = (name: string, value: string) =>
    requestOf(readFlags([`--${name}=${value}`, "--engine=webgpu"]));
  const hidden = (value: string) =>
    read("hidden", value).runs[0]!.config.hidden;
  assertEquals(hidden("none"), []);
  assertEquals(hidden("500,500"), [500, 500]);
  assertEquals(hidden("conv3"), [{ channels: 3 }]);
  assertEquals(hidden("conv3,conv4,256"), [{ channels: 3 }, {
    channels: 4,
  }, 256]);
  const tile = { kind: "plain", rows: 16, fours: 2, across: 8, down: 1 };
  assertEquals(read("tiles", "16x2/8x1").tiles, tile);
  const refused = {
    "hidden": ["0", "conv0", "conv-1", "Conv3", "conv 3", "3conv"],
    "upper-hidden": ["0", "conv8", "5,"],
    "tiles": ["16x2", "6x1/8x1", "0x1/8x1", "4x0/8x1", "4x1/0x1", "64x4/8x1"]
      .concat("4x1/64x32", "4x1/8", "ax1/8x1", " 4x1/8x1"),
    // The last one is 0 as a float32.
    "learning-rate": ["0", "1e-60"],
  };
  for (const [name, values] of Object.entries(refused)) {
    for (const value of values) {
      const args = [...line(name, value), "--engine=webgpu"];
      assertRefused(args, [`--${name} ${value}: expected `]);
    }
  }
});

Deno.test("requestOf() refuses a flag without its value, whatever follows", () => {
  for (const name of NAMES) {
    const owners = OWNERS[name] ?? [];
    assertRefused([...owners, `--${name}`], [`--${name} : `]);
    assertRefused([...owners, `--${name}=`], [`--${name} : `]);
    assertRefused([...owners, `--${name}`, "--list"], [`--${name} : `]);
  }
});

Deno.test("requestOf() takes a negative number for the value of the flag before", () => {
  const refused = [["beta", "-1"], ["k", "-3"], ["capacity", "-.5"]]
    .concat([["seed", "-12"], ["learning-rate", "-1e-3"]]);
  for (const [name, value] of refused) {
    const args = [...OWNERS[name!] ?? [], `--${name}`, value!];
    assertRefused(args, [`--${name} ${value}: expected `]);
  }
  assertRefused(["--quiet", "-1"], ["-1: no such flag"]);
  const { out } = requestOf(readFlags(["--out", "-1", "--beta", "2"]));
  assertEquals(out, "-1");
});

Deno.test("requestOf() refuses lists that name a value twice", () => {
  for (const name of ["latent", "samples", "seed", "k"]) {
    for (const value of ["1,1", "3,1,2,1", "1,01"]) {
      assertRefused(line(name, value), [`--${name} ${value}: `, "differ"]);
    }
    const args = [...line(name, "4"), `--${name}`, "4"];
    assertRefused(args, [`--${name} 4,4: `, "differ"]);
  }
});

Deno.test("readFlags() refuses a flag that is given twice, unless it is a list", () => {
  const lists = ["latent", "samples", "k", "seed", "hidden", "upper-hidden"]
    .concat("columns", "condition");
  for (const name of NAMES.filter((name) => !lists.includes(name))) {
    assertRefused([`--${name}`, "1", `--${name}`, "2"], [`--${name}`, "once"]);
  }
  const args = ["--seed", "5", "--latent=3", "--seed", "1,4", "--latent", "2"];
  const { runs } = requestOf(readFlags([...args, "--hidden=8", "--hidden=9"]));
  assertEquals(
    runs.map(({ config }) => [config.latentDim, config.seed]),
    [[3, 5], [3, 1], [3, 4], [2, 5], [2, 1], [2, 4]],
  );
  assertEquals(runs[0]!.config.hidden, [8, 9]);
});

Deno.test("readFlags() does not offer what the experiment fixes", () => {
  const fixed = { dataset: "linear-gaussian", hidden: "none" };
  assertRefused(["--dataset", "mnist"], ["--dataset", "--help"], { fixed });
  assertRefused(["--hidden=8"], ["--hidden", "--help"], { fixed });
  assertRefused(["--data", "a.csv"], ["--data: no such flag"], { fixed });
  const { runs } = requestOf(readFlags(["--latent", "2"], { fixed }));
  const { dataset, hidden } = runs[0]!.config;
  assertEquals([dataset, hidden], ["linear-gaussian", []]);
});

Deno.test("requestOf() takes what is typed over the experiment's defaults, and those over the common ones", () => {
  const rules = { defaults: { latent: "2,5", steps: "300", beta1: "0.5" } };
  const { runs, quiet, fresh } = requestOf(
    readFlags(["--steps", "7", "--quiet"], rules),
  );
  const of = ({ latentDim, steps, samples, trainSize }: typeof config) => [
    ...[latentDim, steps, samples, trainSize],
  ];
  const { config } = runs[0]!;
  assertEquals(runs.map(({ config }) => of(config)), [
    [2, 7, 1, null],
    [5, 7, 1, null],
  ]);
  assertEquals([quiet, fresh], [true, false]);
  // What only the experiment says may have no effect.
  const sgd = requestOf(readFlags(["--optimizer", "sgd"], rules));
  assertEquals(sgd.runs[0]!.config.optimizer, { name: "sgd" });
});

Deno.test("requestOf() has one flag of a run's length: given, the experiment's, or steps", () => {
  const steps = (args: string[], defaults = {}) =>
    requestOf(readFlags(args, { defaults })).runs[0]!.config.steps;
  assertEquals(steps([]), 600);
  assertEquals(steps([], { budget: "1e6" }), 10_000);
  assertEquals(steps(["--steps", "3"], { budget: "1e6" }), 3);
  assertEquals(steps(["--passes", "3"], { steps: "500" }), 300);
  assertRefused(["--budget", "1e3", "--steps", "3"], ["--steps and --budget"]);
});

const RULES = {
  defaults: { objective: "elbo" },
  setups: [
    { of: { dataset: "mnist" }, defaults: { latent: "3,5", hidden: "500" } },
    { of: { dataset: "freyface" }, defaults: { latent: "2", hidden: "200" } },
  ],
};

function setups(args: readonly string[], rules: FlagRules = RULES) {
  return readFlags(args, rules).runs.map((texts) =>
    ["dataset", "latent", "hidden", "objective"]
      .map((flag) => texts.get(flag)?.text).join(" ")
  );
}

Deno.test("readFlags() reads the flags once for each set-up", () => {
  assertEquals(setups([]), [
    "mnist 3 500 elbo",
    "mnist 5 500 elbo",
    "freyface 2 200 elbo",
  ]);
  assertEquals(setups(["--latent", "7"]), [
    "mnist 7 500 elbo",
    "freyface 7 200 elbo",
  ]);
});

Deno.test("readFlags() leaves out a set-up where a flag asks for something else", () => {
  assertEquals(setups(["--dataset", "freyface", "--objective", "wake-sleep"]), [
    "freyface 2 200 wake-sleep",
  ]);
  const onlyMnist = {
    ...RULES,
    defaults: { dataset: "mnist", objective: "elbo" },
  };
  assertEquals(setups(["--latent=3"], onlyMnist), ["mnist 3 500 elbo"]);
  assertEquals(setups(["--dataset", "freyface"], onlyMnist), [
    "freyface 2 200 elbo",
  ]);
  const sizes = {
    setups: [{ of: { latent: "3" }, defaults: { hidden: "8" } }],
  };
  assertEquals(setups(["--latent", "03"], sizes)[0]!.trim(), "03 8");
});

Deno.test("readFlags() has the first set-up's defaults where none is asked for", () => {
  assertEquals(setups(["--dataset", "glyphs"]), [
    "glyphs 3 500 elbo",
    "glyphs 5 500 elbo",
  ]);
});

Deno.test("readFlags() refuses a variant that no set-up is of", () => {
  assertRefused(["--variant", "x"], ["--variant x", "no variants"], RULES);
  const of = { variant: "paper" };
  const rules = { setups: [{ of, defaults: {} }] };
  assertRefused(["--variant", "x"], ["--variant x", "paper"], rules);
  assertEquals(setups(["--variant", "paper"], rules).length, 1);
});

Deno.test("helpText() has a row for each flag, with the default that holds", () => {
  const about = { command: "deno task exp:name", shows: "what it shows" };
  const defaults = { "latent": "2,5", "learning-rate": "0.002", "budget": "9" };
  const text = helpText(about, defaults, { dataset: "mnist" }).join("\n");
  const lines = text.split("\n");
  assertEquals(lines[0], "what it shows");
  assertStringIncludes(lines[2]!, "deno task exp:name");
  assert(lines.every((line) => line.length <= 80), text);
  const rows = text.split(/\n(?= {2}--)/).slice(1)
    .map((row) => row.split("\n\n")[0]!.replace(/\s+/g, " ").trim());
  const named = rows.map((row) => /^--([a-z0-9-]+)/.exec(row)![1]!);
  assertEquals(named, [
    ...NAMES.filter((name) => !["dataset", "data"].includes(name)),
    "sweep",
    ...Object.keys(SWITCHES),
  ]);
  const expected: Record<string, string> = {
    "latent": "--latent N,... dimension of z (default: 2,5)",
    "samples": "(default: 1)",
    "learning-rate": "(default: 0.002)",
    "train-size": "(default: all; 10000 if synthetic)",
    "epsilon": "(default: adagrad 1e-10, adam 1e-8)",
    "steps": "(default: as --budget says)",
    "passes": "(default: as --budget says)",
    "free-bits": "in nats (default: none)",
  };
  for (const [name, part] of Object.entries(expected)) {
    assertStringIncludes(rows[named.indexOf(name)]!, part);
  }
});
