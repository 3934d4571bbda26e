/** How far runs of a series differ, or how sure their mean is. */

/** What a band lies on. */
export interface BandEncoding {
  /** the encoding of x */
  readonly x: object;
  /** the encoding of y, without its field */
  readonly y: object;
  /** the encoding of the colour, which is that of the series' line */
  readonly color: object;
  /** what else tells series apart */
  readonly detail?: object;
}

/** The parts of a band's colour, so that lines of other series stay visible. */
const OPACITY = 0.18;

/**
 * The layer of a band, from the fields `low` to `high` of the values: shaded,
 * or a rule where each series has a single place along x.
 *
 * @param values with the fields of the encoding, `low` and `high`
 */
export function band(
  values: readonly object[],
  { x, y, color, detail }: BandEncoding,
  { shape = "area" }: { readonly shape?: "area" | "rule" } = {},
) {
  return {
    data: { values: [...values] },
    mark: shape === "area"
      ? { type: "area" as const, clip: true, opacity: OPACITY, line: false }
      : { type: "rule" as const, clip: true, strokeWidth: 1.5 },
    encoding: {
      x,
      y: { ...y, field: "low" },
      y2: { field: "high" },
      color,
      ...detail === undefined ? {} : { detail },
    },
  };
}
