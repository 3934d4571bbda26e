/** For scripts with a fault: whether the test has mended it. */

/** True once there is a file `mended` beside the folder of the results. */
export function isMended(): boolean {
  const out = Deno.args.at(Deno.args.indexOf("--out") + 1);
  try {
    return Deno.statSync(`${out}/../mended`).isFile;
  } catch {
    return false;
  }
}
