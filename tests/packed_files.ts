/** The files that `deno publish` packs. */

/** The project's folder. */
export const ROOT: URL = new URL("../", import.meta.url);

/** Their paths, from the project's folder. */
export async function packedFiles(): Promise<string[]> {
  // Types are checked by `deno task static`, which takes a while.
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: "publish --dry-run --allow-dirty --no-check --allow-slow-types"
      .split(" "),
    cwd: ROOT,
    env: { NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder().decode(stderr);
  if (!success) throw new Error(text);
  return [...text.matchAll(/^ +(file:\S+) \(/gm)]
    .map(([, url]) => decodeURIComponent(url!.slice(ROOT.href.length)));
}
