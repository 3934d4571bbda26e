/**
 * Glyphs: hand-drawn-looking digits, 28 x 28, rendered from known factors.
 *
 * A digit is a set of strokes. Each image takes the centre lines of its class,
 * warps, bends, slants, turns, scales and shifts them, and inks every pixel by
 * its distance to them. Only operations whose every bit IEEE 754 fixes are
 * used (+ - * / and sqrt), so a seed gives the same bytes on every machine.
 */

import { stream } from "../random/stream.ts";
import { namesOf } from "../table.ts";
import { type Dataset, hashSplits, makeRows } from "./dataset.ts";
import { type Stroke, TEMPLATES } from "./glyph_strokes.ts";
import { type Label, realLabel } from "./labels.ts";

const SIDE = 28;
const PIXELS = SIDE * SIDE;

/** Pixels per unit of the stroke templates, whose box is 2 units high. */
const PIXELS_PER_UNIT = 8;

/** Width in pixels of the ramp from ink to background, see `ramp`. */
const EDGE = 2;

/** Segments that stand for one line or curve of a template. */
const PIECES = 8;

/** The warp is a grid of 4 x 4 control points, each with an offset (x, y). */
const WARP_POINTS = 4;
const JITTER_VALUES = 2 * WARP_POINTS * WARP_POINTS;

/**
 * The factors that determine the pixels of a glyph.
 *
 * A template unit is half the height of an upright digit: 8 pixels at scale
 * 1. They act on the strokes in this order: jitter, curvature, slant,
 * rotation and scale about the centre of the image, shift.
 */
export interface GlyphFactors {
  /** the digit, an integer in 0..9 */
  readonly class: number;
  /** shear: units to the right per unit of height; > 0 leans like italics */
  readonly slant: number;
  /** angle in radians; > 0 turns counter-clockwise */
  readonly rotation: number;
  /** size of the strokes' centre lines; 1 fills a box of about 20 pixels */
  readonly scale: number;
  /** pixels to the right */
  readonly shiftX: number;
  /** pixels downwards */
  readonly shiftY: number;
  /** width of the strokes in pixels, whatever the scale */
  readonly thickness: number;
  /**
   * bow of the upright axis: units by which the mid-height moves right of
   * the top and the bottom; > 0 bends like ")", < 0 like "("
   */
  readonly curvature: number;
  /**
   * 32 offsets in units, the irregularity of a hand: (x, y) of each of the
   * 4 x 4 control points of a smooth warp, row by row from the top left
   */
  readonly jitter: readonly number[];
}

/**
 * Least and greatest value of each factor, in its unit. {@linkcode drawFactors}
 * draws each uniformly and independently; of `jitter`, each of the 32 values.
 */
export const FACTOR_RANGES = {
  class: [0, 9],
  slant: [-0.15, 0.35],
  rotation: [-0.15, 0.15],
  scale: [0.85, 1.1],
  shiftX: [-1.5, 1.5],
  shiftY: [-1.5, 1.5],
  thickness: [1.8, 3.6],
  curvature: [-0.2, 0.2],
  jitter: [-0.2, 0.2],
} as const satisfies Record<keyof GlyphFactors, readonly [number, number]>;

/** The stream part of each factor: no factor changes another's draws. */
const PARTS = {
  class: 0,
  slant: 1,
  rotation: 2,
  scale: 3,
  shiftX: 4,
  shiftY: 5,
  thickness: 6,
  curvature: 7,
  jitter: 8,
} as const satisfies Record<keyof GlyphFactors, number>;

/**
 * The test split's row 0. Its rows lie beyond any train split, so neither
 * split depends on the size of the other.
 */
const FIRST_TEST_ROW = 2 ** 32;

/** A stroke as a chain of short segments: x and y of each point in turn. */
function flatten([first, ...pieces]: Stroke): Float64Array {
  const points = [...first!];
  for (const piece of pieces) {
    const [x0, y0] = points.slice(-2) as [number, number];
    const [x3, y3] = piece.slice(-2) as [number, number];
    // A line is the cubic whose control points are its ends.
    const [x1, y1, x2, y2] =
      (piece.length === 6 ? piece : [x0, y0, x3, y3]) as [
        number,
        number,
        number,
        number,
      ];
    for (let i = 1; i <= PIECES; i++) {
      const [b0, b1, b2, b3] = bernstein(i / PIECES);
      points.push(
        b0 * x0 + b1 * x1 + b2 * x2 + b3 * x3,
        b0 * y0 + b1 * y1 + b2 * y2 + b3 * y3,
      );
    }
  }
  return Float64Array.from(points);
}

/** The four cubic Bernstein polynomials at t; they sum to 1. */
function bernstein(t: number): [number, number, number, number] {
  const s = 1 - t;
  return [s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t];
}

/** The centre lines of each digit, in template units. */
const CENTRE_LINES = TEMPLATES.map((strokes) => strokes.map(flatten));

/** Cosine and sine of a small angle, exactly on the circle to rounding. */
function turn(angle: number): [cos: number, sin: number] {
  // t = tan(angle / 2) by its Taylor series, to 1e-9 within the drawn range;
  // the half-angle formulas then give a rotation whatever the error of t.
  const h = angle / 2;
  const h2 = h * h;
  const t = h * (1 + h2 * (1 / 3 + h2 * (2 / 15 + h2 * (17 / 315))));
  const norm = 1 + t * t;
  return [(1 - t * t) / norm, 2 * t / norm];
}

/** Takes points from template units to pixels, as the factors say. */
function place(points: Float64Array, factors: GlyphFactors): Float64Array {
  const { slant, curvature, jitter, shiftX, shiftY } = factors;
  const [cos, sin] = turn(factors.rotation);
  const zoom = factors.scale * PIXELS_PER_UNIT;
  const centre = (SIDE - 1) / 2;
  const placed = new Float64Array(points.length);
  for (let i = 0; i < points.length; i += 2) {
    let x = points[i]!;
    let y = points[i + 1]!;
    // Free-form deformation: a Bezier patch over the template's box.
    const across = bernstein((x + 1) / 2);
    const down = bernstein((y + 1) / 2);
    for (let k = 0; k < JITTER_VALUES; k += 2) {
      const point = k / 2;
      const column = point % WARP_POINTS;
      const weight = across[column]! * down[(point - column) / WARP_POINTS]!;
      x += weight * jitter[k]!;
      y += weight * jitter[k + 1]!;
    }
    // The parabola's mean over the height is 0: bending does not shift.
    x += curvature * (1 / 3 - y * y);
    x -= slant * y;
    placed[i] = centre + shiftX + zoom * (cos * x + sin * y);
    placed[i + 1] = centre + shiftY + zoom * (cos * y - sin * x);
  }
  return placed;
}

/**
 * Lowers the squared distances of the pixels within `reach` of a chain of
 * segments to their squared distance from it.
 */
function approach(
  squared: Float64Array,
  points: Float64Array,
  reach: number,
): void {
  for (let i = 2; i < points.length; i += 2) {
    const x0 = points[i - 2]!;
    const y0 = points[i - 1]!;
    const x1 = points[i]!;
    const y1 = points[i + 1]!;
    const dx = x1 - x0;
    const dy = y1 - y0;
    const length2 = dx * dx + dy * dy;
    const left = Math.max(0, Math.floor(Math.min(x0, x1) - reach));
    const right = Math.min(SIDE - 1, Math.floor(Math.max(x0, x1) + reach));
    const top = Math.max(0, Math.floor(Math.min(y0, y1) - reach));
    const bottom = Math.min(SIDE - 1, Math.floor(Math.max(y0, y1) + reach));
    for (let y = top; y <= bottom; y++) {
      for (let x = left; x <= right; x++) {
        // The segment's nearest point, as a fraction of its length.
        const along = (x - x0) * dx + (y - y0) * dy;
        const at = along <= 0 ? 0 : along >= length2 ? 1 : along / length2;
        const ex = x - x0 - at * dx;
        const ey = y - y0 - at * dy;
        const pixel = y * SIDE + x;
        squared[pixel] = Math.min(squared[pixel]!, ex * ex + ey * ey);
      }
    }
  }
}

/**
 * Share of ink a fraction of the way across the edge of a stroke: a straight
 * edge seen through a tent two pixels wide. Unlike a linear ramp, it keeps the
 * amount of ink and its centroid as the edge moves between pixels' centres, so
 * the pixels follow the shift evenly.
 */
function ramp(fraction: number): number {
  const t = Math.min(1, Math.max(0, fraction));
  return t < 0.5 ? 2 * t * t : 1 - 2 * (1 - t) * (1 - t);
}

/**
 * The grey levels of a glyph: 784 bytes, row-major, 0 background, 255 ink.
 *
 * A pixel within half a thickness of a stroke is ink; its edge is a
 * ramp two pixels wide. Factors beyond {@linkcode FACTOR_RANGES} are
 * rendered too, cut off at the border.
 *
 * @throws {RangeError} a class that is not a digit, a jitter of a length other
 * than 32, or a number that is not finite
 */
export function renderGlyph(factors: GlyphFactors): Uint8Array {
  const lines = CENTRE_LINES[factors.class];
  if (lines === undefined) {
    throw new RangeError(`class is not an integer in 0..9: ${factors.class}`);
  }
  if (factors.jitter.length !== JITTER_VALUES) {
    throw new RangeError(
      `jitter has ${factors.jitter.length} values, not ${JITTER_VALUES}`,
    );
  }
  for (const [name, value] of Object.entries(factors)) {
    if (![value].flat().every(Number.isFinite)) {
      throw new RangeError(`${name} is not finite: ${value}`);
    }
  }
  // Ink falls to 0 at this distance from a centre line.
  const reach = factors.thickness / 2 + EDGE / 2;
  const squared = new Float64Array(PIXELS).fill(Infinity);
  for (const points of lines) approach(squared, place(points, factors), reach);
  const bytes = new Uint8Array(PIXELS);
  for (let i = 0; i < PIXELS; i++) {
    bytes[i] = Math.round(255 * ramp((reach - Math.sqrt(squared[i]!)) / EDGE));
  }
  return bytes;
}

/**
 * The factors of one row of a seed, each within {@linkcode FACTOR_RANGES}.
 *
 * @param seed an integer in 0..2^53-1
 * @param row an integer in 0..2^53-1; rows from 2^32 on are those of the test
 * split
 * @throws {RangeError} a seed or a row that is not such an integer
 */
export function drawFactors(seed: number, row: number): GlyphFactors {
  const draw = (factor: keyof GlyphFactors, n = 1): number[] => {
    const [least, greatest] = FACTOR_RANGES[factor];
    const uniforms = stream(seed, "data", row, PARTS[factor]).uniforms(n);
    return Array.from(uniforms, (u) => least + (greatest - least) * u);
  };
  const [digit] = stream(seed, "data", row, PARTS.class).uniforms(1);
  return {
    class: Math.floor(TEMPLATES.length * digit!),
    slant: draw("slant")[0]!,
    rotation: draw("rotation")[0]!,
    scale: draw("scale")[0]!,
    shiftX: draw("shiftX")[0]!,
    shiftY: draw("shiftY")[0]!,
    thickness: draw("thickness")[0]!,
    curvature: draw("curvature")[0]!,
    jitter: draw("jitter", JITTER_VALUES),
  };
}

/** Options of {@linkcode glyphs}. */
export interface GlyphOptions {
  /** seed of all rows, an integer in 0..2^53-1; 0 if absent */
  readonly seed?: number;
  /** rows of the train split, 0..2^32; 10000 if absent */
  readonly train?: number;
  /** rows of the test split, 0..2^32; 2000 if absent */
  readonly test?: number;
}

/** The glyphs data set, with the factors behind each row of each split. */
export interface Glyphs extends Dataset {
  /** of the train rows */
  readonly trainFactors: GlyphFactors[];
  /** of the test rows */
  readonly testFactors: GlyphFactors[];
}

/**
 * The glyphs of a seed: grey levels of `count` rows by 784 in each split.
 *
 * A row's pixels depend on the seed, the split and the row's index alone: a
 * smaller split is a prefix of a larger one, and neither split depends on the
 * size of the other. The labels are the factors but the jitter.
 *
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { glyphs } from "./glyphs.ts";
 *
 * const { train, trainFactors } = await glyphs({ seed: 1, train: 10, test: 5 });
 * const first = train.values.subarray(0, train.dim);
 * assertEquals(first.length, 28 * 28);
 * assertEquals(trainFactors[0]!.class, 4); // the digit that they show
 * ```
 *
 * @param source.signal ends it, with its reason
 * @throws {RangeError} a seed or a number of rows out of range
 */
export async function glyphs(
  options: GlyphOptions = {},
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Glyphs> {
  const { seed = 0, train = 10_000, test = 2_000 } = options;
  for (const [name, count] of Object.entries({ train, test })) {
    if (!Number.isInteger(count) || count < 0 || count > FIRST_TEST_ROW) {
      throw new RangeError(
        `${name} is not an integer in 0..${FIRST_TEST_ROW}: ${count}`,
      );
    }
  }
  const split = async (firstRow: number, count: number) => {
    const factors: GlyphFactors[] = [];
    const values = new Uint8Array(count * PIXELS);
    await makeRows(count, signal, (row) => {
      const ofRow = drawFactors(seed, firstRow + row);
      factors.push(ofRow);
      values.set(renderGlyph(ofRow), row * PIXELS);
    });
    return { factors, examples: { count, dim: PIXELS, values } };
  };
  const trained = await split(0, train);
  const tested = await split(FIRST_TEST_ROW, test);
  return {
    name: "glyphs",
    dim: PIXELS,
    image: { height: SIDE, width: SIDE },
    train: trained.examples,
    test: tested.examples,
    sha256: await hashSplits(trained.examples, tested.examples),
    labels: labelsOf(trained.factors, tested.factors),
    trainFactors: trained.factors,
    testFactors: tested.factors,
  };
}

/** All factors but the jitter, which is the noise of the hand. */
export const GLYPH_LABELS: readonly Exclude<keyof GlyphFactors, "jitter">[] =
  namesOf(FACTOR_RANGES).filter((name) => name !== "jitter");

function labelsOf(
  train: readonly GlyphFactors[],
  test: readonly GlyphFactors[],
): Label[] {
  return GLYPH_LABELS.map((name) => {
    const [ofTrain, ofTest] = [train, test]
      .map((rows) => rows.map((factors) => factors[name])) as [
        number[],
        number[],
      ];
    if (name !== "class") return realLabel(name, ofTrain, ofTest);
    return {
      name,
      kind: "class",
      classes: Array.from(TEMPLATES.keys(), String),
      train: Uint32Array.from(ofTrain),
      test: Uint32Array.from(ofTest),
    };
  });
}
