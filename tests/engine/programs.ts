/** Programs of this folder, in a process of their own. */

import { fileURLToPath } from "node:url";

/** How a program ended, and what it said. */
export interface Program {
  readonly code: number;
  readonly signal: Deno.Signal | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program with more environment variables. */
export async function runProgram(
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Program> {
  const program = fileURLToPath(new URL(file, import.meta.url));
  const { stdout, stderr, ...end } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", program, ...args],
    // Mesa names the variable on stderr where it is not set.
    env: { XDG_RUNTIME_DIR: "/tmp", NO_COLOR: "1", ...env },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
  return { ...end, stdout: text(stdout), stderr: text(stderr) };
}
