/** run.json: what a run was, in full. */

import { z } from "zod";
import { UserError } from "../errors.ts";
import { reading } from "./files.ts";

/** Version of the format of run.json; a reader refuses any other. */
export const RUN_JSON_VERSION = 2;

const adapterSchema = z.strictObject({
  description: z.string(),
  vendor: z.string(),
  architecture: z.string(),
  device: z.string(),
  api: z.enum(["vulkan", "opengl", "metal", "d3d12"]),
  software: z.boolean(),
});

/** The schema of run.json. */
export const runJsonSchema = z.strictObject({
  version: z.literal(RUN_JSON_VERSION),
  experiment: z.string(),
  run: z.string(),
  /**
   * `finished`; `failed`: the ELBO stopped being a number, see `error`;
   * `interrupted`: a signal ended it early
   */
  status: z.enum(["finished", "failed", "interrupted"]),
  error: z.string().nullable(),
  /** everything that the numbers depend on */
  config: z.record(z.string(), z.unknown()),
  /** how the random streams are keyed */
  streams: z.strictObject({
    generator: z.literal("philox4x32-10"),
    seed: z.int(),
    /** the numbers of the purposes in the counter */
    purposes: z.record(z.string(), z.int()),
  }),
  data: z.strictObject({
    /** SHA-256 of both splits, before any binarisation */
    sha256: z.string(),
    train: z.int(),
    test: z.int(),
    dim: z.int(),
    /** of the user's own data, which the next two are of, too */
    name: z.string().exactOptional(),
    /** names of their files, without folders; absent: a script made them */
    files: z.array(z.string()).exactOptional(),
    /** where these were, from the run's folder */
    path: z.string().exactOptional(),
    /** the user's units, see `inUserUnits`; absent: those of the values */
    units: z.strictObject({
      offset: z.array(z.number()),
      factor: z.array(z.number()),
    }).exactOptional(),
  }),
  /** number of trained values */
  parameters: z.int(),
  /** what trained, and how far its bits are the same elsewhere */
  engine: z.strictObject({
    name: z.enum(["reference", "wasm", "webgpu"]),
    bits: z.enum(["portable", "machine", "backend"]),
    /** only where multiplications and additions may have been fused */
    fastMath: z.literal(true).exactOptional(),
    /** only where a library computed the products: which, in its own words */
    blas: z.strictObject({ library: z.string(), build: z.string() })
      .exactOptional(),
    /** of the webgpu engine's products; they change no bit */
    tiles: z.string().exactOptional(),
  }),
  backend: z.strictObject({
    name: z.enum(["webgpu", "wasm", "cpu"]),
    adapter: adapterSchema.nullable(),
  }),
  versions: z.strictObject({
    project: z.string(),
    deno: z.string(),
    v8: z.string(),
    tfjs: z.string(),
    target: z.string(),
  }),
  git: z.strictObject({
    /** null where the project is in no git repository */
    commit: z.string().nullable(),
    /** whether what a run loads differed from the commit */
    dirty: z.boolean().nullable(),
    /** SHA-256 of source.patch, which holds that difference; null: none */
    patchSha256: z.string().nullable(),
  }),
  /** SHA-256 of deno.lock: all packages, to the byte */
  lockSha256: z.string().nullable(),
  /** the command line that repeats the run */
  command: z.string(),
  timing: z.strictObject({
    /** ISO 8601, UTC */
    started: z.string(),
    /** the step that this process went on from; 0: the beginning */
    resumedFrom: z.int(),
    /** of this process */
    seconds: z.number(),
    /** of training and evaluation, without set-up and pictures */
    millisecondsPerStep: z.number(),
  }),
});

/** What run.json holds. */
export type RunJson = z.infer<typeof runJsonSchema>;

/**
 * Reads a run.json.
 *
 * @returns null where there is none
 * @throws {UserError} it is damaged, or of another version
 */
export async function readRunJson(folder: string): Promise<RunJson | null> {
  const path = `${folder}/run.json`;
  let text: string;
  try {
    text = await reading(path, () => Deno.readTextFile(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new UserError(
      `${path} is not JSON; remove ${folder} or use another --out DIR`,
    );
  }
  const parsed = runJsonSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new UserError(
    `${path} is not a run.json of version ${RUN_JSON_VERSION} ` +
      `(${issue?.path.join(".") || "top level"}: ${issue?.message}); ` +
      `remove ${folder} or use another --out DIR`,
  );
}
