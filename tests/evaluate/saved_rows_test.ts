import { assert, assertEquals, assertRejects } from "@std/assert";
import { openBackend } from "../../src/engine/backend.ts";
import {
  type DrawEngine,
  referenceDraws,
} from "../../src/engine/draw_engine.ts";
import { emptyEstimates } from "../../src/evaluate/estimates.ts";
import { evaluationFiles } from "../../src/evaluate/evaluate_run.ts";
import {
  evaluateVae,
  type EvaluationOptions,
} from "../../src/evaluate/evaluate_vae.ts";
import { emptyImportanceEstimates } from "../../src/evaluate/importance_weights.ts";
import { SavedRows } from "../../src/evaluate/saved_rows.ts";
import type { Vae } from "../../src/model/vae.ts";
import { withFolder } from "../data/helpers.ts";
import { besidePosterior, examplesOf } from "./models.ts";

const OPTIONS: EvaluationOptions = {
  k: 60,
  rows: null,
  samples: 4,
  estimators: ["importance", "adapted", "hmc"],
  seed: 1,
  chains: { hmc: { chains: 4, burnIn: 3, samples: 3 } },
};

/** An engine that counts its calls. */
function counting(vae: Vae): DrawEngine & { calls: number } {
  const engine = referenceDraws(vae);
  return {
    ...engine,
    calls: 0,
    rowTerms(batch, kept) {
      this.calls += 1;
      return engine.rowTerms(batch, kept);
    },
  };
}

Deno.test("an evaluation that is ended at any part goes on to the same bytes", () =>
  withFolder(async (folder) => {
    await openBackend("cpu");
    using vae = besidePosterior({ shift: 0.7 });
    const examples = examplesOf(120);
    const whole = counting(vae);
    const stages: string[] = [];
    const expected = evaluationFiles(
      await evaluateVae(vae, examples, {
        ...OPTIONS,
        engine: whole,
        onProgress: (stage) => stages.push(stage),
      }),
    );
    // Every process gets through two parts more, and is ended.
    const path = `${folder}/rows.safetensors`;
    const first = stages.filter((stage) => stage === "ELBO").length;
    for (let parts = 1;; parts++) {
      const saved = await SavedRows.open(path, { of: "this" }, {
        interval: 0,
      });
      const abort = new AbortController();
      const engine = counting(vae);
      let left = first + 2;
      try {
        const evaluation = await evaluateVae(vae, examples, {
          ...OPTIONS,
          ...{ engine, saved, signal: abort.signal },
          onProgress() {
            left -= 1;
            if (left === 0) abort.abort(new Error("ended"));
          },
        });
        assertEquals(evaluationFiles(evaluation), expected);
        assert(parts > 3, `ended ${parts - 1} times`);
        assert(engine.calls < whole.calls / 5, "most rows are not made again");
        await saved.remove();
        break;
      } catch (error) {
        assertEquals((error as Error).message, "ended");
      }
      assert(parts < stages.length, "it goes on");
    }
    await assertRejects(() => Deno.stat(path), Deno.errors.NotFound);
  }));

Deno.test("SavedRows has the bits of each number, and of no other evaluation", () =>
  withFolder(async (folder) => {
    const path = `${folder}/rows.safetensors`;
    const estimates = emptyImportanceEstimates(3);
    estimates.values.set([-1 / 3, NaN, -0]);
    estimates.variances.set([1e-300, Infinity, 2 ** 60 + 2 ** 8]);
    estimates.paretoK.set([NaN, -Infinity, 0.1]);
    const saved = await SavedRows.open(path, { seed: 1 }, { interval: 0 });
    await saved.keep("L_k", estimates, 2);
    const other = emptyEstimates(2);
    other.values.set([5, 6]);
    await saved.keep("L_k of active units", other, 1);

    const read = async (origin: object) => {
      const found = emptyImportanceEstimates(3);
      const there = await SavedRows.open(path, origin, { interval: 0 });
      return { done: there.restore("L_k", found), found, there };
    };
    const { done, found, there } = await read({ seed: 1 });
    assertEquals({ done, found }, { done: 2, found: estimates });
    const second = emptyEstimates(2);
    assertEquals(there.restore("L_k of active units", second), 1);
    assertEquals(second, other);
    const nothing = { done: 0, found: emptyImportanceEstimates(3) };
    for (const wrong of [emptyEstimates(3), emptyImportanceEstimates(4)]) {
      assertEquals(there.restore("L_k", wrong), 0, "of another shape");
    }
    assertEquals(there.restore("q(z)", emptyEstimates(3)), 0);
    const { done: none, found: empty } = await read({ seed: 2 });
    assertEquals({ done: none, found: empty }, nothing);

    const bytes = await Deno.readFile(path);
    bytes[bytes.length - 5]! ^= 1;
    for (const damaged of [bytes, bytes.subarray(0, 40), new Uint8Array()]) {
      await Deno.writeFile(path, damaged);
      const { done, found, there } = await read({ seed: 1 });
      assertEquals({ done, found }, nothing);
      await there.keep("L_k", estimates, 3);
      assertEquals((await read({ seed: 1 })).done, 3, "replaced");
    }
  }));

Deno.test("SavedRows writes no more often than it is told", () =>
  withFolder(async (folder) => {
    const path = `${folder}/rows.safetensors`;
    const saved = await SavedRows.open(path, {});
    await saved.keep("L_k", emptyEstimates(1), 1);
    await assertRejects(() => Deno.stat(path), Deno.errors.NotFound);
    await saved.remove();
  }));
