/** Test images, and what the model makes of them. */
/// <reference lib="dom" />

import { useEffect, useRef } from "preact/hooks";
import { PICTURES } from "./messages.ts";
import { shown, snapshot } from "./store.ts";
import { say } from "./language.ts";

const SIDE = 28;

/** A row of images: x above, E[x|z] at z = mu(x) below. */
export function PicturePanel() {
  const s = say();
  const given = shown.value?.pictures;
  const made = snapshot.value?.pictures;
  return (
    <figure class="pictures">
      <Strip pixels={given} label={s.picturesAlt} />
      <Strip pixels={made} label={s.reconstructionsAlt} />
      <figcaption>{s.picturesCaption}</figcaption>
    </figure>
  );
}

/** Images side by side; white is 0, ink is 1. */
function Strip(
  { pixels, label }: {
    readonly pixels: Float32Array | undefined;
    readonly label: string;
  },
) {
  const ref = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const pen = ref.current!.getContext("2d")!;
    const image = pen.createImageData(SIDE * PICTURES, SIDE);
    for (let at = 0; at < SIDE * SIDE * PICTURES; at++) {
      const picture = Math.floor(at / (SIDE * SIDE));
      const [row, column] = [Math.floor(at / SIDE) % SIDE, at % SIDE];
      const to = 4 * (row * SIDE * PICTURES + picture * SIDE + column);
      const ink = pixels?.[at] ?? 0;
      image.data.fill(255 * (1 - ink), to, to + 3);
      image.data[to + 3] = 255;
    }
    pen.putImageData(image, 0, 0);
  }, [pixels]);
  return (
    <canvas
      ref={ref}
      width={SIDE * PICTURES}
      height={SIDE}
      role="img"
      aria-label={label}
    />
  );
}
