/** What the tests of data sets share: servers, folders, bytes and real data. */

import { assert, assertRejects } from "@std/assert";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../../src/errors.ts";

const realDataDir = Deno.env.get("ELBO_DATA_DIR") ??
  join(import.meta.dirname ?? ".", "../../../shared/data");

/** A test on real files, ignored on a machine that lacks them. */
export function testOnRealData(
  name: string,
  files: readonly string[],
  run: (source: { dataDir: string }) => Promise<void>,
): void {
  const missing = files.find((file) => !existsSync(join(realDataDir, file)));
  Deno.test({
    name: missing === undefined
      ? name
      : `${name} [ignored: no ${missing} in ELBO_DATA_DIR or ../shared/data]`,
    ignore: missing !== undefined,
    fn: () => run({ dataDir: realDataDir }),
  });
}

/** Runs with an empty folder, which is gone afterwards. */
export async function withFolder(
  run: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "elbo-lab-" });
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Paths of all files below a folder, relative to it, sorted. */
export async function filesBelow(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of Deno.readDir(folder)) {
    if (entry.isFile) found.push(entry.name);
    else {
      const below = await filesBelow(join(folder, entry.name));
      found.push(...below.map((path) => `${entry.name}/${path}`));
    }
  }
  return found.sort();
}

/** What a path of a test's server answers with; a 404 where there is none. */
export type Routes = Readonly<Record<string, () => Response>>;

/**
 * Runs with a server on this machine.
 *
 * @param run is given the server's address, which ends with "/", and the list
 *   of the paths asked for so far
 */
export async function withServer(
  routes: Routes,
  run: (address: string, asked: readonly string[]) => Promise<void>,
): Promise<void> {
  const asked: string[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    (request) => {
      const path = new URL(request.url).pathname.slice(1);
      asked.push(path);
      return routes[path]?.() ?? new Response("none", { status: 404 });
    },
  );
  try {
    await run(`http://127.0.0.1:${server.addr.port}/`, asked);
  } finally {
    await server.shutdown();
  }
}

/** An answer whose connection breaks after `bytes`, of 100 more. */
export function truncated(bytes: Uint8Array<ArrayBuffer>): Response {
  return new Response(new Blob([bytes]).stream(), {
    headers: { "content-length": String(bytes.length + 100) },
  });
}

/** SHA-256, in hex. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return new Uint8Array(digest).toHex();
}

/** The bytes, gzipped. */
export async function gzip(
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const zipped = new Blob([bytes]).stream()
    .pipeThrough(new CompressionStream("gzip"));
  return await new Response(zipped).bytes();
}

/** An IDX file of unsigned bytes. */
export function idx(
  dims: readonly number[],
  data: ArrayLike<number>,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(4 + 4 * dims.length + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x0800 + dims.length);
  dims.forEach((size, i) => view.setUint32(4 + 4 * i, size));
  bytes.set(data, 4 + 4 * dims.length);
  return bytes;
}

/** Asserts a UserError of one line that contains all `parts`. */
export async function assertUserError(
  run: () => Promise<unknown>,
  ...parts: string[]
): Promise<void> {
  const error = await assertRejects(run, UserError);
  assert(!error.message.includes("\n"), error.message);
  for (const part of parts) {
    assert(error.message.includes(part), `"${part}" in "${error.message}"`);
  }
}
