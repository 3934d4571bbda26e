import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { readFlags } from "../../src/cli/read_flags.ts";
import { requestOf } from "../../src/cli/request.ts";
import { UserError } from "../../src/errors.ts";
import { withFolder } from "../data/helpers.ts";
import {
  assertMistake,
  exists,
  type Flags,
  run,
  threeAtATime,
  tiny,
  tinyNet,
} from "./command.ts";

// The other flags' mistakes are in tests/cli/read_flags_test.ts.
const MISTAKES: readonly {
  experiment?: string;
  flags?: Flags;
  args?: readonly string[];
  parts: readonly string[];
}[] = [
  { args: ["--latnet", "3"], parts: ["--latnet", "--help"] },
  { args: ["extra"], parts: ["extra", "--help"] },
  { args: ["--samples", "0"], parts: ["--samples 0", "in 1.."] },
  { args: ["--k", "2"], parts: ["--k 2", "use --objective iwae"] },
  { flags: { jobs: 0 }, parts: ["--jobs 0", "in 1.."] },
  { flags: { jobs: 1.5 }, parts: ["--jobs 1.5", "an integer"] },
  { args: ["--beta", "-1"], parts: ["--beta -1", "from 0"] },
  {
    flags: { engine: "wasm", hidden: "conv4,8" },
    parts: ["no convolutions", "--engine reference"],
  },
  {
    args: ["--beta", "linear:0:1:99"],
    parts: ["--beta linear:0:1:99", "--steps 4"],
  },
  {
    args: ["--learning-rate", "stages:0.1:3,0.01:2"],
    parts: ["--learning-rate stages:0.1:3,0.01:2", "--steps 4"],
  },
  { args: ["--weight-decay", "-1"], parts: ["--weight-decay -1", "from 0"] },
  { args: ["--seed", ""], parts: ["--seed"] },
  { args: ["--learning-rate", "nan"], parts: ["--learning-rate nan"] },
  { args: ["--steps", "2"], parts: ["--steps", "once"] },
  { args: ["--seed"], parts: ["--seed"] },
  { args: ["--dataset", "nope"], parts: ["--dataset nope", "mnist-fixed"] },
  {
    flags: { "train-size": 4294967295 },
    parts: ["--train-size 4294967295", "at most 1000000 rows of glyphs"],
  },
  {
    experiment: "elbo-gap",
    flags: { "test-size": 1000001 },
    parts: ["--test-size 1000001", "rows of linear-gaussian"],
  },
  {
    flags: { steps: 9007199254740991 },
    parts: ["--steps 9007199254740991", "--batch-size 10", "be counted"],
  },
  { flags: { "train-size": 1e15 }, parts: ["--train-size"] },
  { flags: { "test-size": 1e15 }, parts: ["--test-size"] },
  { flags: { "batch-size": 99999999999 }, parts: ["--batch-size", "in 1.."] },
  { flags: { hidden: 999999999 }, parts: ["--hidden 999999999"] },
  { flags: { hidden: "conv4,conv4,conv4" }, parts: ["--hidden conv4", "7x7"] },
  { flags: { hidden: "99999,99999" }, parts: ["--hidden and --latent", "fit"] },
  { flags: { samples: 500000 }, parts: ["--samples times", "fit"] },
  { args: ["--upper-latent", "0"], parts: ["--upper-latent 0", "or none"] },
  {
    args: ["--upper-hidden", "9"],
    parts: ["--upper-hidden 9", "--upper-latent none"],
  },
  {
    args: ["--upper-latent", "9"],
    parts: ["--upper-latent 9", "elbo-sampled or iwae"],
  },
  { flags: { "learning-rate": "1e-60" }, parts: ["--learning-rate 1e-60"] },
  {
    experiment: "elbo-gap",
    args: ["--likelihood", "bernoulli"],
    parts: ["--likelihood"],
  },
  {
    experiment: "elbo-gap",
    args: ["--binarize", "dynamic"],
    parts: ["--binarize dynamic", "linear-gaussian", "none"],
  },
  {
    experiment: "elbo-gap",
    args: ["--upper-latent", "9"],
    parts: ["--upper-latent", "no such flag"],
  },
  {
    args: ["--dataset", "linear-gaussian", "--likelihood", "bernoulli"],
    parts: ["--likelihood bernoulli", "gaussian"],
  },
  {
    experiment: "elbo-gap",
    args: ["--decoder-variance", "per-pixel"],
    parts: ["--decoder-mean sigmoid", "linear-gaussian", "use linear"],
  },
  {
    args: ["--engine", "webgpu"],
    parts: ["--engine webgpu", "cpu", "--backend webgpu"],
  },
  {
    args: ["--tiles", "4x1/8x1", "--engine", "wasm"],
    parts: ["--tiles", "--engine webgpu"],
  },
  {
    args: ["--batch-runs", "2"],
    parts: ["--batch-runs 2", "--engine webgpu"],
  },
  {
    flags: { jobs: 2 },
    args: ["--batch-runs", "2"],
    parts: ["--batch-runs 2", "--jobs"],
  },
  {
    args: ["--likelihood", "discretised-logistic", "--binarize", "static"],
    parts: ["--binarize static", "none"],
  },
];

/** What the request refuses, before anything is opened; null: nothing. */
function refusalOf(args: readonly string[]): string | null {
  try {
    requestOf(readFlags(args));
    return null;
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
}

Deno.test("a mistake in the flags is one line on stderr, exit code 2, and no file", async () => {
  await withFolder(async (folder) => {
    const started = MISTAKES.flatMap((mistake, i) => {
      const { experiment = "latent-sweep", args = [], parts } = mistake;
      const out = `${folder}/${i}`;
      const flags = { ...mistake.flags, out };
      const all = experiment === "elbo-gap"
        ? [...tiny(flags), ...args]
        : [...tinyNet(flags), ...args];
      // A process costs a second: a few stand for what the request refuses.
      const message = i < 3 || experiment === "elbo-gap"
        ? null
        : refusalOf(all);
      if (message === null) return [{ experiment, all, out, parts }];
      assert(!message.includes("\n"), message);
      for (const part of parts) assertStringIncludes(message, part);
      return [];
    });
    await threeAtATime(
      started.map(({ experiment, all, out, parts }) => async () => {
        assertMistake(await run(experiment, all), ...parts);
        assertEquals(await exists(out), false);
      }),
    );
  });
});

Deno.test({
  name:
    "--backend webgpu without an adapter is one line, exit code 2, and no file",
  // The backend of another system finds no adapter here.
  ignore: Deno.build.os !== "linux",
  fn: () =>
    withFolder(async (folder) => {
      const env = { DENO_WEBGPU_BACKEND: "dx12" };
      const out = `${folder}/out`;
      const [asked, auto] = await Promise.all([
        run("latent-sweep", tinyNet({ backend: "webgpu", out }), { env }),
        run(
          "latent-sweep",
          [...tinyNet({ backend: "auto", out: `${folder}/auto` }), "--quiet"],
          { env },
        ),
      ]);
      assertMistake(asked, "--backend webgpu", "--backend wasm");
      assertEquals(await exists(out), false);
      assertEquals(auto, { code: 0, stdout: "", stderr: "" });
    }),
});
