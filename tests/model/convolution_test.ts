/** Convolutions against their definition, in float64 and by loops. */

import { assertAlmostEquals, assertEquals, assertNotEquals } from "@std/assert";
import * as tf from "../../src/tfjs.ts";
import { convolve, convolveTransposed } from "../../src/model/convolution.ts";
import type { GridPair } from "../../src/model/layers.ts";
import { stream } from "../../src/random/stream.ts";
import { testOnBackends, testOnWebGpu } from "../engine/backends.ts";
import { assertGradient, gradientOf } from "./derivatives.ts";
import { convolveDirectly, spreadDirectly } from "./direct_convolution.ts";
import { rowOf } from "./oracle.ts";

function gridsOf(
  [height, width]: readonly [number, number],
  [fine, coarse]: readonly [number, number],
): GridPair {
  return {
    fine: { height: 2 * height, width: 2 * width, channels: fine },
    coarse: { height, width, channels: coarse },
  };
}

/** Not square, one place alone, an image, and more channels than places. */
const GRIDS: readonly GridPair[] = [
  gridsOf([3, 2], [2, 3]),
  gridsOf([1, 1], [1, 1]),
  gridsOf([14, 14], [1, 4]),
  gridsOf([1, 3], [5, 7]),
];

const COUNT = 3;

/** Random x, y and kernel, and their shapes. */
function drawn({ fine, coarse }: GridPair) {
  const shapes = {
    x: [COUNT, fine.height, fine.width, fine.channels],
    y: [COUNT, coarse.height, coarse.width, coarse.channels],
    kernel: [4, 4, fine.channels, coarse.channels],
  };
  const draw = (shape: readonly number[], step: number) =>
    stream(0, "data", step).normals(shape.reduce((a, b) => a * b));
  const values = {
    x: draw(shapes.x, 1),
    y: draw(shapes.y, 2),
    kernel: draw(shapes.kernel, 3),
  };
  return { shapes, values };
}

/** Applies f to each datapoint. */
function byRow(
  values: Float32Array | Float64Array,
  f: (row: number[]) => number[],
): number[] {
  const width = values.length / COUNT;
  return Array.from({ length: COUNT }, (_, i) => f(rowOf(values, i, width)))
    .flat();
}

const dot = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a, (value, i) => value * b[i]!).reduce((s, v) => s + v, 0);

testOnBackends("convolve() sums the products of every window", async () => {
  for (const grids of GRIDS) {
    const { shapes, values } = drawn(grids);
    const y = tf.tidy(() =>
      convolve(
        tf.tensor(values.x, shapes.x),
        tf.tensor(values.kernel, shapes.kernel),
      )
    );
    assertEquals(y.shape, shapes.y);
    const expected = byRow(
      values.x,
      (x) => convolveDirectly(x, values.kernel, grids),
    );
    // Float32 sums of at most 16 C = 80 products of order one.
    assertGradient(await y.data(), expected, 1e-6);
    y.dispose();
  }
});

testOnBackends(
  "convolveTransposed() spreads every value over its window",
  async () => {
    for (const grids of GRIDS) {
      const { shapes, values } = drawn(grids);
      const x = tf.tidy(() =>
        convolveTransposed(
          tf.tensor(values.y, shapes.y),
          tf.tensor(values.kernel, shapes.kernel),
        )
      );
      assertEquals(x.shape, shapes.x);
      const expected = byRow(
        values.y,
        (y) => spreadDirectly(y, values.kernel, grids),
      );
      assertGradient(await x.data(), expected, 1e-6);
      x.dispose();
    }
  },
);

testOnBackends(
  "convolveTransposed() is the adjoint of convolve()",
  async () => {
    for (const grids of GRIDS) {
      const { shapes, values } = drawn(grids);
      const kernel = tf.tensor(values.kernel, shapes.kernel);
      const y = convolve(tf.tensor(values.x, shapes.x), kernel);
      const x = convolveTransposed(tf.tensor(values.y, shapes.y), kernel);
      const [left, right] = [
        dot(await y.data(), values.y),
        dot(values.x, await x.data()),
      ];
      const scale = Math.sqrt(
        dot(values.x, values.x) * dot(values.y, values.y),
      );
      assertAlmostEquals(left, right, 1e-6 * scale);
      assertNotEquals(left, 0);
    }
  },
);

testOnBackends(
  "convolutions have the gradients of their definitions",
  async () => {
    for (const grids of GRIDS.slice(0, 2)) {
      const { shapes, values } = drawn(grids);
      const [x, y, kernel] = [
        tf.tensor(values.x, shapes.x),
        tf.tensor(values.y, shapes.y),
        tf.tensor(values.kernel, shapes.kernel),
      ];
      // <convolve(x), y> and <x, convolveTransposed(y)> are one number, and
      // bilinear: differences have no error but rounding.
      const gradients = {
        x: (at: Float64Array) =>
          dot(
            byRow(at, (x) => convolveDirectly(x, values.kernel, grids)),
            values.y,
          ),
        y: (at: Float64Array) =>
          dot(
            byRow(at, (y) => spreadDirectly(y, values.kernel, grids)),
            values.x,
          ),
        kernel: (at: Float64Array) =>
          dot(byRow(values.x, (x) => convolveDirectly(x, at, grids)), values.y),
      };
      const [byX, byKernel] = tf.grads((x, kernel) => convolve(x!, kernel!))(
        [x, kernel],
        y,
      );
      const [byY, again] = tf.grads((y, kernel) =>
        convolveTransposed(y!, kernel!)
      )([y, kernel], x);
      const check = async (
        actual: tf.Tensor,
        name: keyof typeof gradients,
      ) =>
        assertGradient(
          await actual.data(),
          gradientOf(gradients[name], values[name]),
          1e-6,
          name,
        );
      await check(byX!, "x");
      await check(byKernel!, "kernel");
      await check(byY!, "y");
      await check(again!, "kernel");
    }
  },
);

testOnWebGpu(
  "convolutions have the same gradients to the byte twice",
  async () => {
    // Inner products of 3200 values and 32x8 results: tfjs would split such.
    const grids = gridsOf([32, 32], [8, 8]);
    const { shapes, values } = drawn(grids);
    const [x, kernel] = [
      tf.tensor(values.x, shapes.x),
      tf.tensor(values.kernel, shapes.kernel),
    ];
    const once = async () =>
      await Promise.all(
        tf.grads((x, kernel) =>
          tf.square(convolveTransposed(convolve(x!, kernel!), kernel!))
        )([x, kernel]).map(async (gradient) => [...await gradient.data()]),
      );
    assertEquals(await once(), await once());
  },
);
