/** What a kernel is, and the memory that all of them share. */

import * as layout from "../layout.ts";

/** A compute shader with an entry point `main`. */
export interface Kernel {
  /** what it is called in error messages */
  readonly label: string;
  readonly code: string;
  /** of its overrides */
  readonly constants: Readonly<Record<string, number>>;
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
 * of this dispatch, and what each live run is told of the step.
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

/// words of a run's part of the steps
override STEP_WORDS: u32;

/// a word of what the live run is told
fn told(run: u32, word: u32) -> u32 {
  return steps[run * STEP_WORDS + word];
}

/// the same as a float
fn setting(run: u32, word: u32) -> f32 {
  return bitcast<f32>(told(run, word));
}
`;
}

/** The struct of a command with fields of one word each, in their order. */
export function commandStruct(name: string, fields: readonly string[]): string {
  const unused = layout.COMMAND_WORDS - fields.length;
  return `struct ${name} {
  ${fields.map((field) => `${field}: u32,`).join("\n  ")}
  unused: array<u32, ${unused}>,
}`;
}

/** The words of a command with such fields. */
export function commandWords<Field extends string>(
  fields: readonly Field[],
  command: Readonly<Record<Field, number>>,
): number[] {
  const unused = layout.COMMAND_WORDS - fields.length;
  return [...fields.map((field) => command[field]), ...Array(unused).fill(0)];
}

/** Invocations of kernels that have no tiles. */
export const WORKGROUP_SIZE: string = `@workgroup_size(${layout.WORKGROUP})`;
