/** Files with a known SHA-256: found in a folder or downloaded, and checked. */

import { basename, dirname, join } from "node:path";
import { UserError } from "../errors.ts";
import { makeFolder, readBytes, targetOf, unless } from "../files.ts";
import { writeAtomically } from "../results/files.ts";
import { download, type OnProgress } from "./download.ts";

/** Where the files of data sets come from, and which are read. */
export interface DataSource {
  /** whether labels are read that have files of their own, as MNIST's have */
  readonly labels?: boolean | undefined;
  /** `--data-dir`, the only folder to look in, which is never written to */
  readonly dataDir?: string | undefined;
  /** `--data`, the file or folder of the user's own data */
  readonly data?: string | undefined;
  /** where downloads are kept; `data/` of this project if absent */
  readonly cacheDir?: string | undefined;
  /** called after every chunk of a download */
  readonly onProgress?: OnProgress | undefined;
  /** aborts when nobody needs the data any more */
  readonly signal?: AbortSignal | undefined;
}

/** One form in which a pinned file is available. */
export interface Form {
  /** its path below the data folder, with "/"; `name` alone is found too */
  readonly file: string;
  /** mirrors of this form, tried in turn */
  readonly urls: readonly string[];
  /** of this form, by which a download that does not end is known */
  readonly mostBytes: number;
  /** converts this form to the pinned bytes; the identity if absent */
  readonly decode?: (
    bytes: Uint8Array<ArrayBuffer>,
    name: string,
  ) => Uint8Array<ArrayBuffer> | Promise<Uint8Array<ArrayBuffer>>;
}

/** A file whose bytes are known in advance. */
export interface PinnedFile {
  /** SHA-256 (hex) of the decoded bytes */
  readonly sha256: string;
  /**
   * the first is the bytes themselves, which is the form that the cache keeps
   */
  readonly forms: readonly [Form, ...Form[]];
  /** how to obtain the file where no mirror has it */
  readonly howToGet?: string;
}

/** `data/` at the root of the project. */
const DEFAULT_CACHE_DIR = join(import.meta.dirname ?? ".", "../../data");

/**
 * The bytes of a pinned file: from `dataDir` if one is given, else from the
 * cache, else from the first mirror that has them, which fills the cache.
 *
 * @param pin what to read
 * @param source where to look
 * @returns bytes with the SHA-256 of the pin
 * @throws {UserError} the file is missing, unreadable or has other bytes; no
 *   mirror could be reached; the cache could not be written
 */
export async function readPinned(
  pin: PinnedFile,
  source: DataSource = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const { dataDir, onProgress } = source;
  if (dataDir !== undefined) return await readFromDataDir(pin, dataDir);

  const cacheDir = source.cacheDir ?? DEFAULT_CACHE_DIR;
  const { file } = pin.forms[0];
  const cached = await find(
    pin,
    cacheDir,
    pin.forms.some(({ urls }) => urls.length > 0)
      ? "delete it, and it will be downloaded again"
      : "replace it with an intact copy",
  );
  if (cached !== undefined) return cached;

  const bytes = await downloadPinned(pin, onProgress);
  await keep(join(cacheDir, file), bytes);
  return bytes;
}

async function readFromDataDir(
  pin: PinnedFile,
  dataDir: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const { file } = pin.forms[0];
  if (!(await targetOf(dataDir))?.isDirectory) {
    throw new UserError(
      `--data-dir ${dataDir}: no such directory; ` +
        `name the directory that holds ${file}`,
    );
  }
  const found = await find(pin, dataDir, "replace it with an intact copy");
  if (found !== undefined) return found;
  const names = pin.forms.map(({ file }, i) => i ? basename(file) : file);
  throw new UserError(
    `${join(dataDir, names.join(" or "))}: no such file; ${remedyFor(pin)}`,
  );
}

/** The checked bytes of the first form that is in `dir`; null: none is. */
async function find(
  pin: PinnedFile,
  dir: string,
  remedy: string,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  for (const { file, decode } of pin.forms) {
    for (const path of [join(dir, file), join(dir, basename(file))]) {
      const raw = await readIfPresent(path);
      if (raw === undefined) continue;
      const bytes = decode === undefined ? raw : await decode(raw, path);
      const problem = await mismatch(pin, bytes);
      if (problem === undefined) return bytes;
      throw new UserError(`${path}: ${problem}; ${remedy}`);
    }
  }
  return undefined;
}

async function readIfPresent(
  path: string,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const remedy = "make it a readable file";
  const bytes = readBytes(path, { remedy });
  return await unless(["ENOENT", "ENOTDIR"], bytes) ?? undefined;
}

/** Describes a wrong SHA-256 of `bytes`; null: it is right. */
async function mismatch(
  { sha256 }: PinnedFile,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<string | undefined> {
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  const got = new Uint8Array(digest).toHex();
  if (got === sha256) return undefined;
  return `wrong SHA-256, expected ${sha256.slice(0, 12)}... ` +
    `but got ${got.slice(0, 12)}...`;
}

/** The checked bytes from the first mirror that has them. */
async function downloadPinned(
  pin: PinnedFile,
  onProgress: OnProgress | undefined,
): Promise<Uint8Array<ArrayBuffer>> {
  const failures: string[] = [];
  for (const { file, urls, mostBytes, decode } of pin.forms) {
    for (const url of urls) {
      try {
        const raw = await download(url, {
          mostBytes,
          onChunk: (received, total) => onProgress?.(file, received, total),
        });
        const bytes = decode === undefined ? raw : await decode(raw, url);
        const problem = await mismatch(pin, bytes);
        if (problem === undefined) return bytes;
        failures.push(`${new URL(url).host}: ${problem}`);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        failures.push(error.message);
      }
    }
  }

  const { file } = pin.forms[0];
  throw new UserError(
    failures.length === 0
      ? `${file}: not found, and no mirror has it; ${remedyFor(pin)}`
      : `${file}: the network failed, no mirror gave the file ` +
        `(${failures.join("; ")}); check the network, or ${remedyFor(pin)}`,
  );
}

/** How to obtain the file without a network. */
function remedyFor({ forms, howToGet }: PinnedFile): string {
  if (howToGet !== undefined) return howToGet;
  const [url] = forms.flatMap(({ urls }) => urls);
  const get = url === undefined
    ? `put ${basename(forms[0].file)}`
    : `download ${url}`;
  return `${get} into DIR and pass --data-dir DIR`;
}

/** Several processes may fill one cache at once. */
async function keep(
  path: string,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<void> {
  await makeFolder(dirname(path), ELSEWHERE);
  await writeAtomically(path, bytes, ELSEWHERE);
}

const ELSEWHERE = "download elsewhere and pass --data-dir DIR";
