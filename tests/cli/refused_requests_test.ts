/** What command lines are refused for, before anything is run. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { readFlags } from "../../src/cli/read_flags.ts";
import { requestOf } from "../../src/cli/request.ts";
import { allFlags } from "../../src/config/field.ts";
import { UserError } from "../../src/errors.ts";
import { likelihoodSettings } from "../../src/model/likelihood/families.ts";
import { OPTIMIZER_SETTINGS } from "../../src/model/optimizers.ts";
import { objectiveSettings } from "../../src/objective/spec.ts";
import { config, request, words } from "./requests.ts";

Deno.test("requestOf() refuses flags that clash", () => {
  const clashes: [string, string][] = [
    ["--dataset linear-gaussian --likelihood bernoulli", "use gaussian"],
    [
      "--dataset linear-gaussian --likelihood continuous-bernoulli",
      "use gaussian",
    ],
    [
      "--dataset linear-gaussian --likelihood discretised-logistic",
      "use gaussian",
    ],
    ["--dataset linear-gaussian --decoder-mean sigmoid", "use linear"],
    [
      "--dataset linear-gaussian --decoder-variance per-pixel",
      "--decoder-mean sigmoid: linear-gaussian has values outside [0, 1]",
    ],
    [
      "--dataset freyface --decoder-variance optimal --objective iwae",
      "use learned",
    ],
    [
      "--dataset mnist-fixed --likelihood discretised-logistic",
      "use bernoulli",
    ],
    [
      "--dataset mnist-fixed --likelihood continuous-bernoulli",
      "use bernoulli",
    ],
    ["--likelihood continuous-bernoulli --binarize dynamic", "use none"],
    ["--likelihood discretised-logistic --binarize static", "use none"],
    ["--dataset linear-gaussian --binarize dynamic", "use none"],
    ["--dataset linear-gaussian --binarize static", "use none"],
    ["--dataset linear-gaussian --hidden conv4,8", "use units alone"],
    ["--hidden 8,conv4", "--hidden 8,conv4: convolutions come before units"],
    ["--hidden conv4,conv4,conv4", "7x7 has no half; use fewer"],
    ["--dataset freyface --hidden conv4,conv4,conv4", "7x5 has no half"],
    ["--hidden conv999,conv999 --batch-size 9999", "--batch-size: 2"],
    ["--objective elbo-sampled --gradient dreg", "dreg is stl"],
    ["--upper-latent 5", "use elbo-sampled or iwae"],
    ["--upper-latent 5 --objective wake-sleep", "use elbo-sampled or iwae"],
    ["--upper-latent 5 --objective mcem", "use elbo-sampled or iwae"],
    ["--posterior full --latent 2000", "--posterior full and --latent"],
    [
      "--posterior full --objective iwae --upper-latent 900 --k 20",
      "--samples times --k times --batch-size",
    ],
    [
      "--upper-latent 40000 --upper-hidden 90000 --objective iwae",
      "--upper-hidden",
    ],
    ["--steps 99 --beta linear:0:1:100", "100 steps are more than"],
    ["--steps 9 --capacity cyclical:0:1:10:0.5", "shorten the schedule"],
    ["--steps 9 --free-bits linear:2:0:10", "shorten the schedule"],
  ];
  for (const [line, mend] of clashes) {
    assertThrows(() => request(line), UserError, mend);
  }
});

Deno.test("requestOf() checks what a flag makes of its value, too", () => {
  const passes = "--passes 9007199254740991";
  assertThrows(
    () => config(passes),
    UserError,
    `${passes}: that is --steps 900719925474099100; expected an integer from 1`,
  );
});

Deno.test("requestOf() refuses a setting that another member of a union has", () => {
  const unions: Record<string, Record<string, object>> = {
    likelihood: likelihoodSettings(),
    objective: objectiveSettings(),
    optimizer: OPTIMIZER_SETTINGS,
  };
  for (const [head, members] of Object.entries(unions)) {
    const flagsOf = (member: string): string[] =>
      allFlags(members[member]!).map(({ flag }) => flag);
    const all = new Set(Object.keys(members).flatMap(flagsOf));
    for (const member of Object.keys(members)) {
      for (const flag of all.difference(new Set(flagsOf(member)))) {
        const owner = Object.keys(members)
          .find((name) => flagsOf(name).includes(flag))!;
        const { message } = assertThrows(
          () => request(`--${head} ${member} --${flag} 1`),
          UserError,
        );
        const start = `--${flag} 1: it has no effect with --${head} ${member}`;
        assert(message.startsWith(start), message);
        assert(message.includes(owner), message);
      }
    }
  }
});

Deno.test("requestOf() refuses flags that have no effect, but not their defaults", () => {
  const unused = [
    ["--dataset mnist --binarize none", "--data-seed 3"],
    ["--hidden none", "--activation relu"],
    ["", "--upper-hidden 100"],
    ["--final-k 0", "--final-rows 9"],
    ["--objective wake-sleep", "--beta 2"],
    ["--objective mcem", "--beta linear:0:1:9"],
    ["--objective iwae", "--free-bits 1"],
    ["--objective wake-sleep", "--free-bits 1"],
    ["--objective iwae", "--capacity linear:0:5:9"],
    ["--dataset glyphs", "--data-dir there"],
    ["--dataset linear-gaussian", "--data-dir there"],
    ["--engine wasm", "--tiles 8x2/16x4"],
  ] as const;
  for (const [line, flag] of unused) {
    const { message } = assertThrows(
      () => request(`${line} ${flag}`),
      UserError,
    );
    assert(message.startsWith(`${flag}: it has no effect with --`), message);
    assert(!message.includes("\n"), message);
  }
  const defaults = "--data-seed 0 --activation tanh --beta 1 --tiles auto";
  const line = "--dataset mnist --binarize none --hidden none";
  assertEquals(
    config(`${line} --objective mcem ${defaults}`),
    config(`${line} --objective mcem`),
  );
});

Deno.test("requestOf() takes a flag that has an effect on one of several runs", () => {
  const setups = ["glyphs", "mnist"].map((dataset) => ({
    of: { dataset },
    defaults: {},
  }));
  const line = words("--data-dir there --decoder-variance 2");
  const likelihoods = [{ objective: "elbo" }, { likelihood: "gaussian" }];
  const all = setups.map(({ of }, i) => ({ of, defaults: likelihoods[i]! }));
  const asked = requestOf(readFlags(line, { setups: all }));
  assertEquals(
    asked.runs.map(({ config }) => config.likelihood.family),
    ["bernoulli", "gaussian"],
  );
});
