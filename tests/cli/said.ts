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

/** What an action writes to stderr. */
export function stderrOf(action: () => void): string {
  const { writeSync } = Deno.stderr;
  let text = "";
  Deno.stderr.writeSync = (bytes) => {
    text += new TextDecoder().decode(bytes);
    return bytes.length;
  };
  try {
    action();
  } finally {
    Deno.stderr.writeSync = writeSync;
  }
  return text;
}
