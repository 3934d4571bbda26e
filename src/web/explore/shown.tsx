/// <reference lib="dom" />
/** Rows of x as people see them: pictures of images, numbers of tables. */

import { useLayoutEffect, useRef } from "preact/hooks";
import { inUserUnits } from "../../data/own/scale.ts";
import type { Explored, ExploredData } from "./explored.ts";

/** The data as the page knows them, which all of these need. */
export interface OfData {
  readonly explored: Explored;
}

/** One image, sharp at every size; its alt text is `label`. */
export function Picture(
  { explored, values, label, class: kind = "" }: OfData & {
    readonly values: Float32Array | null;
    /** absent: what is around it says what it is */
    readonly label?: string;
    readonly class?: string;
  },
) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { height, width } = explored.data.image!;
  useLayoutEffect(() => {
    if (values === null) return;
    const context = canvas.current!.getContext("2d")!;
    context.putImageData(pixelsOf(values, explored.data), 0, 0);
  }, [values]);
  return (
    <canvas
      ref={canvas}
      class={`picture ${kind}`}
      width={width}
      height={height}
      {...label === undefined
        ? { "aria-hidden": "true" }
        : { "role": "img", "aria-label": label }}
    />
  );
}

/** Grey levels, or colours, of the model's values. */
function pixelsOf(values: Float32Array, data: ExploredData): ImageData {
  const { height, width, channels = 1 } = data.image!;
  const { atZero, atOne } = data.grey;
  const pixels = new ImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    for (let channel = 0; channel < 3; channel++) {
      const at = channels === 1 ? i : i * channels + channel;
      const level = atZero + values[at]! * (atOne - atZero);
      // Rounded and clamped to 0..255 by the array.
      pixels.data[4 * i + channel] = 255 * level;
    }
    pixels.data[4 * i + 3] = 255;
  }
  return pixels;
}

/** Values in the user's units. */
export function inUnits(explored: Explored, values: Float32Array) {
  return inUserUnits(values, explored.data.units ?? undefined);
}

/** The names of the values of a row. */
export function columnsOf({ data, spec }: Explored): readonly string[] {
  return data.columns ??
    Array.from({ length: spec.dataDim }, (_, i) => `x${i + 1}`);
}

/** Values beside each other, a column for each set. */
export function Numbers(
  { explored, sets }: OfData & {
    readonly sets: readonly {
      readonly name: string;
      readonly values: Float32Array | null;
    }[];
  },
) {
  const inOwn = sets.map(({ values }) => values && inUnits(explored, values));
  return (
    <div class="wide tall" tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">value</th>
            {sets.map(({ name }) => <th scope="col" key={name}>{name}</th>)}
          </tr>
        </thead>
        <tbody>
          {columnsOf(explored).map((column, i) => (
            <tr key={i}>
              <th scope="row">{column}</th>
              {inOwn.map((values, set) => (
                <td key={set} class="number">
                  {values === null ? "" : short(values[i]!)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Four significant digits. */
export function short(value: number): string {
  return String(Number(value.toPrecision(4))).replace("-", "\u2212");
}

/** A number of nats. */
export function nats(value: number): string {
  return value.toFixed(2).replace("-", "\u2212");
}

/** The rows of [n, D]. */
export function rowsOf(values: Float32Array, dim: number): Float32Array[] {
  return Array.from(
    { length: values.length / dim },
    (_, i) => values.subarray(i * dim, (i + 1) * dim),
  );
}

/** A latent dimension, counted from 1 as everywhere: z with an index. */
export function Unit({ unit }: { readonly unit: number }) {
  return (
    <>
      z<sub>{unit + 1}</sub>
    </>
  );
}

/** The same where there are no elements. */
export const unitName = (unit: number) => `z${unit + 1}`;
