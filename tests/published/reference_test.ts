import { assert, assertEquals } from "@std/assert";
import {
  aevbFigure2,
  aevbFigure3,
  iwaeTable1,
} from "../../src/published/reference.ts";

Deno.test("aevbFigure2() has a curve for each data set, latent dimension, method and split", () => {
  const curves = aevbFigure2();
  const names = curves.map(({ dataset, latentDim, method, split, run }) =>
    `${dataset} ${latentDim} ${method} ${split} ${run}`
  );
  assertEquals(new Set(names).size, names.length);
  const first = names.filter((name) => name.endsWith(" 1"));
  assertEquals(first.length, 2 * 2 * (5 + 4));
  // Wake-sleep on MNIST begins twice with 3, 5, 10 and 20 dimensions.
  assertEquals(
    names.filter((name) => name.endsWith(" 2")),
    [3, 5, 10, 20].flatMap((z) =>
      ["test", "train"].map((split) => `mnist ${z} wake-sleep ${split} 2`)
    ),
  );
  for (const { points, run } of curves) {
    assert(run === 2 || points.length >= 10);
    points.forEach(({ samples, value }, i) => {
      assert(i === 0 || samples > points[i - 1]!.samples);
      assert(Number.isFinite(value));
    });
  }
  const curve = curves.find((_, i) => names[i] === "mnist 20 aevb test 1")!;
  assertEquals(curve.points[0], { samples: 312900, value: -148.51, since: 0 });
});

Deno.test("aevbFigure2() has one interval of evaluations before each point, and no two trainings in a curve", () => {
  for (const { points, run, ...curve } of aevbFigure2()) {
    const lengths = points.map(({ samples, since }) => samples - since);
    const shortest = Math.min(...lengths);
    for (const [i, length] of lengths.entries()) {
      // The first interval has the program's start.
      const most = i === 0 ? 1.5 : 1.25;
      assert(length < most * shortest, `${JSON.stringify(curve)} ${run} ${i}`);
    }
  }
  // Evaluations at 11,703,700 and 12,671,800 are four intervals apart.
  const { points } = aevbFigure2().find((curve) =>
    curve.dataset === "mnist" && curve.latentDim === 3 && curve.run === 1 &&
    curve.method === "wake-sleep" && curve.split === "test"
  )!;
  const point = points.find(({ samples }) => samples === 12671800)!;
  assertEquals(point.since, 12671800 - (12671800 - 11703700) / 4);
});

Deno.test("aevbFigure3() has a curve for each train size, method and split", () => {
  const curves = aevbFigure3();
  const names = curves.map(({ trainSize, method, split }) =>
    `${trainSize} ${method} ${split}`
  );
  assertEquals(new Set(names).size, 2 * 3 * 2);
  const curve = curves.find((_, i) => names[i] === "1000 aevb test")!;
  assertEquals(curve.points[0], { samples: 278400, value: -154.62 });
});

Deno.test("iwaeTable1() has the printed rows", () => {
  const rows = iwaeTable1();
  assertEquals(rows.length, 12);
  assertEquals(rows[4], {
    layers: 1,
    objective: "iwae",
    k: 5,
    nll: 85.54,
    activeUnits: "22",
  });
});
