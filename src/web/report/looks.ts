/** How runs are told apart: colours and dashes as in the figures, and panels. */

import { DASHES } from "../../plot/theme.ts";
import type { Report, RunRecord } from "./record/record.ts";

/** The colours of src/plot/theme.ts, as the page's style has them by day and by night. */
const COLOURS = [
  ...["blue", "vermilion", "green", "purple", "orange", "sky", "black"],
].map((name) => `var(--${name})`);

/** Runs whose log densities may be compared; they have panels of their own. */
export interface Facet {
  /** what others have otherwise; "": there are no others */
  readonly label: string;
  readonly runs: readonly RunRecord[];
  /** places of the settings that tell its runs apart, but for the seed */
  readonly apart: readonly number[];
}

/** The settings of runs, as they are written. */
type Runs = Pick<Report, "runs" | "settings">;

/**
 * The runs by experiment, data set and likelihood, as far as these tell them
 * apart: log densities of others are not to be compared.
 */
export function facetsOf({ runs, settings }: Runs): Facet[] {
  const own = settings.keys().toArray()
    .filter((i) => settings[i]!.name !== "seed");
  const scales = own.filter((i) => settings[i]!.isOtherScale);
  const first = scales.filter((i) => settings[i]!.name === "experiment");
  const others = tellingApart(runs, [...first, ...scales]);
  const groups = Map.groupBy(
    inOrder(runs, others),
    (run) => labelOf(run, others, settings),
  );
  return [...groups].map(([label, runs]) => ({
    ...{ label, runs },
    apart: tellingApart(runs, own.filter((i) => !others.includes(i))),
  }));
}

/** Those of the settings that tell runs apart which the ones before do not. */
function tellingApart(
  runs: readonly RunRecord[],
  settings: readonly number[],
): number[] {
  const chosen: number[] = [];
  const groups = (of: readonly number[]) =>
    new Set(runs.map((run) => of.map((i) => run.settings[i]).join())).size;
  for (const i of settings) {
    if (groups([...chosen, i]) > groups(chosen)) chosen.push(i);
  }
  return chosen;
}

/** The values of settings of a run, such as `z = 10, L = 5`; "": of none. */
export function labelOf(
  run: RunRecord,
  of: readonly number[],
  settings: Runs["settings"],
): string {
  return of.map((i) => settings[i]!.labels[run.settings[i]!] ?? "none")
    .join(", ");
}

/** How a run is drawn. */
export interface Look {
  /** the label of its panels */
  readonly facet: string;
  /** its set-up, without what the facet says and the seed */
  readonly label: string;
  readonly colour: string;
  /** in pixels, as SVG has it; "": none */
  readonly dash: string;
}

/**
 * The looks of runs. As in the figures the first setting that tells those of a
 * facet apart is a colour, and the others are dashes, or, where those are too
 * few, colours too. One colour is the same in all facets, where they have few.
 *
 * @param by the place of the setting that colours tell apart
 */
export function looksOf(
  facets: readonly Facet[],
  settings: Runs["settings"],
  by: number | "usual",
  isDark: boolean,
): Map<RunRecord, Look> {
  const text = (run: RunRecord, of: readonly number[]) =>
    labelOf(run, of, settings);
  const roles = facets.map((facet) => {
    const first = by === "usual" ? facet.apart.slice(0, 1) : [by];
    const rest = facet.apart.filter((i) => !first.includes(i));
    const entries = new Set(facet.runs.map((run) => text(run, rest)));
    const [colours, dashes] = entries.size <= DASHES.length
      ? [first, rest]
      : [[...first, ...rest], []];
    return { ...facet, colours, dashes };
  });
  const coloursOf = (
    of: typeof roles,
  ) => [
    ...new Set(
      of.flatMap(({ runs, colours }) =>
        inOrder(runs, colours).map((run) => text(run, colours))
      ),
    ),
  ];
  const apart = roles.filter(({ colours }) => colours.length > 0);
  const kinds = new Set(apart.map(({ colours }) => colours.join()));
  const all = inOrderOfSetting(coloursOf(apart), apart[0]?.colours, settings);
  const areShared = kinds.size === 1 && all.length <= COLOURS.length;
  return new Map(roles.flatMap((role) => {
    const byColour = areShared && role.colours.length > 0
      ? all
      : coloursOf([role]);
    const byDash = [...new Set(role.runs.map((run) => text(run, role.dashes)))];
    return role.runs.map((run): [RunRecord, Look] => {
      const dash = DASHES[byDash.indexOf(text(run, role.dashes))]!;
      return [run, {
        facet: role.label,
        label: run.seed === "" || role.runs.length === 1
          ? run.name
          : text(run, role.apart) || role.label || "all runs",
        colour: colourOf(
          byColour.indexOf(text(run, role.colours)),
          byColour.length,
          isDark,
        ),
        dash: dash[1] === 0 ? "" : dash.join(" "),
      }];
    });
  }));
}

/** Labels of a single setting by its values, which facets may have in parts. */
function inOrderOfSetting(
  labels: readonly string[],
  of: readonly number[] = [],
  settings: Runs["settings"],
): string[] {
  const [only, ...more] = of;
  const order = more.length > 0 ? [] : settings[only!]?.labels ?? [];
  return labels.toSorted((a, b) => order.indexOf(a) - order.indexOf(b));
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
