/** jax-js as a contender: the same training step. */

import {
  defaultDevice,
  init,
  jit,
  nn,
  numpy as np,
  random,
  tree,
  valueAndGrad,
} from "@jax-js/jax";
import { valueAt } from "../../src/objective/schedule.ts";
import { Batches } from "../../src/train/batches.ts";
import { clocked, type Contender, type Trainer } from "./harness.ts";
import type { Training } from "./training.ts";

/** Arrays by name. A function that takes one must use each array once. */
type Arrays = Record<string, np.Array>;

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

/** -ELBO of a minibatch: x [B, D], noise [B, d], draws of z: one. */
function loss(parameters: Arrays, x: np.Array, noise: np.Array): np.Array {
  const affine = (input: np.Array, layer: string) =>
    np.matmul(input, parameters[`${layer}/weight`]!)
      .add(parameters[`${layer}/bias`]!);
  const h = np.tanh(affine(x.ref, "hidden"));
  const mean = affine(h.ref, "mean");
  const logVariance = affine(h, "log_variance");
  const deviation = np.exp(logVariance.ref.mul(0.5));
  const z = mean.ref.add(deviation.mul(noise));
  const logits = affine(np.tanh(affine(z, "decoder")), "output");
  const [size] = x.shape as [number, number];
  const reconstruction = x.mul(logits.ref).sub(nn.softplus(logits)).sum();
  const kl = np.exp(logVariance.ref).add(np.square(mean)).sub(1)
    .sub(logVariance).sum().mul(0.5);
  return kl.sub(reconstruction).div(size);
}

/** One update of Adam, with the loss before it. */
function update(
  parameters: Arrays,
  first: Arrays,
  second: Arrays,
  x: np.Array,
  key: np.Array,
  rate: np.Array,
  unbias: np.Array,
): [np.Array, Arrays, Arrays, Arrays] {
  const [size] = x.shape as [number, number];
  const [latentDim] = parameters["mean/bias"]!.shape as [number];
  const noise = random.normal(key, [size, latentDim]);
  const [value, gradients] = valueAndGrad(loss)(
    tree.ref(parameters),
    x,
    noise,
  );
  const [next, nextFirst, nextSecond]: [Arrays, Arrays, Arrays] = [{}, {}, {}];
  for (const [name, gradient] of Object.entries(gradients as Arrays)) {
    const m = first[name]!.mul(BETA1).add(gradient.ref.mul(1 - BETA1));
    const v = second[name]!.mul(BETA2).add(np.square(gradient).mul(1 - BETA2));
    const root = np.sqrt(v.ref.mul(unbias.ref)).add(EPSILON);
    const change = m.ref.mul(rate.ref).div(root);
    next[name] = parameters[name]!.sub(change);
    nextFirst[name] = m;
    nextSecond[name] = v;
  }
  rate.dispose();
  unbias.dispose();
  return [value, next, nextFirst, nextSecond];
}

type Device = "wasm" | "webgpu";

/** jax-js on a device: the wasm one takes the threads that it wants. */
export function jaxContender(device: Device, training: Training): Contender {
  return { name: `jax-js ${device}`, open: () => open(device, training) };
}

async function open(
  device: Device,
  { data, config }: Training,
): Promise<Trainer> {
  if (config.samples !== 1) throw new Error("it is written for one draw of z");
  if (!(await init(device)).includes(device)) {
    throw new Error(`jax-js has no device ${device} here`);
  }
  defaultDevice(device);
  const batches = new Batches(data, config);
  const { dim } = data;
  const { hidden, latentDim, batchSize } = config;
  const units = hidden[0] as number;
  const layers: Record<string, [number, number]> = {
    hidden: [dim, units],
    mean: [units, latentDim],
    log_variance: [units, latentDim],
    decoder: [latentDim, units],
    output: [units, dim],
  };
  let [parameters, first, second]: [Arrays, Arrays, Arrays] = [{}, {}, {}];
  Object.entries(layers).forEach(([layer, [from, to]], i) => {
    parameters[`${layer}/weight`] = random.normal(random.key(i), [from, to])
      .mul(1 / Math.sqrt(from));
    parameters[`${layer}/bias`] = np.zeros([to]);
    for (const state of [first, second]) {
      state[`${layer}/weight`] = np.zeros([from, to]);
      state[`${layer}/bias`] = np.zeros([to]);
    }
  });
  const compiled = jit(update);
  let step = 0;
  async function train(): Promise<void> {
    step += 1;
    const { x } = batches.training(step);
    let value: np.Array;
    [value, parameters, first, second] = compiled(
      ...[parameters, first, second] as const,
      np.array(Float32Array.from(x), { shape: [batchSize, dim] }),
      random.key(step),
      np.array(valueAt(config.learningRate, step) / (1 - BETA1 ** step)),
      np.array(1 / (1 - BETA2 ** step)),
    );
    // As ours, the terms of every step are read.
    const [nats] = await value.data();
    if (!Number.isFinite(nats)) throw new Error(`its loss is ${nats}`);
  }
  return {
    time: (steps) =>
      clocked(async () => {
        for (let i = 0; i < steps; i++) await train();
      }),
    close: () => tree.dispose([parameters, first, second]),
  };
}
