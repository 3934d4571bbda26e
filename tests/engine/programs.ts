/** Programs of this folder, in a process of their own. */

import { fileURLToPath } from "node:url";

/** Runs a program with more environment variables. */
export async function runProgram(
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const program = fileURLToPath(new URL(file, import.meta.url));
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", program, ...args],
    // Mesa names the variable on stderr where it is not set.
    env: { XDG_RUNTIME_DIR: "/tmp", NO_COLOR: "1", ...env },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
  return { code, stdout: text(stdout), stderr: text(stderr) };
}
