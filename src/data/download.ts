/** Downloading one file into memory. */

import { UserError } from "../errors.ts";

/** Reports how far a download is; `total` is undefined where it is unknown. */
export type OnProgress = (
  file: string,
  received: number,
  total: number | undefined,
) => void;

/** A server that sends nothing for this long is given up. */
const STALL_MS = 20_000;

/**
 * Downloads `url` into memory: nothing is written to the disk before the caller
 * has checked it.
 *
 * @param url http or https
 * @param onChunk called with the bytes received so far, and with their total
 *   where the server says it
 * @param stallMs milliseconds without a byte after which to give up
 * @throws {UserError} no connection, a status other than 2xx, a body cut
 *   short, or a stall: `HOST: reason`; the caller adds the remedy
 */
export async function download(
  url: string,
  onChunk: (received: number, total: number | undefined) => void = () => {},
  stallMs = STALL_MS,
): Promise<Uint8Array<ArrayBuffer>> {
  const { host } = new URL(url);
  const stall = new AbortController();
  const giveUp = () =>
    stall.abort(new Error(`no bytes for ${stallMs / 1000} seconds`));
  let timer = setTimeout(giveUp, stallMs);

  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let received = 0;
  try {
    const response = await fetch(url, { signal: stall.signal });
    if (!response.ok) {
      await response.body?.cancel();
      throw new Error(`HTTP status ${response.status}`);
    }
    const total = contentLength(response.headers);
    for await (const chunk of response.body ?? []) {
      clearTimeout(timer);
      timer = setTimeout(giveUp, stallMs);
      chunks.push(chunk);
      received += chunk.length;
      onChunk(received, total);
    }
  } catch (error) {
    throw new UserError(`${host}: ${reason(error)}`);
  } finally {
    clearTimeout(timer);
  }

  return await new Blob(chunks).bytes();
}

/** The size of the body, where the header counts the decoded bytes. */
function contentLength(headers: Headers): number | undefined {
  const length = headers.get("content-length");
  if (length === null || headers.has("content-encoding")) return undefined;
  return Number(length);
}

/** Why a request failed, in one line. */
function reason(error: unknown): string {
  // fetch() says "fetch failed"; its cause names the URL, then what happened.
  const root = error instanceof Error && error.cause instanceof Error
    ? error.cause
    : error;
  const message = root instanceof Error ? root.message : String(root);
  return message.replace(/^error sending request .*?\(http\S*\): /, "")
    .replace(/^client error \(Connect\): /, "")
    .replaceAll(/\s+/g, " ");
}
