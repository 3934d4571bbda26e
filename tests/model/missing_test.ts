/**
 * Missing values. A model with a mask, at rows of which the same values are
 * missing, is a model of the other columns alone: the weights of the mask are
 * constants there, which join the bias. Terms and gradients have to be the same.
 */

import { assert, assertAlmostEquals, assertThrows } from "@std/assert";
import * as tf from "../../src/tfjs.ts";
import { openBackend } from "../../src/engine/backend.ts";
import type { Batch } from "../../src/engine/engine.ts";
import { ReferenceEngine } from "../../src/engine/reference.ts";
import {
  LIKELIHOODS,
  type LikelihoodSpec,
  takesMissing,
} from "../../src/model/likelihood/families.ts";
import { OPTIMIZERS } from "../../src/model/optimizers.ts";
import type { ParameterValues } from "../../src/model/parameters.ts";
import type { VaeSpec } from "../../src/model/spec.ts";
import { Vae } from "../../src/model/vae.ts";
import { UNWEIGHTED } from "../../src/objective/kl_weighting.ts";
import type { ObjectiveSpec } from "../../src/objective/spec.ts";
import { stream } from "../../src/random/stream.ts";
import { largeParameters } from "./oracle.ts";

const D = 4;
const COUNT = 3;
const DRAWS = 2;

const specOf = (likelihood: LikelihoodSpec, masked: boolean): VaeSpec => ({
  ...{ dataDim: D, latentDim: 2, hidden: [5], activation: "tanh" },
  ...{ posterior: "diagonal", likelihood, initialisation: "glorot" },
  ...masked && { masked },
});

/** Where a parameter's entries are in the model of the observed columns. */
type Places = (at: number) => number | "bias" | "none";

/**
 * Of each parameter that depends on columns: where the model of the observed
 * columns has its entries. `bias`: what the encoder's bias takes over.
 */
function placesOf(
  name: string,
  [rows, columns = 1]: readonly number[],
  observed: readonly number[],
): Places {
  if (name === "encoder/hidden1/weight") {
    return (at) => {
      const [row, column] = [Math.floor(at / columns), at % columns];
      const own = observed.indexOf(row % D);
      if (own < 0) return "none";
      return row < D ? own * columns + column : "bias";
    };
  }
  if (!/^decoder\/(output|log_variance)\//.test(name)) return (at) => at;
  const width = name.endsWith("bias") ? rows! : columns;
  return (at) => {
    const own = observed.indexOf(at % width);
    if (own < 0) return "none";
    return Math.floor(at / width) * observed.length + own;
  };
}

/** The parameters of the model of the observed columns. */
function ofObserved(
  initial: readonly ParameterValues[],
  observed: readonly number[],
): ParameterValues[] {
  const mask = initial[0]!.values;
  return initial.map(({ name, shape, values }) => {
    if (name === "encoder/hidden1/bias") {
      const biases = values.map((bias, j) =>
        observed.reduce((sum, at) => sum + mask[(D + at) * 5 + j]!, bias)
      );
      return { name, shape, values: biases };
    }
    const places = placesOf(name, shape, observed);
    const kept = values.filter((_, at) => typeof places(at) === "number");
    const small = name === "encoder/hidden1/weight"
      ? [observed.length, 5]
      : kept.length === values.length
      ? shape
      : [...shape.slice(0, -1), observed.length];
    return { name, shape: small, values: kept };
  });
}

async function gradientsOf(
  vae: Vae,
  objective: ObjectiveSpec,
  batch: Batch,
): Promise<{ terms: Float32Array; by: Map<string, Float32Array> }> {
  using engine = new ReferenceEngine(vae, {
    objective,
    optimizer: OPTIMIZERS.sgd,
  });
  const { terms, gradients } = engine.gradients(batch, UNWEIGHTED);
  const by = new Map<string, Float32Array>();
  for (const [name, tensor] of Object.entries(gradients)) {
    by.set(name, await tensor.data<"float32">());
  }
  const found = await terms.data<"float32">();
  tf.dispose([terms, gradients]);
  return { terms: found, by };
}

async function compare(
  likelihood: LikelihoodSpec,
  objective: ObjectiveSpec,
  observed: readonly number[],
): Promise<void> {
  const spec = specOf(likelihood, true);
  const initial = largeParameters(spec, 3);
  const k = objective.name === "iwae" ? objective.k : 1;
  const normals = (part: number, count: number) =>
    stream(2, "noise", part).normals(count);
  const values = stream(1, "data").uniforms(COUNT * D);
  const rows = (width: number, at: (row: number, i: number) => number) =>
    Float32Array.from(
      { length: COUNT * width },
      (_, i) => at(Math.floor(i / width), i % width),
    );
  const batch = {
    noise: normals(0, DRAWS * k * COUNT * 2),
    size: COUNT,
    samples: DRAWS * k,
  };
  const dream = (width: number) => ({
    prior: normals(1, COUNT * 2),
    pixels: normals(2, COUNT * D).subarray(0, COUNT * width),
  });
  using whole = new Vae(spec, initial);
  const found = await gradientsOf(whole, objective, {
    ...batch,
    dream: dream(D),
    x: rows(2 * D, (row, i) => {
      const isObserved = observed.includes(i % D);
      if (i >= D) return Number(isObserved);
      return isObserved ? values[row * D + i]! : 0;
    }),
  });
  using part = new Vae(
    { ...specOf(likelihood, false), dataDim: observed.length },
    ofObserved(initial, observed),
  );
  const expected = await gradientsOf(part, objective, {
    ...batch,
    dream: dream(observed.length),
    x: rows(observed.length, (row, i) => values[row * D + observed[i]!]!),
  });
  const near = (actual: number, wanted: number, what: string) =>
    assertAlmostEquals(actual, wanted, 2e-5 * (1 + Math.abs(wanted)), what);
  found.terms.forEach((term, i) => near(term, expected.terms[i]!, `term ${i}`));
  for (const [name, gradient] of found.by) {
    const shape = whole.parameters.get(name)!.shape;
    const places = placesOf(name, shape, observed);
    const wanted = expected.by.get(name)!;
    gradient.forEach((value, at) => {
      const place = places(at);
      if (place === "none") assert(value === 0, `${name} ${at}: ${value}`);
      else if (place === "bias") {
        near(value, expected.by.get("encoder/hidden1/bias")![at % 5]!, name);
      } else near(value, wanted[place]!, `${name} ${at}`);
    });
  }
}

Deno.test("a missing value leaves log p(x|z), its gradient and the encoder", async (t) => {
  await openBackend("cpu");
  const all: readonly LikelihoodSpec[] = [
    ...LIKELIHOODS.filter(takesMissing),
    { family: "gaussian", variance: "optimal", mean: "linear" },
    { family: "gaussian", variance: 0.3, mean: "linear" },
  ];
  for (const likelihood of all) {
    const name = Object.values(likelihood).join(" ");
    await t.step(
      name,
      () => compare(likelihood, { name: "elbo" }, [0, 2, 3]),
    );
  }
  const bernoulli = { family: "bernoulli" } as const;
  await t.step("iwae", () =>
    compare(
      bernoulli,
      { name: "iwae", k: 3, gradient: "plain" },
      [1, 2],
    ));
  // Nothing is missing of a dream.
  await t.step(
    "wake-sleep",
    () => compare(bernoulli, { name: "wake-sleep" }, [0, 1, 2, 3]),
  );
});

Deno.test("convolutions and likelihoods of whole rows have no mask", () => {
  const spec = specOf({ family: "discretised-logistic" }, true);
  assertThrows(() => new Vae(spec, []), RangeError, "no missing values");
  const image = { height: 2, width: 2 };
  const hidden = [{ channels: 1 }];
  assertThrows(
    () =>
      largeParameters({ ...specOf(LIKELIHOODS[0]!, true), image, hidden }, 1),
    RangeError,
    "no mask",
  );
});
