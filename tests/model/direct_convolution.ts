/** 4x4 convolutions of stride 2 by their definition, one product at a time. */

import type { GridPair } from "../../src/model/layers.ts";

/** Visits every product of the convolution by places in x, y and kernel. */
function forEachProduct(
  { fine, coarse }: GridPair,
  visit: (x: number, y: number, kernel: number) => void,
): void {
  for (let i = 0; i < coarse.height; i++) {
    for (let j = 0; j < coarse.width; j++) {
      for (let a = 0; a < 4; a++) {
        for (let b = 0; b < 4; b++) {
          const [row, column] = [2 * i + a - 1, 2 * j + b - 1];
          const isOutside = row < 0 || row >= fine.height || column < 0 ||
            column >= fine.width;
          if (isOutside) continue;
          for (let c = 0; c < fine.channels; c++) {
            for (let o = 0; o < coarse.channels; o++) {
              visit(
                (row * fine.width + column) * fine.channels + c,
                (i * coarse.width + j) * coarse.channels + o,
                ((4 * a + b) * fine.channels + c) * coarse.channels + o,
              );
            }
          }
        }
      }
    }
  }
}

/** y[i, j, o] = sum over a, b, c of x[2i + a - 1, 2j + b - 1, c] kernel. */
export function convolveDirectly(
  x: ArrayLike<number>,
  kernel: ArrayLike<number>,
  grids: GridPair,
): number[] {
  const { height, width, channels } = grids.coarse;
  const y = new Array<number>(height * width * channels).fill(0);
  forEachProduct(grids, (at, to, k) => y[to]! += x[at]! * kernel[k]!);
  return y;
}

/** The transpose: every y spreads over the window that it is a sum of. */
export function spreadDirectly(
  y: ArrayLike<number>,
  kernel: ArrayLike<number>,
  grids: GridPair,
): number[] {
  const { height, width, channels } = grids.fine;
  const x = new Array<number>(height * width * channels).fill(0);
  forEachProduct(grids, (to, at, k) => x[to]! += y[at]! * kernel[k]!);
  return x;
}
