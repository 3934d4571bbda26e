/**
 * A page in one HTML file: it opens from disk, and a Content-Security-Policy
 * keeps it from loading or sending anything.
 */

import { asset } from "../assets.ts";

/** What a page is made of. */
export interface Page {
  /** of the window */
  readonly title: string;
  /** language of the title, such as `en` */
  readonly lang: string;
  /** JavaScript, in most cases that of {@linkcode builtScript} */
  readonly script: string;
  /** CSS beside the shared style; absent: none */
  readonly style?: string;
  /**
   * what the script finds by name (see embedded.ts): bytes are packed by gzip,
   * all else must be JSON
   */
  readonly data: Readonly<Record<string, unknown>>;
  /** whether it asks the server that it came from; absent: it asks nobody */
  readonly asksServer?: true;
}

/** The text of the HTML file. @throws {TypeError} data are not JSON */
export async function pageHtml(page: Page): Promise<string> {
  const style = await styleOf(page);
  const script = inElement(page.script, "script");
  const data = await Promise.all(
    Object.entries(page.data).map(([name, value]) => dataElement(name, value)),
  );
  return `<!doctype html>
<html lang="${escapeHtml(page.lang)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${await policy(
    { style, script },
    page.asksServer ?? false,
  )}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<link rel="icon" href="data:,">
<title>${escapeHtml(page.title)}</title>
<style>${style}</style>
</head>
<body>
<div id="page"></div>
<noscript>This page needs JavaScript.</noscript>
${data.join("\n")}
<script>${script}</script>
</body>
</html>
`;
}

/** Text as the content of an element, or as an attribute in double quotes. */
export function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

/** Whether a file is a page that has data of that name. */
export function isPageWith(html: string, name: string): boolean {
  return html.startsWith("<!doctype html>") &&
    html.includes(`<script type="application/json" id="data-${name}">`);
}

/** What `deno task build:web` made of `NAME/main.tsx`. */
export async function builtScript(name: string): Promise<string> {
  const url = new URL(`./built/${name}.js`, import.meta.url);
  return new TextDecoder().decode(await asset(url));
}

/** The wasm engine's module that those scripts were built with. */
export async function builtEngine(): Promise<Uint8Array<ArrayBuffer>> {
  return await asset(new URL("./built/engine.wasm", import.meta.url));
}

async function styleOf({ style = "" }: Page): Promise<string> {
  const shared = await asset(new URL("./style.css", import.meta.url));
  const text = new TextDecoder().decode(shared) + style;
  const short = text.replaceAll(/\/\*[^]*?\*\//g, "").replaceAll(/\s+/g, " ");
  return inElement(short.trim(), "style");
}

/** @throws {TypeError} the text would end its element */
function inElement(text: string, element: "script" | "style"): string {
  if (!new RegExp(`</${element}|<!--`, "i").test(text)) return text;
  throw new TypeError(`a ${element} has the end of its element`);
}

/** No script ends in JSON without `<`, and no name in one of letters. */
async function dataElement(name: string, value: unknown): Promise<string> {
  if (!/^[a-z][a-z-]*$/.test(name)) throw new TypeError(`data named ${name}`);
  if (value instanceof Uint8Array) {
    const packed = (await gzip(value as Uint8Array<ArrayBuffer>)).toBase64();
    return `<script type="text/plain" id="data-${name}">${packed}</script>`;
  }
  const json = JSON.stringify(value);
  if (json === undefined) throw new TypeError(`data ${name} are not JSON`);
  return `<script type="application/json" id="data-${name}">${
    json.replaceAll("<", "\\u003c")
  }</script>`;
}

async function gzip(
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream()
    .pipeThrough(new CompressionStream("gzip"));
  return await new Response(stream).bytes();
}

/**
 * What the page may do: run this script and this style, compile WebAssembly,
 * start itself as a worker, show pictures that it made.
 */
async function policy(
  { style, script }: { style: string; script: string },
  asksServer: boolean,
): Promise<string> {
  return [
    "default-src 'none'",
    `script-src ${await sourceHash(script)} 'wasm-unsafe-eval'`,
    `style-src ${await sourceHash(style)}`,
    "img-src data: blob:",
    "worker-src blob:",
    `connect-src ${asksServer ? "'self'" : "'none'"}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
}

async function sourceHash(text: string): Promise<string> {
  const bytes = new TextEncoder().encode(text);
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return `'sha256-${new Uint8Array(digest).toBase64()}'`;
}
