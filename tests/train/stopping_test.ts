import { assertEquals } from "@std/assert";
import { endColumn, keptAt, RunEnd } from "../../src/train/stopping.ts";

/** Evaluations after steps 10, 20, ... */
const at = (...elbos: number[]) =>
  elbos.map((elbo, i) => ({ step: 10 * (i + 1), elbo }));

/** Where a run of 100 steps ends, and what it keeps, as each is added. */
function endOf(
  rules: { after?: number; gain?: number; best?: boolean },
  elbos: number[],
): [step: number, kept: number] {
  const { after, gain = 0, best } = rules;
  const end = new RunEnd({
    steps: 100,
    ...after !== undefined && { stopping: { after, gain } },
    ...best && { keep: "best" },
  });
  for (const one of at(...elbos)) {
    if (end.isReached) break;
    end.add(one);
  }
  return [end.step, end.kept];
}

Deno.test("RunEnd is after so many evaluations in a row without a gain", () => {
  const elbos = [-9, -8, -8.5, -8.1, -7, -7, -7.2, -7.1, -5];
  assertEquals(endOf({}, elbos), [90, 90]);
  // -8.5 and -8.1 are two; the second -7 is the first of three.
  assertEquals(endOf({ after: 1 }, elbos), [30, 30]);
  assertEquals(endOf({ after: 2 }, elbos), [40, 40]);
  assertEquals(endOf({ after: 3 }, elbos), [80, 80]);
  assertEquals(endOf({ after: 4 }, elbos), [90, 90]);
});

Deno.test("RunEnd asks for a gain above the last one, not above the best", () => {
  // Of 1 nat: -8 has none over -8.6, nor -7.7; -7.5 has.
  const elbos = [-9.7, -8.6, -8, -7.7, -7.5, -7.4, -7.3, -7.2];
  assertEquals(endOf({ after: 2, gain: 1 }, elbos), [40, 40]);
  assertEquals(endOf({ after: 3, gain: 1 }, elbos), [80, 80]);
  assertEquals(endOf({ after: 3, gain: 1, best: true }, elbos), [80, 80]);
  // Exactly the gain is none.
  assertEquals(endOf({ after: 1, gain: 1 }, [-3, -2, -1]), [20, 20]);
});

Deno.test("RunEnd keeps the first of the highest", () => {
  const best = true;
  assertEquals(endOf({ best }, [-3, -1, -2, -1, -1.5]), [50, 20]);
  assertEquals(endOf({ best, after: 2 }, [-3, -1, -2, -1, -1.5]), [40, 20]);
  assertEquals(endOf({ best, after: 1, gain: 5 }, [-3, -2, -9]), [20, 20]);
});

Deno.test("RunEnd is reached after the last step, by whatever process", () => {
  const rules = { steps: 30, stopping: { after: 9, gain: 0 } };
  assertEquals(new RunEnd(rules).isReached, false);
  assertEquals(new RunEnd(rules, at(-3, -2)).isReached, false);
  assertEquals(new RunEnd(rules, at(-3, -2, -1)).isReached, true);
});

Deno.test("keptAt() does not look at what comes later", () => {
  const rules = { steps: 100, keep: "best" } as const;
  const evaluated = at(-4, -2, -3, -1);
  const kept = [9, 10, 25, 39, 40].map((step) =>
    keptAt(rules, evaluated, step)
  );
  assertEquals(kept, [0, 10, 20, 20, 40]);
});

Deno.test("endColumn() is of the validation rows where there are any", () => {
  assertEquals(endColumn({}), "elbo");
  assertEquals(endColumn({ validationFraction: 0.1 }), "validation_elbo");
});
