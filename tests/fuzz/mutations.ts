/** Files and command lines that are nearly right, for fuzzing. */

import fc from "fast-check";

/** What has gone wrong in files of others, and what readers may trip over. */
const FRAGMENTS = [
  ...['"', ",", "\n", "\r\n", "\r", "\0", "NaN", "Infinity", "1e999", "-0"],
  ...["\ufeff", "é", "\u0661", "__proto__", "constructor", "step", " ", "\t"],
  ...["0x10", "1_000", "\u001b[31m", "null", "[]", "{}", "[[[[", "true", "-1"],
  ...["9007199254740993", "1e308", "4294967295", "2147483648", "🦕", "\ud800"],
  ...["..", "/", "a".repeat(300), "9".repeat(400), "[".repeat(5000)],
].map((text) => new TextEncoder().encode(text));

/** Numbers that overflow what they are added to, or multiplied by. */
const EXTREMES = [
  ...[0n, 1n, 255n, 2n ** 31n - 1n, 2n ** 31n, 2n ** 32n - 1n],
  ...[2n ** 53n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n],
];

type Edit = (bytes: Uint8Array) => Uint8Array;

const joined = (...parts: Uint8Array[]): Uint8Array => {
  const whole = new Uint8Array(
    parts.reduce((sum, { length }) => sum + length, 0),
  );
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
};

/** A place in any text, from its beginning or its end. */
const place = fc.double({ min: 0, max: 1, noNaN: true });
const at = (part: number, bytes: Uint8Array) => Math.floor(part * bytes.length);

const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.tuple(place, fc.constantFrom(...FRAGMENTS)).map(
    ([part, text]): Edit => (bytes) => {
      const here = at(part, bytes);
      return joined(bytes.subarray(0, here), text, bytes.subarray(here));
    },
  ),
  fc.tuple(place, fc.nat(255)).map(([part, byte]): Edit => (bytes) => {
    const changed = bytes.slice();
    if (changed.length > 0) {
      changed[Math.min(at(part, bytes), changed.length - 1)] = byte;
    }
    return changed;
  }),
  fc.tuple(place, fc.nat(40)).map(([part, count]): Edit => (bytes) => {
    const here = at(part, bytes);
    return joined(bytes.subarray(0, here), bytes.subarray(here + count));
  }),
  place.map((part): Edit => (bytes) => bytes.slice(0, at(part, bytes))),
  fc.tuple(place, place).map(([a, b]): Edit => (bytes) => {
    const [from, to] = [at(Math.min(a, b), bytes), at(Math.max(a, b), bytes)];
    return joined(bytes.subarray(0, to), bytes.subarray(from));
  }),
  fc.tuple(
    place,
    fc.constantFrom(...EXTREMES),
    fc.constantFrom(2, 4, 8),
    fc.boolean(),
  ).map(([part, value, size, little]): Edit => (bytes) => {
    const changed = bytes.slice();
    const here = at(part, bytes);
    if (here + size > bytes.length) return changed;
    const word = new DataView(new ArrayBuffer(8));
    word.setBigUint64(0, value, little);
    const own = new Uint8Array(word.buffer);
    changed.set(little ? own.subarray(0, size) : own.subarray(8 - size), here);
    return changed;
  }),
);

/** One of the files, with a few edits. */
export function nearly(
  files: readonly Uint8Array[],
): fc.Arbitrary<Uint8Array<ArrayBuffer>> {
  return fc.tuple(fc.constantFrom(...files), fc.array(edit, { maxLength: 4 }))
    .map(([file, edits]) =>
      Uint8Array.from(
        edits.reduce((bytes, change) => change(bytes), file)
          .subarray(0, 1 << 20),
      )
    );
}

/** A JSON value in which one value, at any depth, is another. */
export function nearlyJson(json: unknown): fc.Arbitrary<string> {
  const paths: (readonly string[])[] = [];
  (function visit(value: unknown, path: readonly string[]): void {
    paths.push(path);
    if (typeof value !== "object" || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      visit(inner, [...path, key]);
    }
  })(json, []);
  const others = fc.oneof(
    fc.constantFrom<unknown>(
      null,
      -1,
      0,
      1.5,
      1e308,
      9007199254740993,
      "",
      [],
      {},
    ),
    fc.constantFrom<unknown>(true, "x\n\u001b[31m", [[[[]]]], 4294967295, 9e15),
    fc.jsonValue(),
  );
  return fc.tuple(fc.constantFrom(...paths), others, fc.boolean()).map(
    ([path, other, isRemoved]) => {
      const [key, ...upper] = path.toReversed();
      if (key === undefined) return JSON.stringify(other);
      const copy = structuredClone(json) as Record<string, unknown>;
      const owner = upper.toReversed().reduce(
        (inner, name) => inner[name] as Record<string, unknown>,
        copy,
      );
      if (isRemoved) delete owner[key];
      else owner[key] = other;
      return JSON.stringify(copy);
    },
  );
}

/** Values that flags may be given, right, nearly right and wrong. */
const VALUES = [
  ...["none", "auto", "off", "elbo", "iwae", "elbo-sampled", "mcem", "stl"],
  ...[
    "wake-sleep",
    "dreg",
    "plain",
    "gaussian",
    "bernoulli",
    "laplace",
    "full",
  ],
  ...["discretised-logistic", "continuous-bernoulli", "per-pixel", "optimal"],
  ...[
    "isotropic",
    "diagonal",
    "glyphs",
    "mnist",
    "freyface",
    "linear-gaussian",
  ],
  ...["sgd", "adagrad", "adam", "dynamic", "static", "conv8,32", "conv4,conv4"],
  ...["linear:0:1:10", "cyclical:0:1:10:0.5", "stages:1:1", "at:1,2", "2,3"],
  ...["1,2,3", "2,2", "100", "9007199254740991", "1000000", "4294967295"],
  ...["__proto__", "toString", "4x1/8x1", "relu", "webgpu", "wasm", "cpu"],
  ...["reference", "linear", "--", "-", "=", "a=b", "\n", "\u001b[31m", "🦕"],
  ...["999999,999999", "1e6", "1e15", "0.5", "0", "1", "-1", "1e-400", "1e400"],
  ...["NaN", "Infinity", "", " 1", "0x10", "+5", "٣", ".5", "5.", "1e", "00"],
  ...["1.5", "kl_*=0.1", "=1", "kl=", "identical", "worse", "x.svg", "*"],
  ...["results", "HEAD", "HEAD~1", "..", "/", "/dev/null", "a\0b", "e", "e/r"],
  ...["*a*a*a*a*a*a*a*a*b", "e/r.partial", "nope", "a".repeat(300), "none,1"],
];

/** Command lines of such flags and switches, some of which there are not. */
export function commandLines(
  valued: readonly string[],
  switches: readonly string[],
  words: readonly string[] = [],
): fc.Arbitrary<string[]> {
  const value = fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...VALUES) },
    { weight: 1, arbitrary: fc.string() },
  );
  const own = fc.constantFrom(...switches, ...valued);
  const flag = valued.length === 0 ? own : fc.constantFrom(...valued);
  const part: fc.Arbitrary<string[]> = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.tuple(flag, value).map(([f, v]) => [`--${f}`, v]),
    },
    {
      weight: 3,
      arbitrary: fc.tuple(flag, value).map(([f, v]) => [`--${f}=${v}`]),
    },
    { weight: 3, arbitrary: own.map((name) => [`--${name}`]) },
    {
      weight: 1,
      arbitrary: fc.tuple(own, value).map(([f, v]) => [`--${f}=${v}`]),
    },
    { weight: 1, arbitrary: own.map((name) => [`--no-${name}`]) },
    { weight: 1, arbitrary: own.map((name) => [`-${name}`]) },
    { weight: 2, arbitrary: value.map((word) => [word]) },
    ...words.length === 0
      ? []
      : [{ weight: 6, arbitrary: fc.constantFrom(...words).map((w) => [w]) }],
  );
  return fc.array(part, { maxLength: 6 }).map((parts) => parts.flat());
}
