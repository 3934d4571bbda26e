/** How runs are told apart: colours and dashes as in the figures, and panels. */

import { DASHES } from "../../plot/theme.ts";
import type { Report, RunRecord } from "./record/record.ts";

/** The colours of src/plot/theme.ts, as the page's style has them by day and by night. */
const COLOURS = [
  ...["blue", "vermilion", "green", "purple", "orange", "sky", "black"],
].map((name) => `var(--${name})`);

/** How a run is drawn. */
export interface Look {
  /** the panels that it is in: a label, or "" where all share them */
  readonly facet: string;
  /** its set-up, without what the facet says and the seed */
  readonly label: string;
  readonly colour: string;
  /** in pixels, as SVG has it; "": none */
  readonly dash: string;
}

/**
 * The looks of runs. As in the figures the first setting that tells them apart
 * is a colour, and the others are dashes, or, where those are too few, colours
 * too. Settings beside which log densities are not to be compared are panels.
 *
 * @param by the setting that colours tell apart
 */
export function looksOf(
  { runs, settings }: Pick<Report, "runs" | "settings">,
  by: number | "usual",
  isDark: boolean,
): Map<RunRecord, Look> {
  const places = settings.keys().toArray();
  const apart = places.filter((i) =>
    settings[i]!.isApart && settings[i]!.name !== "seed"
  );
  const facets = apart.filter((i) => settings[i]!.isOtherScale && i !== by);
  const own = apart.filter((i) => !facets.includes(i));
  const first = by === "usual" ? own.slice(0, 1) : [by];
  const rest = own.filter((i) => !first.includes(i));
  const text = (run: RunRecord, of: readonly number[]) =>
    of.map((i) => settings[i]!.labels[run.settings[i]!] ?? "none").join(", ");
  const entries = (of: readonly number[]) => [
    ...new Set(runs.map((run) => text(run, of))),
  ];
  const areDashes = entries(rest).length <= DASHES.length;
  const [colours, dashes] = areDashes
    ? [first, rest]
    : [[...first, ...rest], []];
  const order = inOrder(runs, colours);
  const byColour = [...new Set(order.map((run) => text(run, colours)))];
  const byDash = entries(dashes);
  return new Map(runs.map((run) => {
    const dash = DASHES[byDash.indexOf(text(run, dashes))]!;
    return [run, {
      facet: text(run, facets),
      label: run.seed === "" || runs.length === 1
        ? run.name
        : text(run, own) || text(run, facets) || "all runs",
      colour: colourOf(
        byColour.indexOf(text(run, colours)),
        byColour.length,
        isDark,
      ),
      dash: dash[1] === 0 ? "" : dash.join(" "),
    }];
  }));
}

function inOrder(
  runs: readonly RunRecord[],
  settings: readonly number[],
): RunRecord[] {
  return runs.toSorted((a, b) =>
    settings.map((i) => a.settings[i]! - b.settings[i]!)
      .find((difference) => difference !== 0) ?? 0
  );
}

/** One of some colours: those of Okabe and Ito, or more along viridis. */
export function colourOf(
  index: number,
  count: number,
  isDark: boolean,
): string {
  if (count <= COLOURS.length) return COLOURS[index]!;
  return viridis(
    isDark ? 0.2 + 0.8 * index / (count - 1) : 0.88 * index / (count - 1),
  );
}

/**
 * Places along viridis, by S. van der Walt and N. Smith (BIDS/colormap, CC0);
 * those between are mixed.
 */
const VIRIDIS = [
  ...[0x440154, 0x482878, 0x3e4a89, 0x31688e, 0x26828e, 0x1f9e89],
  ...[0x35b779, 0x6dcd59, 0xb4de2c, 0xfde725],
];

/** The colour at a place from 0 to 1, as `#rrggbb`. */
export function viridis(place: number): string {
  const at = Math.min(Math.max(place, 0), 1) * (VIRIDIS.length - 1);
  const [low, high] = [Math.floor(at), Math.ceil(at)];
  const channels = [16, 8, 0].map((shift) => {
    const [a, b] = [low, high].map((i) => VIRIDIS[i]! >> shift & 255);
    return Math.round(a! + (b! - a!) * (at - low));
  });
  return `#${
    channels.map((value) => value.toString(16).padStart(2, "0")).join("")
  }`;
}
