/**
 * The arguments of kernels, by name. From one list of fields the host writes
 * them, the wasm module reads them as a class, and WGSL as a struct.
 */

/** Names of arguments by type, in the order in which they lie in memory. */
export interface Fields {
  /** float64; in WGSL a pipeline constant of float32 */
  readonly doubles?: readonly string[];
  /** float32; in WGSL a pipeline constant */
  readonly floats?: readonly string[];
  /** of src/engine/codes.ts, or an engine's own; in WGSL a pipeline constant */
  readonly codes?: readonly string[];
  /** numbers of rows and columns, strides, switches */
  readonly counts: readonly string[];
  /** where something is, in the engine's unit; 0: it is not there */
  readonly addresses: readonly string[];
}

type Names<T> = T extends readonly (infer Name extends string)[] ? Name : never;

/** A value for each of the fields. */
export type Arguments<F extends Fields> = Readonly<
  Record<{ [K in keyof F]: Names<F[K]> }[keyof F], number>
>;

/** For q(z|x) and its draws. Row s * size + b is draw s of datapoint b. */
export const LATENTS = {
  codes: ["objective", "posterior", "gradient"],
  // rows of z, the noise and their gradients have `stride`
  counts: ["size", "draws", "dims", "stride", "logVarianceStride"],
  addresses: [
    ...["mean", "logVariance", "noise", "z", "kl"] as const,
    // by row: log q(z|x) - log p(z), and log q(z|x) alone
    ...["ratios", "logPosteriors"] as const,
    ...["zGradient", "meanGradient", "logVarianceGradient"] as const,
    // weights of the KL by dimension, of log w and of DReG's path by row
    ...["klWeights", "rowWeights", "dregFactors"] as const,
    // by dimension: all bits, or none where the dimension is left out
    "mask",
  ],
} as const satisfies Fields;

/** For the decoder's outputs and the pixels that they are compared with. */
export const OUTPUTS = {
  codes: ["likelihood"],
  // datapoint r % size belongs to row r
  counts: ["rows", "size", "columns", "stride"],
  addresses: [
    ...["x", "output", "output2"] as const,
    // the parameter that all pixels share
    "parameter",
    // by row: the sum over its pixels, and the factor of its gradient
    ...["sums", "factors"] as const,
    // uniforms or normals that x is drawn with
    "noise",
  ],
} as const satisfies Fields;

export const TERMS = {
  // see Pixelwise.spread
  doubles: ["share", "constant"],
  codes: ["objective", "sharedMode"],
  counts: ["size", "draws", "dims", "columns", "k", "klRows", "klStride"],
  addresses: [
    ...["kl", "logProbs", "squares", "ratios", "logPosteriors"] as const,
    // written: see LATENTS and OUTPUTS
    ...["rowWeights", "factors", "dregFactors"] as const,
    ...["klMeans", "klWeights"] as const,
    // the parameter that all pixels share, and its gradient
    ...["parameter", "parameterGradient"] as const,
    // receives the terms
    "log",
  ],
} as const satisfies Fields;

/** For the Markov chains in z. */
export const CHAINS = {
  doubles: ["share", "constant"],
  codes: ["sharedMode"],
  counts: ["kicks", "rows", "dims", "columns", "stride", "uniformStride"],
  addresses: [
    ...["z", "gradient", "momentum", "keptZ", "keptGradient"] as const,
    ...["momenta", "uniforms", "logProbs", "squares", "parameter"] as const,
    // by chain: log p(x, z) here and where it was, kinetic energy at the start
    ...["densities", "keptDensities", "energies"] as const,
  ],
} as const satisfies Fields;

/** For the update of all trained parameters, which are contiguous. */
export const UPDATE = {
  floats: ["weightDecay", "beta1", "rest1", "beta2", "rest2", "epsilon"],
  counts: ["count"],
  addresses: ["values", "gradients", "first", "second"],
} as const satisfies Fields;

/** The fields of several kernels, each once. */
export function together(...all: readonly Fields[]): Fields {
  const of = (names: (fields: Fields) => readonly string[] | undefined) => [
    ...new Set(all.flatMap((fields) => names(fields) ?? [])),
  ];
  return {
    doubles: of(({ doubles }) => doubles),
    floats: of(({ floats }) => floats),
    codes: of(({ codes }) => codes),
    counts: of(({ counts }) => counts),
    addresses: of(({ addresses }) => addresses),
  };
}

const byType = (fields: Fields) => {
  const { doubles = [], floats = [], codes = [], counts, addresses } = fields;
  return { doubles, floats, codes, counts, addresses };
};

function valueOf(
  values: Readonly<Record<string, number>>,
  name: string,
): number {
  const value = values[name];
  if (value === undefined) throw new Error(`no argument ${name}`);
  return value;
}

/** The arguments as they lie in memory, in words of 32 bits. */
export function wordsOf(
  fields: Fields,
  values: Readonly<Record<string, number>>,
): number[] {
  const { doubles, floats, codes, counts, addresses } = byType(fields);
  const of = (names: readonly string[]) =>
    names.map((name) => valueOf(values, name));
  const bits = (array: Float64Array | Float32Array) =>
    new Uint32Array(array.buffer);
  return [
    ...bits(Float64Array.from(of(doubles))),
    ...bits(Float32Array.from(of(floats))),
    ...of([...codes, ...counts, ...addresses]),
  ];
}

const ASSEMBLY_TYPES = {
  doubles: "f64",
  floats: "f32",
  codes: "i32",
  counts: "i32",
  addresses: "usize",
} as const;

/** A class of AssemblyScript over the arguments, four to a line. */
export function assemblyClass(name: string, fields: Fields): string {
  const lines = Object.entries(byType(fields)).flatMap(([type, names]) => {
    const own = ASSEMBLY_TYPES[type as keyof typeof ASSEMBLY_TYPES];
    return Array.from(
      { length: Math.ceil(names.length / 4) },
      (_, i) =>
        names.slice(4 * i, 4 * i + 4).map((field) => ` ${field}: ${own};`)
          .join(""),
    );
  });
  return `@unmanaged\nexport class ${name} {\n${
    lines.map((line) => ` ${line}\n`).join("")
  }}\n`;
}

const constantName = (name: string) =>
  name.replace(/[A-Z]/g, "_$&").toUpperCase();

/** A struct for the arguments in memory, and overrides for the constants. */
export function wgslStruct(
  name: string,
  fields: Fields,
  more: readonly string[] = [],
): string {
  const { doubles, floats, codes, counts, addresses } = byType(fields);
  const override = (type: string) => (own: string) =>
    `override ${constantName(own)}: ${type};`;
  return `struct ${name} {
  ${
    [...[...counts, ...addresses].map((own) => `${own}: u32`), ...more]
      .join(",\n  ")
  }
}
${[...doubles, ...floats].map(override("f32")).join("\n")}
${codes.map(override("u32")).join("\n")}`;
}

/** The constants of a pipeline, and its arguments in memory. */
export function wgslArguments(
  fields: Fields,
  values: Readonly<Record<string, number>>,
): { constants: Record<string, number>; words: number[] } {
  const { doubles, floats, codes, counts, addresses } = byType(fields);
  return {
    constants: Object.fromEntries(
      [...doubles, ...floats, ...codes].map((name) => [
        constantName(name),
        valueOf(values, name),
      ]),
    ),
    words: wordsOf({ counts, addresses }, values),
  };
}
