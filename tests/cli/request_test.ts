import { assert, assertEquals, assertThrows } from "@std/assert";
import { readFlags } from "../../src/cli/read_flags.ts";
import { derivedHelp, requestOf } from "../../src/cli/request.ts";
import { largestSpec } from "../../src/cli/rules.ts";
import { UserError } from "../../src/errors.ts";
import { initialParameters } from "../../src/model/parameters.ts";
import { budgetLabel } from "../../src/sweep/runs.ts";
import { runConfigSchema } from "../../src/train/config.ts";
import { config, request, words } from "./requests.ts";

Deno.test("requestOf() plans a run for each latent dimension, L and seed", () => {
  const { runs } = request("--latent 5,2 --samples 1,25 --seed 3 --seed 1");
  assertEquals(runs.map(({ name }) => name), [
    "glyphs-z5-L1-seed3",
    "glyphs-z5-L1-seed1",
    "glyphs-z5-L25-seed3",
    "glyphs-z5-L25-seed1",
    "glyphs-z2-L1-seed3",
    "glyphs-z2-L1-seed1",
    "glyphs-z2-L25-seed3",
    "glyphs-z2-L25-seed1",
  ]);
  for (const { name, config } of runs) {
    const { latentDim, samples, seed } = config;
    assertEquals(name, `glyphs-z${latentDim}-L${samples}-seed${seed}`);
    assertEquals(runConfigSchema.parse(config), config);
  }
});

Deno.test("requestOf() has the likelihood and binarisation that suit the data", () => {
  const chosen = (line: string) => {
    const { likelihood, binarize } = config(line);
    return [likelihood.family, binarize];
  };
  assertEquals(chosen("--dataset glyphs"), ["bernoulli", "dynamic"]);
  assertEquals(chosen("--dataset mnist"), ["bernoulli", "dynamic"]);
  assertEquals(chosen("--dataset mnist-fixed"), ["bernoulli", "none"]);
  assertEquals(chosen("--dataset freyface"), ["gaussian", "none"]);
  assertEquals(chosen("--dataset linear-gaussian"), ["gaussian", "none"]);
  assertEquals(chosen("--likelihood gaussian"), ["gaussian", "none"]);
  assertEquals(chosen("--binarize static"), ["bernoulli", "static"]);
  for (const family of ["continuous-bernoulli", "discretised-logistic"]) {
    assertEquals(chosen(`--likelihood ${family}`), [family, "none"]);
    assertEquals(
      chosen(`--likelihood ${family} --dataset mnist --binarize none`),
      [family, "none"],
    );
  }
});

Deno.test("requestOf() has a linear mean, or a sigmoid where the variance is per pixel", () => {
  const chosen = (line: string) =>
    config(`--likelihood gaussian ${line}`).likelihood;
  const family = "gaussian";
  assertEquals(chosen(""), { family, variance: "learned", mean: "linear" });
  assertEquals(chosen("--decoder-variance 0.5 --decoder-mean sigmoid"), {
    family,
    variance: 0.5,
    mean: "sigmoid",
  });
  const variance = "per-pixel";
  assertEquals(chosen("--decoder-variance per-pixel"), {
    family,
    variance,
    mean: "sigmoid",
  });
  assertEquals(chosen("--decoder-variance per-pixel --decoder-mean linear"), {
    family,
    variance,
    mean: "linear",
  });
});

Deno.test("requestOf() gives each optimiser its own defaults, and only its own settings", () => {
  const chosen = (line: string) => {
    const { optimizer, learningRate } = config(line);
    return { ...optimizer, learningRate };
  };
  assertEquals(chosen(""), {
    name: "adam",
    beta1: 0.9,
    beta2: 0.999,
    epsilon: 1e-8,
    learningRate: 0.001,
  });
  assertEquals(chosen("--optimizer adagrad"), {
    name: "adagrad",
    initialAccumulator: 0,
    epsilon: 1e-10,
    learningRate: 0.02,
  });
  assertEquals(chosen("--optimizer sgd --learning-rate 3"), {
    name: "sgd",
    learningRate: 3,
  });
});

Deno.test("requestOf() takes the published set-ups of AEVB and IWAE", () => {
  const aevb = config(
    "--dataset mnist --train-size 50000 --hidden 500 --binarize none " +
      "--init normal --output-bias init --optimizer adagrad " +
      "--learning-rate 0.01 --weight-decay 2e-5",
  );
  assertEquals(aevb.likelihood, { family: "bernoulli" });
  assertEquals(aevb.binarize, "none");
  assertEquals([aevb.learningRate, aevb.weightDecay], [0.01, 2e-5]);
  // Weights and biases are all from N(0, 0.01^2).
  for (const { values } of initialParameters(largestSpec(aevb), 1)) {
    assert(values.some((value) => value !== 0));
    assert(values.every((value) => Math.abs(value) < 0.06));
  }
  for (const objective of ["wake-sleep", "mcem"]) {
    const line = `--dataset mnist --binarize none --objective ${objective}`;
    assertEquals(config(line).binarize, "none");
    assertEquals(
      config(
        `--dataset freyface --objective ${objective} ` +
          "--decoder-variance per-pixel",
      ).likelihood,
      { family: "gaussian", variance: "per-pixel", mean: "sigmoid" },
    );
  }
  const iwae = config(
    "--objective iwae --batch-size 20 --epsilon 1e-4 --steps 12000 " +
      "--learning-rate stages:0.001:3000,0.00072:9000",
  );
  assertEquals(iwae.learningRate, {
    shape: "stages",
    stages: [{ value: 0.001, steps: 3000 }, { value: 0.00072, steps: 9000 }],
  });
});

Deno.test("requestOf() plans a run for each k of a bound", () => {
  const { runs } = request("--objective iwae --k 1,50 --gradient dreg");
  assertEquals(runs.map(({ name }) => name), [
    "glyphs-z10-L1-iwae-k1-dreg-seed1",
    "glyphs-z10-L1-iwae-k50-dreg-seed1",
  ]);
  assertEquals(runs.map(({ config }) => config.objective), [
    { name: "iwae", k: 1, gradient: "dreg" },
    { name: "iwae", k: 50, gradient: "dreg" },
  ]);
});

Deno.test("requestOf() has a second layer where its dimension is given", () => {
  const line = "--objective iwae --latent 100,20 --upper-latent 50";
  const { runs } = request(line);
  assertEquals(runs.map(({ name }) => name), [
    "glyphs-z100-50-L1-iwae-k5-seed1",
    "glyphs-z20-50-L1-iwae-k5-seed1",
  ]);
  const upper = (line: string) => config(line).upper;
  assertEquals(upper(line), { latentDim: 50, hidden: [100] });
  assertEquals(upper(`${line} --upper-hidden 100,100`), {
    latentDim: 50,
    hidden: [100, 100],
  });
  assertEquals(upper(`${line} --upper-hidden none`), {
    latentDim: 50,
    hidden: [],
  });
  assertEquals(upper(""), null);
  assertEquals(upper("--upper-latent none"), null);
});

Deno.test("requestOf() takes schedules as long as the run", () => {
  const { beta, freeBits, capacity } = config(
    "--steps 100 --beta linear:0:1:100 --free-bits 0.5 " +
      "--capacity cyclical:0:25:100:0.5",
  );
  assertEquals(beta, { shape: "linear", from: 0, to: 1, steps: 100 });
  assertEquals(freeBits, 0.5);
  assertEquals(capacity, {
    shape: "cyclical",
    from: 0,
    to: 25,
    period: 100,
    ramp: 0.5,
  });
});

Deno.test("requestOf() takes convolutions for all images", () => {
  for (const dataset of ["glyphs", "mnist", "mnist-fixed", "freyface"]) {
    assertEquals(
      config(`--dataset ${dataset} --hidden conv32,conv64,256`).hidden,
      [{ channels: 32 }, { channels: 64 }, 256],
    );
  }
});

Deno.test("requestOf() has as many steps as a budget or passes take", () => {
  const steps = (line: string) => config(line).steps;
  assertEquals(steps("--budget 1e6"), 10000);
  assertEquals(steps("--budget 101 --batch-size 20"), 6);
  assertEquals(steps("--budget 1e6 --objective mcem"), 667);
  assertEquals(steps("--passes 2 --objective mcem"), steps("--passes 2"));
  assertEquals(steps("--passes 3"), 300);
  assertEquals(steps("--passes 3 --train-size 50 --batch-size 20"), 8);
  assertEquals(steps("--dataset mnist --passes 1 --batch-size 20"), 3000);
});

Deno.test("requestOf() derives evaluations and labels names as the experiment says", () => {
  const rules = {
    derive: {
      evalEvery: {
        help: "first and last",
        of: ({ steps }: { steps: number }) => [1, steps],
      },
      learningRate: {
        help: "none",
        of: (): number => {
          throw new UserError("it has none");
        },
      },
    },
    label: budgetLabel,
    labelled: ["steps"],
  };
  const asked = (line: string) =>
    requestOf(readFlags(words(line)), rules).runs[0]!;
  const { name, config } = asked("--budget 25000 --learning-rate 1");
  assertEquals([name, config.evalEvery], [
    "glyphs-z10-L1-n2.5e4-lr1-seed1",
    [1, 250],
  ]);
  assertEquals(
    asked("--budget 1e6 --objective mcem --learning-rate 1").name,
    "glyphs-z10-L1-mcem-n1e6-lr1-seed1", // of 667 steps: 1,000,500 samples
  );
  const typed = asked("--eval-every 7 --learning-rate 0.5");
  assertEquals([typed.config.evalEvery, typed.config.learningRate], [7, 0.5]);
  assertEquals(typed.name, "glyphs-z10-L1-n6e4-lr0.5-evalevery7-seed1");
  assertThrows(() => asked(""), UserError, "it has none");
  assertEquals(derivedHelp(rules), {
    "eval-every": "first and last",
    "learning-rate": "none",
  });
});

Deno.test("requestOf() has the keys of a config in one order, whatever was typed", () => {
  const keys = (line: string) => JSON.stringify(Object.keys(config(line)));
  assertEquals(keys("--seed 4 --hidden none --train-size 3"), keys(""));
});

Deno.test("requestOf() leaves out of the config what does not change the numbers", () => {
  const { runs, ...rest } = request(
    "--engine reference --backend cpu --out there --quiet --fresh " +
      "--checkpoint-every 7 --require-clean --jobs 3 --cell 1",
  );
  assertEquals(runs, request("").runs);
  assertEquals(rest, {
    swept: [],
    variant: undefined,
    engine: "reference",
    backend: "cpu",
    tiles: null,
    batchRuns: null,
    out: "there",
    dataDir: undefined,
    data: undefined,
    checkpointEvery: 7,
    jobs: 3,
    cell: { index: 1 },
    sweepFile: undefined,
    fresh: true,
    gather: false,
    check: false,
    requireClean: true,
    quiet: true,
  });
});

Deno.test("requestOf() takes the backend of the webgpu engine, its tiles and batches", () => {
  const asked = request("--engine webgpu --tiles 8x2/16x4 --batch-runs 3");
  assertEquals(asked.backend, "webgpu");
  assertEquals(asked.tiles, {
    ...{ kind: "plain", rows: 8, fours: 2, across: 16, down: 4 },
  });
  assertEquals(asked.batchRuns, 3);
  assertEquals(request("--engine webgpu --backend cpu").backend, "cpu");
  const { dataDir } = request("--dataset mnist --data-dir here");
  assertEquals(dataDir, "here");
});
