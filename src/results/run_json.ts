/** run.json: what a run was, in full. */

import { z } from "zod";
import { UserError } from "../errors.ts";
import { MOST_JSON, readText, unless } from "../files.ts";
import { leftByGit } from "./left_by_git.ts";

/** Versions of the format of run.json that are read; any other is refused. */
const VERSIONS = [2, 3] as const satisfies readonly RunJson["version"][];

/** Beside run.json: what a repetition may change. git ignores it. */
export const MADE_JSON = "made.json";

/** The version that is written: from 3 on there are hashes of the outputs. */
export const RUN_JSON_VERSION: RunJson["version"] = 3;

/** What run.json holds. */
export interface RunJson {
  /** of the format */
  readonly version: 2 | 3;
  /** whose run it is */
  readonly experiment: string;
  /** its name */
  readonly run: string;
  /**
   * `finished`; `failed`: the ELBO stopped being a number, see `error`;
   * `interrupted`: a signal ended it early
   */
  readonly status: "finished" | "failed" | "interrupted";
  /** why it failed; null: it did not */
  readonly error: string | null;
  /** everything that the numbers depend on */
  readonly config: Readonly<Record<string, unknown>>;
  /** how the random streams are keyed */
  readonly streams: {
    readonly generator: "philox4x32-10";
    readonly seed: number;
    /** the numbers of the purposes in the counter */
    readonly purposes: Readonly<Record<string, number>>;
  };
  /**
   * of a finished run whose config has a rule for it: where training ended, and
   * the step whose state is the model; absent: both are the config's last step
   */
  readonly ended?: { readonly step: number; readonly kept: number };
  /** what it was trained and evaluated on */
  readonly data: {
    /** SHA-256 of all splits, before any binarisation */
    readonly sha256: string;
    readonly train: number;
    readonly test: number;
    /** train rows that were kept out of training; absent: none */
    readonly validation?: number;
    readonly dim: number;
    /** of the user's own data, which the next two are of, too */
    readonly name?: string;
    /** names of their files, without folders; absent: a script made them */
    readonly files?: readonly string[];
    /** where these were, from the run's folder */
    readonly path?: string;
    /** in how many rows each column has a value, where some may be missing */
    readonly observed?: {
      readonly train: readonly number[];
      readonly test: readonly number[];
    };
    /** the user's units, see `inUserUnits`; absent: those of the values */
    readonly units?: {
      readonly offset: readonly number[];
      readonly factor: readonly number[];
    };
  };
  /** what the script added to the project's parts; absent: nothing */
  readonly parts?: readonly OwnPart[];
  /** number of trained values */
  readonly parameters: number;
  /** what trained, and how far its bits are the same elsewhere */
  readonly engine: {
    readonly name: "reference" | "wasm" | "webgpu";
    readonly bits: "portable" | "machine" | "backend";
    /** of an earlier version: multiplications and additions may be fused */
    readonly fastMath?: true;
    /** of an earlier version: a library computed the products */
    readonly blas?: { readonly library: string; readonly build: string };
    /** of the webgpu engine's products; they change no bit */
    readonly tiles?: string;
  };
  /** what computed all but the steps of other engines */
  readonly backend: {
    readonly name: "webgpu" | "wasm" | "cpu";
    readonly adapter: AdapterDescription | null;
  };
  /** of all that computed */
  readonly versions: {
    readonly project: string;
    readonly deno: string;
    readonly v8: string;
    readonly tfjs: string;
    readonly target: string;
  };
  /**
   * the repository of the toolkit, and of the script where that is in it, too;
   * source.patch has the difference
   */
  readonly git: GitState;
  /** the toolkit; absent in records of earlier versions, as is the script */
  readonly toolkit?: {
    readonly version: string;
    /** over all files that it loads; null: it was at a fixed address */
    readonly sha256: string | null;
  };
  /** the main module; script.patch has what source.patch has not */
  readonly script?: GitState & {
    /** its path in its repository, the name of its file, or its address */
    readonly name: string;
    /** where it was, from the run's folder; absent: a task starts it */
    readonly path?: string;
    /** of its file; null: it was at a fixed address */
    readonly sha256: string | null;
    /** over all files that it loads beside the toolkit; null: there are none */
    readonly importsSha256: string | null;
    /** address of its repository; null: it has none that others could use */
    readonly repository: string | null;
  };
  /** SHA-256 of deno.lock: all packages, to the byte */
  readonly lockSha256: string | null;
  /** the command line that repeats the run */
  readonly command: string;
  /** of version 2; later ones have it in made.json */
  readonly timing?: {
    /** ISO 8601, UTC */
    readonly started: string;
    /** the step that this process went on from; 0: the beginning */
    readonly resumedFrom: number;
    /** of this process */
    readonly seconds: number;
    /** of training and evaluation, without set-up and pictures */
    readonly millisecondsPerStep: number;
    /** of V8, as far as they could be read: they change the time, no bit */
    readonly v8Flags?: readonly string[];
  };
  /** SHA-256 of each file that the run gave, by name; version 2 has none */
  readonly outputs?: Readonly<Record<string, string>>;
}

/** A part of a script's own that a run has. */
export interface OwnPart {
  /** what it is */
  readonly kind: "likelihood" | "objective" | "data set" | "activation";
  /** as in the run's config */
  readonly name: string;
  /** SHA-256 of its text; what else it calls is of the script */
  readonly sha256: string;
}

/** What git knows of the files that were loaded. */
export interface GitState {
  /** null: they are in no git repository */
  readonly commit: string | null;
  /** whether one of them differed from the commit */
  readonly dirty: boolean | null;
  /** SHA-256 of a patch that has the difference; null: none */
  readonly patchSha256: string | null;
}

/** What an adapter is, as it says itself. */
export interface AdapterDescription {
  /** the driver's own name of the device */
  readonly description: string;
  /** its number, or its name */
  readonly vendor: string;
  /** family of the GPU, if known */
  readonly architecture: string;
  /** its number, if known */
  readonly device: string;
  /** the interface that WebGPU runs on: OpenGL has no full compute support */
  readonly api: "vulkan" | "opengl" | "metal" | "d3d12";
  /** true: a program on the CPU plays the GPU (llvmpipe, SwiftShader) */
  readonly software: boolean;
}

/** The schema of the versions in run.json. */
export const versionsSchema: z.ZodType<RunJson["versions"]> = z.strictObject({
  project: z.string(),
  deno: z.string(),
  v8: z.string(),
  tfjs: z.string(),
  target: z.string(),
});

const gitState = {
  commit: z.string().nullable(),
  dirty: z.boolean().nullable(),
  patchSha256: z.string().nullable(),
};

const timingSchema = z.strictObject({
  started: z.string(),
  resumedFrom: z.int(),
  seconds: z.number(),
  millisecondsPerStep: z.number(),
  v8Flags: z.array(z.string()).exactOptional(),
});

const toolkitSchema = z.strictObject({
  version: z.string(),
  sha256: z.string().nullable(),
});

const scriptSchema = z.strictObject({
  name: z.string(),
  path: z.string().exactOptional(),
  sha256: z.string().nullable(),
  importsSha256: z.string().nullable(),
  repository: z.string().nullable(),
  ...gitState,
});

const engineSchema = z.strictObject({
  name: z.enum(["reference", "wasm", "webgpu"]),
  bits: z.enum(["portable", "machine", "backend"]),
  fastMath: z.literal(true).exactOptional(),
  blas: z.strictObject({ library: z.string(), build: z.string() })
    .exactOptional(),
  tiles: z.string().exactOptional(),
});

const backendSchema = z.strictObject({
  name: z.enum(["webgpu", "wasm", "cpu"]),
  adapter: z.strictObject({
    description: z.string(),
    vendor: z.string(),
    architecture: z.string(),
    device: z.string(),
    api: z.enum(["vulkan", "opengl", "metal", "d3d12"]),
    software: z.boolean(),
  }).nullable(),
});

/** The schema of where a run ended. */
export const endedSchema: z.ZodType<NonNullable<RunJson["ended"]>> = z
  .strictObject({ step: z.int(), kept: z.int() });

/** The schema of run.json. */
export const runJsonSchema: z.ZodType<RunJson> = z.strictObject({
  version: z.literal(VERSIONS),
  experiment: z.string(),
  run: z.string(),
  status: z.enum(["finished", "failed", "interrupted"]),
  error: z.string().nullable(),
  config: z.record(z.string(), z.unknown()),
  streams: z.strictObject({
    generator: z.literal("philox4x32-10"),
    seed: z.int(),
    purposes: z.record(z.string(), z.int()),
  }),
  ended: endedSchema.exactOptional(),
  data: z.strictObject({
    sha256: z.string(),
    train: z.int(),
    test: z.int(),
    validation: z.int().exactOptional(),
    dim: z.int(),
    name: z.string().exactOptional(),
    files: z.array(z.string()).exactOptional(),
    path: z.string().exactOptional(),
    observed: z.strictObject({
      train: z.array(z.int()),
      test: z.array(z.int()),
    }).exactOptional(),
    units: z.strictObject({
      offset: z.array(z.number()),
      factor: z.array(z.number()),
    }).exactOptional(),
  }),
  parts: z.array(z.strictObject({
    kind: z.enum(["likelihood", "objective", "data set", "activation"]),
    name: z.string(),
    sha256: z.string(),
  })).exactOptional(),
  parameters: z.int(),
  engine: engineSchema,
  backend: backendSchema,
  versions: versionsSchema,
  git: z.strictObject(gitState),
  toolkit: toolkitSchema.exactOptional(),
  script: scriptSchema.exactOptional(),
  lockSha256: z.string().nullable(),
  command: z.string(),
  timing: timingSchema.exactOptional(),
  outputs: z.record(z.string(), z.string().regex(/^[0-9a-f]{64}$/))
    .exactOptional(),
}).refine(
  ({ version, outputs }) => (version < 3) === (outputs === undefined),
  { path: ["outputs"], error: "version 3 has them, and 2 has none" },
);

/** The last step of a finished run, and the one whose state is its model. */
export function endOf(
  { ended, config }: Pick<RunJson, "ended" | "config">,
): NonNullable<RunJson["ended"]> {
  const steps = Number(config["steps"]);
  return ended ?? { step: steps, kept: steps };
}

/**
 * The flags of earlier versions without which an engine's training cannot be
 * made again; null: there is none.
 */
export function removedFlags(
  { fastMath, blas }: RunJson["engine"],
): string | null {
  const flags = [
    ...fastMath ? ["--fast-math"] : [],
    ...blas ? [`--blas ${blas.library}`] : [],
  ];
  return flags.length === 0 ? null : flags.join(" ");
}

/** A run that has just ended. */
export type EndedRun =
  & Omit<RunJson, "outputs" | keyof MadeJson>
  & Required<MadeJson>;

/** What made.json has: when, how long and by what a run was made here. */
export type MadeJson = Pick<
  RunJson,
  "engine" | "backend" | "git" | "toolkit" | "script" | "timing"
>;

/** The schema of made.json. */
const madeJsonSchema: z.ZodType<MadeJson> = z.strictObject({
  engine: engineSchema,
  backend: backendSchema,
  git: z.strictObject(gitState),
  toolkit: toolkitSchema,
  script: scriptSchema,
  timing: timingSchema.exactOptional(),
});

/**
 * How a run was made last, which its run.json need not say: that of a run that
 * was repeated is about the first time. Where there is no made.json, as after a
 * clone, the run's record is taken.
 *
 * @throws {UserError} it is damaged
 */
export async function readMade(
  folder: string,
  run: RunJson,
): Promise<MadeJson> {
  const made = await readJson(folder, MADE_JSON, madeJsonSchema, "remove it");
  return made ?? run;
}

/**
 * Reads a run.json.
 *
 * @returns null where there is none
 * @throws {UserError} it is damaged, or of another version
 */
export async function readRunJson(folder: string): Promise<RunJson | null> {
  const remedy = `remove ${folder} or use another --out DIR`;
  return await readJson(folder, "run.json", runJsonSchema, remedy);
}

async function readJson<T>(
  folder: string,
  name: string,
  schema: z.ZodType<T>,
  remedy: string,
): Promise<T | null> {
  const path = `${folder}/${name}`;
  const text = await unless(["ENOENT"], readText(path, { most: MOST_JSON }));
  if (text === null) return null;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    const why = leftByGit(text);
    throw new UserError(
      `${path} is not JSON${why === undefined ? "" : `: ${why}`}; ${remedy}`,
    );
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new UserError(
    `${path} is not a ${name} of version ${VERSIONS.join(" or ")} ` +
      `(${issue?.path.join(".") || "top level"}: ${issue?.message}); ${remedy}`,
  );
}
