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

/** As many times a server may name another place. */
const MOST_REDIRECTS = 5;

/** How a file is downloaded. */
export interface DownloadOptions {
  /** decoded bytes of the body after which to give up */
  readonly mostBytes: number;
  /**
   * called with the bytes received so far, and with their total where the
   * server says it
   */
  readonly onChunk?: (received: number, total: number | undefined) => void;
  /** milliseconds without a byte after which to give up */
  readonly stallMs?: number;
}

/**
 * Downloads `url` into memory: nothing is written to the disk before the caller
 * has checked it.
 *
 * @param url https, to where redirects must lead, too; http on this machine
 * @throws {UserError} no connection, a status other than 2xx, a place that is
 *   not https, a body cut short or too long, or a stall: `HOST: reason`; the
 *   caller adds the remedy
 */
export async function download(
  url: string,
  { mostBytes, onChunk = () => {}, stallMs = STALL_MS }: DownloadOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const { host } = new URL(url);
  const stall = new AbortController();
  const giveUp = () =>
    stall.abort(new Error(`no bytes for ${stallMs / 1000} seconds`));
  let timer = setTimeout(giveUp, stallMs);

  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let received = 0;
  try {
    const response = await get(url, stall.signal);
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
      if (received > mostBytes) {
        stall.abort();
        throw new Error(`more than the ${mostBytes} bytes of the file`);
      }
      onChunk(received, total);
    }
  } catch (error) {
    throw new UserError(`${host}: ${reason(error)}`);
  } finally {
    clearTimeout(timer);
  }

  return await new Blob(chunks).bytes();
}

/** The response of the place that redirects lead to. */
async function get(url: string, signal: AbortSignal): Promise<Response> {
  let at = new URL(url);
  requireSecure(at);
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    const response = await fetch(at, { signal, redirect: "manual" });
    const location = response.headers.get("location");
    const isRedirect = [301, 302, 303, 307, 308].includes(response.status);
    if (!isRedirect || location === null) return response;
    await response.body?.cancel();
    const next = new URL(location, at);
    requireSecure(next, at);
    at = next;
  }
  throw new Error(`more than ${MOST_REDIRECTS} redirects`);
}

const THIS_MACHINE = ["127.0.0.1", "[::1]", "localhost"];

/** @throws {Error} the way there can be read and changed by others */
function requireSecure(to: URL, from?: URL): void {
  if (to.protocol === "https:") return;
  const isLocal = to.protocol === "http:" && from?.protocol !== "https:" &&
    THIS_MACHINE.includes(to.hostname);
  if (!isLocal) throw new Error(`${to.protocol}//${to.host} is not https`);
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
