/** Python, for what is held against programs of its. */

/**
 * The first Python that has a module; null where none has. Debian's is among
 * them, where another one is on the PATH.
 *
 * @param given the one that is asked, in the place of those
 */
export async function pythonWith(
  module: string,
  given?: string,
): Promise<string | null> {
  const pythons = given === undefined
    ? ["python3", "/usr/bin/python3"]
    : [given];
  for (const python of pythons) {
    try {
      const { success } = await new Deno.Command(python, {
        args: ["-c", `import ${module}`],
        stderr: "null",
      }).output();
      if (success) return python;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return null;
}
