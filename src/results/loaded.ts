/** The files that a process loads, from what its modules say. */

import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { readBytesSync, realFileSync } from "../files.ts";

/** Bytes of files by their real paths, in the order of the paths. */
export type Files = ReadonlyMap<string, Uint8Array<ArrayBuffer>>;

/** Modules that may name further files. */
const MODULE = /\.[cm]?[jt]sx?$/;

/** Files that a module may load without an import, such as workers. */
const LOADABLE = /\.([cm]?[jt]sx?|jsonc?|wasm)$/;

/** A name in quotes, from the module's own folder. */
const RELATIVE = /(["'`])(\.{1,2}\/[^"'`\n$]*)\1/g;

/** Where packages are: in node_modules, or in Deno's cache below a host. */
const PACKAGES = /[/\\](node_modules|npm[/\\][^/\\]*[.:_][^/\\]*)[/\\]/;

/** A name in quotes, from the module's own folder, without a dot. */
const OF_URL =
  /\bnew\s+URL\(\s*(["'`])([^"'`\n$:]+)\1\s*,\s*import\.meta\.url/g;

/** What is imported, by whatever name. */
const IMPORTED = /\b(?:from|import)\s*\(?\s*(["'])([^"'\n]+)\1/g;

/**
 * A module, and every file that it loads, directly or not: what it and its
 * imports import, and the workers, JSON and wasm modules that they name. Names
 * in comments and in branches that are not taken count, too: a file too many
 * does no harm. Packages do not count, deno.lock has them.
 *
 * @param entry path of the module
 * @param apart files that are left out, with what they load
 */
export function filesFrom(entry: string, apart?: Files): Files {
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  // A set passes over what is added twice, and visits what is added meanwhile.
  const waiting = new Set([entry]);
  for (const path of waiting) {
    const real = realFileSync(path);
    if (real === null || files.has(real) || apart?.has(real)) continue;
    const bytes = readBytesSync(real);
    files.set(real, bytes);
    if (!MODULE.test(real)) continue;
    for (const name of namedIn(real, bytes)) waiting.add(name);
  }
  return sorted(files);
}

/** Adds files that lie in a folder, where they are there. */
export function withFiles(
  files: Files,
  folder: string,
  names: readonly string[],
): Files {
  const all = new Map(files);
  for (const name of names) {
    const real = realFileSync(join(folder, name));
    if (real !== null) all.set(real, readBytesSync(real));
  }
  return sorted(all);
}

function sorted(files: Files): Files {
  return new Map([...files].sort(([a], [b]) => a < b ? -1 : 1));
}

/** The paths of files that a module names, be they there or not. */
function namedIn(path: string, bytes: Uint8Array): string[] {
  const text = new TextDecoder().decode(bytes);
  const folder = dirname(path);
  const relative = [RELATIVE, OF_URL]
    .flatMap((pattern) => [...text.matchAll(pattern)])
    .map(([, , name]) => name!)
    .filter((name) => LOADABLE.test(name)).map((name) => join(folder, name));
  const imported = [...text.matchAll(IMPORTED)]
    .flatMap(([, , name]) => importedPath(name!, path) ?? []);
  return [...relative, ...imported];
}

/** Comments, and what is in quotes. */
const ASIDES =
  /\/\/[^\n]*|\/\*[^]*?\*\/|(["'])(?:\\.|(?!\1)[^\\\n])*\1|`(?:\\.|[^`\\])*`/g;

/** A module or a worker that is loaded by a name that stands not there. */
const COMPUTED = new RegExp(
  String.raw`(?<![.\w$])import\s*\(\s*(?!""\s*[,)])|` +
    String.raw`\bnew\s+Worker\s*\(\s*(?!""\s*[,)]|` +
    String.raw`new\s+URL\(\s*""\s*,\s*import\.meta\.url|` +
    String.raw`import\.meta\.resolve\(\s*""\s*\))`,
);

/** Whether a module loads others by names that are made only as it runs. */
export function loadsComputed(path: string, bytes: Uint8Array): boolean {
  if (!MODULE.test(path)) return false;
  const code = new TextDecoder().decode(bytes).replaceAll(ASIDES, (text) => {
    if (text.startsWith("/")) return " ";
    return text.startsWith("`") && text.includes("${") ? "computed" : '""';
  });
  return COMPUTED.test(code);
}

/** Where an import leads; null: to no file. */
function importedPath(name: string, from: string): string | null {
  try {
    const url = /^\.{0,2}\//.test(name)
      ? new URL(name, pathToFileURL(from))
      : new URL(import.meta.resolve(name));
    if (url.protocol !== "file:") return null;
    const path = fileURLToPath(url);
    return PACKAGES.test(path) ? null : path;
  } catch {
    return null; // no import, but text that looks like one
  }
}

/** SHA-256 (hex) of bytes. */
export function sha256(bytes: Uint8Array | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/**
 * SHA-256 (hex) over files: over lines of a file's SHA-256, two spaces and its
 * path from the folder, as `sha256sum` prints them.
 */
export function hashOf(files: Files, folder: string): string {
  const lines = [...files].map(([path, bytes]) =>
    `${sha256(bytes)}  ${nameIn(folder, path)}\n`
  );
  return sha256(lines.join(""));
}

/** A path from a folder, with `/` on every system. */
export function nameIn(folder: string, path: string): string {
  const [from, to] = [folder, path].map((each) => pathToFileURL(each).pathname);
  const within = from!.endsWith("/") ? from! : `${from}/`;
  return decodeURIComponent(
    to!.startsWith(within) ? to!.slice(within.length) : to!,
  );
}

/** A patch that makes the files, for those that are text. */
export function patchOfNew(
  files: Files,
  folder: string,
): Uint8Array<ArrayBuffer> {
  const parts = [...files].filter(([, bytes]) => !bytes.includes(0))
    .map(([path, bytes]) => {
      const name = nameIn(folder, path).replace(/^\//, "");
      const text = new TextDecoder().decode(bytes);
      const lines = text.split("\n");
      const isCut = lines.at(-1) !== "";
      if (!isCut) lines.pop();
      return [
        `diff --git a/${name} b/${name}\nnew file mode 100644\n`,
        ...lines.length === 0
          ? []
          : [`--- /dev/null\n+++ b/${name}\n@@ -0,0 +1,${lines.length} @@\n`],
        ...lines.map((line) => `+${line}\n`),
        ...isCut ? ["\\ No newline at end of file\n"] : [],
      ].join("");
    });
  return new TextEncoder().encode(parts.join(""));
}
