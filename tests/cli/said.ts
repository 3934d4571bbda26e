/** What commands print, when they are called as functions. */

/** What ends an action that would end the process. */
class Exit extends Error {}

/**
 * What an action writes to stdout and stderr; where it exits, `Deno.exitCode`
 * has its exit code, and the test goes on.
 */
export async function saidBy(action: () => unknown): Promise<string> {
  const { stdout, stderr, exit } = Deno;
  const writers = [stdout.writeSync, stderr.writeSync] as const;
  let text = "";
  stdout.writeSync = stderr.writeSync = (bytes) => {
    text += new TextDecoder().decode(bytes);
    return bytes.length;
  };
  Deno.exit = (code = 0) => {
    Deno.exitCode = code;
    throw new Exit();
  };
  try {
    await action();
  } catch (error) {
    if (!(error instanceof Exit)) throw error;
  } finally {
    [stdout.writeSync, stderr.writeSync] = writers;
    Deno.exit = exit;
  }
  return text;
}

/** What an action writes to stderr, which takes some bytes at a time. */
export function stderrOf(action: () => void): string {
  const { writeSync } = Deno.stderr;
  const decoder = new TextDecoder();
  let text = "";
  Deno.stderr.writeSync = (bytes) => {
    const taken = bytes.subarray(0, 7);
    text += decoder.decode(taken, { stream: true });
    return taken.length;
  };
  try {
    action();
  } finally {
    Deno.stderr.writeSync = writeSync;
  }
  return text;
}
