/// <reference lib="dom" />
/** Where the reader draws an x. */

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { ExploredData } from "./explored.ts";
import { ClassChoice } from "./latent.tsx";
import type { State } from "./state.ts";

/** Of the pen, as a share of the image's height: strokes of 2.5 of 28 pixels. */
const PEN = 0.045;

export function DrawingPad({ state }: { readonly state: State }) {
  const { data } = state.model.explored;
  const { height, width } = data.image!;
  const canvas = useRef<HTMLCanvasElement>(null);
  /** ink by pixel, in [0, 1] */
  const ink = useRef(new Float32Array(height * width));
  const cursor = useSignal<readonly [x: number, y: number] | null>(null);
  const last = useRef<readonly [number, number] | null>(null);

  const show = () => {
    const context = canvas.current!.getContext("2d")!;
    const pixels = new ImageData(width, height);
    ink.current.forEach((level, i) => {
      pixels.data.fill(255 * level, 4 * i, 4 * i + 3);
      pixels.data[4 * i + 3] = 255;
    });
    const at = cursor.value;
    if (at !== null) {
      pixels.data.set([255, 140, 0, 255], 4 * (at[1] * width + at[0]));
    }
    context.putImageData(pixels, 0, 0);
  };
  useEffect(show, [cursor.value]);

  const look = () => {
    show();
    state.choose({ kind: "own", x: valuesOf(ink.current, data) });
  };
  const stroke = (to: readonly [number, number]) => {
    const from = last.current ?? to;
    last.current = to;
    paint(ink.current, { from, to, radius: PEN * height, width, height });
    look();
  };
  const placeOf = (event: PointerEvent): readonly [number, number] => {
    const box = canvas.current!.getBoundingClientRect();
    return [
      width * (event.clientX - box.left) / box.width,
      height * (event.clientY - box.top) / box.height,
    ];
  };
  const byKey = (event: KeyboardEvent) => {
    const [x, y] = cursor.value ?? [width >> 1, height >> 1];
    const [dx, dy] = ARROWS[event.key] ?? [0, 0];
    if (event.key === " ") {
      const at = y * width + x;
      ink.current[at] = ink.current[at]! > 0.5 ? 0 : 1;
      look();
    } else if (dx === 0 && dy === 0) return;
    event.preventDefault();
    cursor.value = [
      Math.max(0, Math.min(width - 1, x + dx)),
      Math.max(0, Math.min(height - 1, y + dy)),
    ];
  };
  return (
    <figure class="pad">
      <canvas
        ref={canvas}
        class="picture"
        width={width}
        height={height}
        tabIndex={0}
        role="application"
        aria-label={`Drawing, ${width} by ${height} pixels: the arrow keys ` +
          "move, the space bar sets or clears a pixel"}
        onKeyDown={byKey}
        onBlur={() => cursor.value = null}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          last.current = null;
          stroke(placeOf(event));
        }}
        onPointerMove={(event) => {
          if (event.buttons !== 0) stroke(placeOf(event));
        }}
      />
      <figcaption>
        Draw here.
        {data.isBinary && " Pixels that are at least half inked are 1."}
        <div class="controls">
          <button
            type="button"
            onClick={() => {
              ink.current.fill(0);
              look();
            }}
          >
            Clear
          </button>
          <ClassChoice state={state} />
        </div>
      </figcaption>
    </figure>
  );
}

const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** A line with round ends and an edge of one pixel. */
function paint(
  ink: Float32Array,
  { from, to, radius, width, height }: {
    readonly from: readonly [number, number];
    readonly to: readonly [number, number];
    readonly radius: number;
    readonly width: number;
    readonly height: number;
  },
): void {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  const square = dx * dx + dy * dy;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [px, py] = [x + 0.5 - from[0], y + 0.5 - from[1]];
      const along = square === 0
        ? 0
        : Math.max(0, Math.min(1, (px * dx + py * dy) / square));
      const distance = Math.sqrt(
        (px - along * dx) ** 2 + (py - along * dy) ** 2,
      );
      const level = Math.max(0, Math.min(1, radius + 0.5 - distance));
      const at = y * width + x;
      ink[at] = Math.max(ink[at]!, level);
    }
  }
}

/** x of the ink, as the model has it: all channels alike. */
export function valuesOf(ink: Float32Array, data: ExploredData): Float32Array {
  const { channels = 1 } = data.image!;
  const { atZero, atOne } = data.grey;
  return Float32Array.from({ length: ink.length * channels }, (_, i) => {
    const level = ink[Math.floor(i / channels)]!;
    if (data.isBinary) return level >= 0.5 ? 1 : 0;
    return (level - atZero) / (atOne - atZero);
  });
}
