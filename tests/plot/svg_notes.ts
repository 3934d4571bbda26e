/** What a reader of a figure sees, read out of its SVG. */

import { assert, assertGreater } from "@std/assert";
import { decode } from "fast-png";
import { svgToPng } from "../../src/plot/png.ts";

/** What a reader of the SVG is told about an axis: its scale, first and last value. */
export function axisNote(svg: string, title: string): string {
  const start = svg.indexOf(`axis titled '${title}'`);
  assertGreater(start, -1, `no axis titled ${title}`);
  return svg.slice(start, svg.indexOf('"', start)).replaceAll("−", "-");
}

export function ends(svg: string, title: string): [number, number] {
  const number = (label: string) =>
    parseFloat(label.replaceAll(",", "")) * (label.endsWith("k") ? 1e3 : 1);
  const [, low, high] = axisNote(svg, title).match(/from (\S+) to (\S+)/)!;
  return [number(low!), number(high!)];
}

/** The `d` of the paths inside each group of marks of a kind. */
export function paths(svg: string, group: string): string[][] {
  return svg.split(`<g class="${group}`).slice(1).map((rest) =>
    [...rest.slice(0, rest.indexOf("</g>")).matchAll(/ d="([^"]*)"/g)]
      .map((match) => match[1]!)
  );
}

/** What a reader is told about the points, such as "x: 1; y: 2". */
export function pointNotes(svg: string): string[] {
  const point =
    / aria-label="([^"]*)" role="[^"]*" aria-roledescription="point"/g;
  return [...svg.matchAll(point)].map((m) => m[1]!.replaceAll("−", "-"));
}

export function count(svg: string, text: string): number {
  return svg.split(text).length - 1;
}

/** Fails unless there is ink, and none of it within 4 units of the border. */
export async function assertInFrame(svg: string): Promise<void> {
  const { width, height, data, channels } = decode(
    await svgToPng(svg, { scale: 1 }),
  );
  let ink = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * channels;
      if (data.subarray(at, at + 3).every((value) => value === 255)) continue;
      ink++;
      assert(
        x >= 4 && y >= 4 && x < width - 4 && y < height - 4,
        `ink at ${x}, ${y} of ${width} x ${height}`,
      );
    }
  }
  assertGreater(ink, 0.01 * width * height);
}
