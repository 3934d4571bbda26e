/** What nodes need, fetched here: they may have no network. */

import { shareDatasets } from "../../data/shared.ts";
import { datasetRow } from "../../data/load.ts";
import { UserError } from "../../errors.ts";
import { downloadProgress } from "../progress.ts";
import type { Request } from "../request.ts";

/**
 * Fills Deno's cache with the script's packages, and `data/` with the files of
 * its data sets.
 *
 * @throws {UserError} something cannot be had
 */
export async function prepare(
  main: string,
  { runs, dataDir, data, quiet }: Request,
): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["cache", "--quiet", main],
    stdin: "null",
  }).output();
  if (!success) {
    const [line] = new TextDecoder().decode(stderr).trim().split("\n");
    throw new UserError(`deno cache ${main}: ${line}`);
  }
  const onProgress = quiet ? undefined : downloadProgress();
  const load = shareDatasets({ dataDir, data, onProgress });
  const byName = Map.groupBy(runs, ({ config }) => config.dataset);
  for (const [dataset, [run]] of byName) {
    const { own } = run!.config;
    if (own !== undefined || datasetRow({ dataset }).folder === null) continue;
    await load(run!.config);
  }
}
