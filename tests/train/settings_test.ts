import { assertEquals } from "@std/assert";
import {
  columnOf,
  inOrder,
  pieceOf,
  requireSetting,
  settingNamed,
  varying,
} from "../../src/train/settings.ts";
import type { RunConfig } from "../../src/train/config.ts";
import { assertUserError } from "../data/helpers.ts";
import { configOf } from "../train/toys.ts";

const runs = (changes: readonly Partial<RunConfig>[]) =>
  changes.map((change) => ({ config: configOf(change) }));

Deno.test("settingNamed() knows flags, columns and fields in any spelling", async () => {
  const names = [
    "batch-size",
    "batch_size",
    "batchSize",
    "latent",
    "latent_dim",
  ]
    .concat("latentDim", "lr", "initialisation", "decoder-variance");
  assertEquals(names.map((name) => settingNamed(name)?.flag), [
    ...["batch-size", "batch-size", "batch-size", "latent", "latent"],
    ...["latent", undefined, "init", "decoder-variance"],
  ]);
  assertEquals(["latent", "batch-size"].map(columnOf), [
    ...["latent_dim", "batch_size"],
  ]);
  await assertUserError(
    () => Promise.try(() => requireSetting("bach-size", "axis")),
    "axis: no setting of a run is called bach-size; did you mean batch-size?",
  );
});

Deno.test("varying() has what differs, also what only some runs have", () => {
  assertEquals(varying(runs([{}, {}])), []);
  assertEquals(
    varying(runs([{ seed: 1 }, {
      seed: 2,
      objective: { name: "iwae", k: 3, gradient: "plain" },
    }])),
    ["objective", "gradient", "k", "seed"],
  );
});

Deno.test("inOrder() orders runs by their settings, numbers by their size", () => {
  const rates = [0.01, 0.003, 1, 1e-7].map((learningRate) => ({
    learningRate,
  }));
  const sorted = inOrder(runs([...rates, { latentDim: 100, samples: 2 }]));
  assertEquals(
    sorted.map(({ config }) => config.learningRate).slice(0, 4),
    [1e-7, 0.003, 0.01, 1],
  );
  const seeds = inOrder(runs([10, 9, 2].map((seed) => ({ seed }))));
  assertEquals(seeds.map(({ config }) => config.seed), [2, 9, 10]);
});

Deno.test("pieceOf() is a setting as names have it", () => {
  const pieces = { latent: "3", samples: "5", k: "7", seed: "1", beta: "0.5" };
  assertEquals(
    Object.entries(pieces).map(([flag, text]) => pieceOf(flag, text)),
    ["z3", "L5", "k7", "seed1", "beta0.5"],
  );
  assertEquals(pieceOf("objective", "iwae"), "iwae");
  assertEquals(pieceOf("beta", "linear:0:1:9"), "beta-linear-0-1-9");
});
