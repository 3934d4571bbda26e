/** What the reader has chosen, and what follows from it. */

import { batch, computed, effect, type Signal, signal } from "@preact/signals";
import type { DrawEngine } from "../../engine/draw_engine.ts";
import type { ExactElboTerms } from "../../evaluate/linear_terms.ts";
import type { Model } from "./model.ts";
import {
  type Bound,
  boundsOf,
  type Datapoint,
  elboOf,
  type ElboTerms,
  type LastBound,
  lastBound,
  logWeights,
  type Posterior,
  posteriorOf,
} from "./terms.ts";

/** Which datapoint is looked at: a test row, or what the reader has made. */
export type Chosen =
  | { readonly kind: "row"; readonly row: number }
  | { readonly kind: "own"; readonly x: Float32Array };

/** What is known of the datapoint. */
export interface Looked {
  /** what computed it */
  readonly engine: DrawEngine;
  readonly point: Datapoint;
  readonly posterior: Posterior;
  /** E[x|z] at the mean of q(z|x) */
  readonly reconstruction: Float32Array;
  readonly elbo: ElboTerms;
  readonly exact: ExactElboTerms | null;
  /** log importance weights of the draws of L_k so far */
  readonly weights: number[];
}

/** Draws of the ELBO's reconstruction, and of L_k where nobody asks for more. */
export const [ELBO_SAMPLES, FIRST_K, MOST_K] = [500, 1000, 10_000] as const;

/** The page's state: signals, and what changes them. */
export class State {
  readonly model: Model;
  /** the point of the latent space */
  readonly z: Signal<Float32Array>;
  /** E[x|z] there; null: not yet */
  readonly decoded = signal<Float32Array | null>(null);
  readonly chosen = signal<Chosen>({ kind: "row", row: 0 });
  /** the class that z is decoded with, and what the reader draws is of */
  readonly classIndex = signal(0);
  readonly looked = signal<Looked | null>(null);
  /** L_k of the datapoint, as far as it is known */
  readonly bounds = signal<readonly Bound[]>([]);
  readonly last = signal<LastBound | null>(null);
  /** draws of L_k that are asked for */
  readonly k = signal<number>(FIRST_K);
  /** means of q(z|x) of the test rows, [n, d] */
  readonly means = signal<Float32Array | null>(null);
  /** decodings of z that were asked for, and the newest one that is there */
  #asked = 0;
  #answered = 0;

  /** y at which z is decoded */
  readonly condition = computed(() =>
    this.model.explored.classes === null
      ? this.point.value.condition
      : this.model.conditionOf(this.classIndex.value)
  );
  readonly point = computed((): Datapoint => {
    const chosen = this.chosen.value;
    if (chosen.kind === "row") return this.model.row(chosen.row);
    const condition = this.model.explored.classes === null
      ? this.model.row(0).condition
      : this.model.conditionOf(this.classIndex.value);
    return { x: chosen.x, ...condition && { condition } };
  });

  constructor(model: Model) {
    this.model = model;
    this.z = signal(new Float32Array(model.latentDim));
    this.choose({ kind: "row", row: 0 });
    effect(() => {
      const [z, y] = [this.z.value, this.condition.value];
      const engine = model.engine.value;
      inNextFrame("decode", () => this.#decode(z, y, engine));
    });
    effect(() => {
      const [point, engine] = [this.point.value, model.engine.value];
      inNextFrame("look", () => this.#look(point, engine));
    });
    effect(() => {
      const [looked, k] = [this.looked.value, this.k.value];
      if (looked !== null) void this.#bound(looked, k);
    });
    effect(() => void this.#encodeRows(model.engine.value));
  }

  /** Moves one latent dimension. */
  move(unit: number, value: number): void {
    this.z.value = this.z.value.with(unit, value);
  }

  /** Looks at a datapoint, and moves z to the mean of its q(z|x). */
  choose(chosen: Chosen): void {
    const { classes, rows } = this.model.explored;
    batch(() => {
      this.chosen.value = chosen;
      this.k.value = FIRST_K;
      if (chosen.kind !== "row" || classes === null) return;
      const label = rows.labels.find(({ name }) => name === classes.name);
      const index = label?.values[chosen.row];
      if (index != null) this.classIndex.value = index;
    });
  }

  /** The answers of a GPU may come in another order than they were asked for. */
  async #decode(
    z: Float32Array,
    y: Float32Array | undefined,
    engine: DrawEngine,
  ): Promise<void> {
    const turn = ++this.#asked;
    const values = await this.model.decode(z, y, engine);
    if (turn < this.#answered) return;
    this.#answered = turn;
    this.decoded.value = values;
  }

  async #encodeRows(engine: DrawEngine): Promise<void> {
    const means = await this.model.means(engine);
    if (engine === this.model.engine.peek()) this.means.value = means;
  }

  async #look(point: Datapoint, engine: DrawEngine): Promise<void> {
    const { model } = this;
    const draws = this.#draws();
    const posterior = await posteriorOf(engine, point);
    const elbo = await elboOf(engine, point, posterior, {
      ...draws,
      samples: ELBO_SAMPLES,
    });
    const reconstruction = await model.decode(
      posterior.mean,
      point.condition,
      engine,
    );
    if (point !== this.point.peek() || engine !== model.engine.peek()) return;
    batch(() => {
      this.looked.value = {
        ...{ engine, point, posterior, reconstruction, elbo, weights: [] },
        exact: model.exact?.(point.x, posterior) ?? null,
      };
      this.z.value = posterior.mean;
      this.bounds.value = [];
      this.last.value = null;
    });
  }

  /** Draws until there are k, unless another datapoint or k is asked for. */
  async #bound(looked: Looked, k: number): Promise<void> {
    const { weights, point, engine } = looked;
    const draws = { ...this.#draws(), k, from: weights.length };
    for await (const part of logWeights(engine, point, draws)) {
      if (looked !== this.looked.peek() || k !== this.k.peek()) return;
      weights.push(...part);
      batch(() => {
        this.bounds.value = boundsOf(weights);
        this.last.value = lastBound(weights);
      });
      await nextFrame();
    }
  }

  /** What is drawn by hand has the draws of row 0. */
  #draws(): { readonly seed: number; readonly row: number } {
    const chosen = this.chosen.peek();
    const { seed } = this.model.explored;
    return { seed, row: chosen.kind === "row" ? chosen.row : 0 };
  }
}

const waiting = new Map<string, () => unknown>();

/** Does the latest work of a name before the next frame is drawn. */
function inNextFrame(name: string, work: () => unknown): void {
  const isAsked = waiting.has(name);
  waiting.set(name, work);
  if (isAsked) return;
  void nextFrame().then(() => {
    const latest = waiting.get(name)!;
    waiting.delete(name);
    latest();
  });
}

function nextFrame(): Promise<void> {
  return new Promise((resolve) => requestAnimationFrame(() => resolve()));
}
