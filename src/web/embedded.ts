/** In the page: what `pageHtml` put into it, by name. */
/// <reference lib="dom" />

function textOf(name: string): string {
  const element = document.getElementById(`data-${name}`);
  if (element === null) throw new Error(`the page has no data ${name}`);
  return element.textContent;
}

/** What the page was given as JSON; its type is that of who made the page. */
export function embeddedJson<T>(name: string): T {
  return JSON.parse(textOf(name)) as T;
}

/** The bytes that the page was given. */
export async function embeddedBytes(
  name: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const packed = Uint8Array.fromBase64(textOf(name));
  const stream = new Blob([packed]).stream()
    .pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/**
 * Starts the page's own script as a worker, also from disk.
 *
 * @param name tells the script that it is a worker, as `self.name`
 */
export function workerOf(script: string, name: string): Worker {
  const url = URL.createObjectURL(
    new Blob([script], { type: "text/javascript" }),
  );
  const worker = new Worker(url, { name });
  // The worker has begun to load by then, also in Firefox.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
  return worker;
}
