import { setImmediate } from "node:timers";
import { assert, assertEquals } from "@std/assert";
import type { Engine, StepTerms } from "../../src/engine/engine.ts";
import { Batches } from "../../src/train/batches.ts";
import { train } from "../../src/train/loop.ts";
import { TestClock } from "../clock.ts";
import { configOf, toyData } from "./toys.ts";

/**
 * An engine whose device does steps one after the other, each in so many
 * milliseconds, while the host goes on and needs others for it. A reading takes
 * until the device has done its steps.
 */
class SlowDevice {
  readonly vae = {};
  stepsDone = 0;
  /** most milliseconds of work that the device had before it */
  backlog = 0;
  #read = 0;
  /** when the device has done all steps */
  #free = 0;
  readonly #clock: TestClock;
  readonly #ms: { readonly host: number; readonly device: number };
  readonly #onStep: (step: number) => void;

  constructor(
    clock: TestClock,
    ms: { readonly host: number; readonly device: number },
    onStep: (step: number) => void,
  ) {
    this.#clock = clock;
    this.#ms = ms;
    this.#onStep = onStep;
  }

  get pending(): number {
    return this.stepsDone - this.#read;
  }

  step(): void {
    this.stepsDone += 1;
    this.#clock.now += this.#ms.host;
    this.#free = Math.max(this.#free, this.#clock.now) + this.#ms.device;
    this.backlog = Math.max(this.backlog, this.#free - this.#clock.now);
    this.#onStep(this.stepsDone);
  }

  async readTerms(): Promise<StepTerms[]> {
    const steps = this.pending;
    const done = this.#free;
    this.#read = this.stepsDone;
    await new Promise((resolve) => setTimeout(resolve, 0));
    this.#clock.now = Math.max(this.#clock.now, done);
    return Array.from(
      { length: steps },
      () => ({ reconstruction: -1, kl: 1, objective: -2, more: {} }),
    );
  }

  save() {
    return Promise.resolve({ step: this.stepsDone, arrays: [] });
  }
}

Deno.test("train() sees a stop after few steps, however fast they are recorded", async () => {
  for (
    const [ms, asked] of [
      [{ host: 0.06, device: 0.1 }, 3],
      [{ host: 0.06, device: 0.1 }, 5000],
      [{ host: 0.06, device: 10 }, 3],
      [{ host: 0.06, device: 10 }, 300],
      [{ host: 0.06, device: 400 }, 2],
      [{ host: 12, device: 12 }, 20],
    ] as const
  ) {
    using clock = new TestClock();
    const config = configOf({ steps: 20_000, evalEvery: 20_000, hidden: [] });
    const stop = new AbortController();
    const engine = new SlowDevice(clock, ms, (step) => {
      // A signal of the system is handled when the event loop turns.
      if (step === asked) setImmediate(() => stop.abort());
    });
    const rows: number[] = [];
    let saved = 0;
    for await (
      const report of train(
        engine as unknown as Engine,
        new Batches(toyData(), config),
        config,
        { signal: stop.signal },
      )
    ) {
      if (report.kind === "steps") {
        rows.push(...report.rows.map(({ step }) => step));
      } else if (report.kind === "checkpoint") saved = report.state.step;
    }
    const what = `${JSON.stringify(ms)} at step ${asked}: `;
    // All that were recorded are told and saved.
    assertEquals(rows.length, engine.stepsDone, what);
    assertEquals(saved, engine.stepsDone, what);
    // Two turns of the loop, of 5 ms each, and a step.
    const more = engine.stepsDone - asked;
    assert(more <= 2 * Math.ceil(5 / ms.host) + 1, `${what}${more} more`);
    // Three readings are under way: of a quarter of a second each, or at first
    // of 16 steps.
    const { backlog } = engine;
    const most = 3 * Math.max(250 * 1.1, 16 * ms.device);
    assert(backlog <= most, `${what}${backlog} ms`);
  }
});
