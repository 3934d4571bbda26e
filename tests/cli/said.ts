/** What commands print, when they are called as functions. */

/** What an action writes to stdout and stderr. */
export async function saidBy(action: () => unknown): Promise<string> {
  const { stdout, stderr } = Deno;
  const writers = [stdout.writeSync, stderr.writeSync] as const;
  let text = "";
  stdout.writeSync = stderr.writeSync = (bytes) => {
    text += new TextDecoder().decode(bytes);
    return bytes.length;
  };
  try {
    await action();
  } finally {
    [stdout.writeSync, stderr.writeSync] = writers;
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
