/** Kernels, and the memory that all of them share. */

import * as layout from "../layout.ts";

/** A compute shader with an entry point `main`. */
export interface KernelCode {
  /** for error messages */
  readonly label: string;
  readonly code: string;
  /** by override: the codes that it has branches for */
  readonly branches?: Readonly<Record<string, readonly number[]>>;
}

/** A compute shader with its constants. */
export interface Kernel extends KernelCode {
  /** values of its overrides */
  readonly constants: Readonly<Record<string, number>>;
}

/** The kernel with those constants. @throws {Error} it has no branch for one */
export function kernelWith(
  code: KernelCode,
  constants: Kernel["constants"],
): Kernel {
  for (const [name, codes] of Object.entries(code.branches ?? {})) {
    if (codes.includes(constants[name]!)) continue;
    throw new Error(`${code.label} has no branch: ${name} ${constants[name]}`);
  }
  return { ...code, constants };
}

const BUFFERS = {
  matrices: layout.MATRICES,
  values: layout.VALUES,
  gradients: layout.GRADIENTS,
  state: layout.STATE,
  terms: layout.TERMS,
} as const;

/**
 * Declares buffers of floats, by name, as arrays of f32 or vec4f, the commands
 * of this dispatch, and the settings of the step of each live run.
 */
export function memory(
  buffers: Partial<Record<keyof typeof BUFFERS, "f32" | "vec4f">>,
  command: string,
): string {
  const declared = Object.entries(buffers).map(([name, type]) =>
    `@group(0) @binding(${BUFFERS[name as keyof typeof BUFFERS]})
var<storage, read_write> ${name}: array<${type}>;`
  );
  return `${declared.join("\n")}
@group(0) @binding(${layout.COMMANDS})
var<storage, read> commands: array<${command}>;
@group(0) @binding(${layout.STEPS})
var<storage, read> steps: array<u32>;

/// words of a run's part of a step's settings, and of those of all runs
override STEP_WORDS: u32;
override ALL_STEP_WORDS: u32;

/// a word of the live run's settings
fn told(run: u32, word: u32) -> u32 {
  return steps[run * STEP_WORDS + word];
}

/// the same as a float
fn setting(run: u32, word: u32) -> f32 {
  return bitcast<f32>(told(run, word));
}
`;
}

/** Invocations of kernels that have no tiles. */
export const WORKGROUP_SIZE: string = `@workgroup_size(${layout.WORKGROUP})`;
