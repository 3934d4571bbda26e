/** Figures as files. */

import type { TopLevelSpec } from "vega-lite";
import { svgToPng } from "../plot/png.ts";
import { renderSvg } from "../plot/svg.ts";
import { writeAtomically } from "../results/files.ts";

/** Writes a figure as NAME.svg and NAME.png. */
export async function saveFigure(
  path: string,
  spec: TopLevelSpec,
): Promise<void> {
  const svg = await renderSvg(spec);
  await writeAtomically(`${path}.svg`, svg);
  await writeAtomically(`${path}.png`, await svgToPng(svg));
}
