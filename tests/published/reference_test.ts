import { assert, assertEquals } from "@std/assert";
import {
  aevbFigure2,
  aevbFigure3,
  iwaeTable1,
} from "../../src/published/reference.ts";

Deno.test("aevbFigure2() has a curve for each data set, latent dimension, method and split", () => {
  const curves = aevbFigure2();
  const names = curves.map(({ dataset, latentDim, method, split }) =>
    `${dataset} ${latentDim} ${method} ${split}`
  );
  assertEquals(new Set(names).size, 2 * 2 * (5 + 4));
  assertEquals(names.length, 36);
  for (const { points } of curves) {
    assert(points.length >= 10);
    points.forEach(({ samples, value }, i) => {
      assert(i === 0 || samples > points[i - 1]!.samples);
      assert(Number.isFinite(value));
    });
  }
  const curve = curves.find((_, i) => names[i] === "mnist 20 aevb test")!;
  assertEquals(curve.points[0], { samples: 312900, value: -148.51 });
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
