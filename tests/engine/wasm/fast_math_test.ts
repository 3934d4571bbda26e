import { assert, assertEquals } from "@std/assert";
import { trainingOf } from "../training.ts";
import { ALL_TRAININGS, assertTerms, trainedWith } from "./trainings.ts";

const FAST_MATH = { fastMath: true };

Deno.test("fast math gives the portable terms within 1e-4", async () => {
  for (const [label, training] of Object.entries(ALL_TRAININGS)) {
    const portable = await trainedWith({}, training);
    const fast = await trainedWith(FAST_MATH, training);
    assertEquals(fast.terms.length, training.steps);
    fast.terms.forEach((terms, i) =>
      assertTerms(terms, portable.terms[i]!, `${label}, step ${i + 1}`)
    );
  }
});

Deno.test("fast math has the same bits on 1 and 2 threads", async () => {
  const spec = { dataDim: 150, latentDim: 11, hidden: [130, 70] };
  const training = trainingOf({ spec, size: 70, samples: 2, steps: 6 });
  assertEquals(
    await trainedWith(FAST_MATH, training, 1),
    await trainedWith(FAST_MATH, training, 2),
  );
});

Deno.test("the portable module has no relaxed operation, the other has", async () => {
  /** 0xfd and 0x105 as a LEB128 number: f32x4.relaxed_madd. */
  const hasMadd = async (file: string) => {
    const path = new URL(`../../../src/engine/wasm/${file}`, import.meta.url);
    return (await Deno.readFile(path)).toHex().includes("fd8502");
  };
  assert(!await hasMadd("engine.wasm"));
  assert(await hasMadd("fast_math.wasm"));
});
