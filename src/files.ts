/**
 * Files and folders: the only module that asks the system for them, which a
 * lint rule checks. What the system refuses is one line that names the path and
 * the remedy, and what is read has a bound.
 */

import { UserError } from "./errors.ts";

/** The most bytes of a file that is read whole: what a string of V8 can hold. */
export const MOST_BYTES: number = 2 ** 29 - 25;

/** The most bytes of a JSON file. */
export const MOST_JSON: number = 2 ** 24;

/** What helps where results cannot be written or read. */
export const REMEDY = "use another --out DIR";

/** Causes by the codes of the operating system. */
const CAUSES: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  EEXIST: "something else is there",
  ENOENT: "no such file or folder",
  ENOTDIR: "not a directory",
  EISDIR: "it is a directory",
  ELOOP: "a loop of links",
  ENOSPC: "the disk is full; free some space",
  EDQUOT: "the disk quota is full; free some space",
  EROFS: "the file system is read-only",
  EFBIG: "the file would be too large",
  ENAMETOOLONG: "the name is too long",
  EIO: "the disk failed",
  EINVAL: "no path can be called that",
};

/** Codes of errors that Deno 2.9 gives none: those of its own classes. */
const CODES: readonly [new () => Error, string][] = [
  [Deno.errors.PermissionDenied, "EACCES"],
  [Deno.errors.AlreadyExists, "EEXIST"],
  [Deno.errors.NotFound, "ENOENT"],
  [Deno.errors.NotADirectory, "ENOTDIR"],
  [Deno.errors.IsADirectory, "EISDIR"],
  [Deno.errors.FilesystemLoop, "ELOOP"],
];

/** Codes of what Deno says itself, where it may not use all files. */
const BY_MESSAGE: Readonly<Record<string, string>> = {
  "Empty path is not allowed": "ENOENT",
};

/** What the system says of a file or folder that it does not give. */
export class FileError extends UserError {
  /** why, in words */
  readonly why: string;
  /** the system's code, such as `ENOENT` */
  readonly code: string;

  constructor(
    what: string,
    remedy: string,
    { why, code }: Pick<FileError, "why" | "code">,
  ) {
    super(`${what}: ${why}${why.includes(";") ? " or" : ";"} ${remedy}`);
    this.why = why;
    this.code = code;
  }
}

/** Says an error of the system in words; any other is thrown as it is. */
function explained(what: string, remedy: string, error: unknown): FileError {
  if (error instanceof FileError) return new FileError(what, remedy, error);
  if (error instanceof Deno.errors.NotCapable) {
    const why = "Deno may not use it";
    return new FileError(what, remedy, { why, code: "" });
  }
  const { code: named, message = "" } = error as Partial<FileError>;
  const [system] = / \(os error \d+\)/.exec(message) ?? [];
  const code = named ?? CODES.find(([type]) => error instanceof type)?.[1] ??
    (system === " (os error 27)" ? "EFBIG" : BY_MESSAGE[message] ?? "");
  const isOfSystem = /^E[A-Z]/.test(code) || system !== undefined;
  // EBADF: the program uses what it has closed.
  if (!isOfSystem || code === "EBADF") throw error;
  const why = CAUSES[code] ?? message.split(" (os error")[0]!;
  return new FileError(what, remedy, { why, code });
}

/**
 * Runs an action that writes to `path`.
 *
 * @throws {FileError} the disk is full, read-only or closed to the user
 */
export async function writing<T>(
  path: string,
  action: () => T | Promise<T>,
  remedy = REMEDY,
): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw explained(`cannot write ${path}`, remedy, error);
  }
}

/** {@linkcode writing} at once. */
export function writingSync<T>(
  path: string,
  action: () => T,
  remedy = REMEDY,
): T {
  try {
    return action();
  } catch (error) {
    throw explained(`cannot write ${path}`, remedy, error);
  }
}

async function reading<T>(
  path: string,
  action: () => Promise<T>,
  remedy = REMEDY,
): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw explained(`cannot read ${path}`, remedy, error);
  }
}

function readingSync<T>(path: string, action: () => T, remedy = REMEDY): T {
  try {
    return action();
  } catch (error) {
    throw explained(`cannot read ${path}`, remedy, error);
  }
}

/** How a file is read. */
export interface ReadOptions {
  /** the most bytes that it may have */
  readonly most?: number;
  /** what the user can do where it cannot be read */
  readonly remedy?: string;
}

/** A pipe would be waited for, and a device read, without end. */
function requireFile(
  { isFile, isDirectory, size }: Deno.FileInfo,
  most = Infinity,
): void {
  const why = isDirectory
    ? CAUSES["EISDIR"]!
    : !isFile
    ? "it is no file"
    : size > most
    ? `it has ${size} bytes, more than ${most}`
    : undefined;
  if (why !== undefined) throw new FileError("", "", { why, code: "" });
}

/** @throws {FileError} it cannot be read, is no file, or is too large */
export async function readBytes(
  path: string,
  { most = MOST_BYTES, remedy }: ReadOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  return await reading(path, async () => {
    requireFile(await Deno.stat(path), most);
    return await Deno.readFile(path);
  }, remedy);
}

/** {@linkcode readBytes} at once. */
export function readBytesSync(
  path: string,
  { most = MOST_BYTES, remedy }: ReadOptions = {},
): Uint8Array<ArrayBuffer> {
  return readingSync(path, () => {
    requireFile(Deno.statSync(path), most);
    return Deno.readFileSync(path);
  }, remedy);
}

/** The UTF-8 text of a file. @throws {FileError} as {@linkcode readBytes} */
export async function readText(
  path: string,
  options?: ReadOptions,
): Promise<string> {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  return decoder.decode(await readBytes(path, options));
}

/** What is in a folder. @throws {FileError} it is none, or cannot be read */
export async function entriesOf(
  folder: string,
  remedy?: string,
): Promise<Deno.DirEntry[]> {
  const read = () => Array.fromAsync(Deno.readDir(folder));
  return await reading(folder, read, remedy);
}

/** {@linkcode entriesOf} at once. */
export function entriesOfSync(
  folder: string,
  remedy?: string,
): Deno.DirEntry[] {
  return readingSync(folder, () => [...Deno.readDirSync(folder)], remedy);
}

/** Of a link itself, not of where it leads; null where there is nothing. */
export async function statOf(path: string): Promise<Deno.FileInfo | null> {
  return await unless(["ENOENT"], reading(path, () => Deno.lstat(path)));
}

/** Of where a link leads; null where nothing can be seen there. */
export async function targetOf(path: string): Promise<Deno.FileInfo | null> {
  return await Deno.stat(path).catch(() => null);
}

/** {@linkcode targetOf}, at once. @throws {FileError} nothing is there */
export function targetOfSync(path: string, remedy?: string): Deno.FileInfo {
  return readingSync(path, () => Deno.statSync(path), remedy);
}

/** Makes all paths relative to a folder. @throws {FileError} it is not there */
export function enterFolder(path: string): void {
  readingSync(path, () => Deno.chdir(path), "change to a folder that is there");
}

/** The path without links, as it is where nothing is there. */
export async function realPathOf(path: string): Promise<string> {
  return await Deno.realPath(path).catch(() => path);
}

/** The path of a file without links; null where there is no file. */
export function realFileSync(path: string): string | null {
  try {
    const real = Deno.realPathSync(path);
    return Deno.statSync(real).isFile ? real : null;
  } catch (error) {
    const { code } = explained(path, REMEDY, error);
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    throw explained(`cannot read ${path}`, "make it readable", error);
  }
}

/** Makes a folder, and those that it is in. @throws {FileError} it cannot */
export async function makeFolder(path: string, remedy?: string): Promise<void> {
  await writing(path, () => Deno.mkdir(path, { recursive: true }), remedy);
}

/** Makes a folder where nothing is. @throws {FileError} it cannot */
export async function makeNewFolder(path: string): Promise<void> {
  await writing(path, () => Deno.mkdir(path));
}

/** @throws {FileError} it cannot be renamed */
export async function rename(from: string, to: string): Promise<void> {
  await writing(to, () => Deno.rename(from, to));
}

/** Removes what is there, with all that is in it; a link alone, if it is one. */
export async function removeIfThere(path: string): Promise<void> {
  const removed = writing(path, () => Deno.remove(path, { recursive: true }));
  await unless(["ENOENT"], removed);
}

/**
 * Gives a new folder to an action, and removes it.
 *
 * @throws {FileError} the folder for temporary files is not there, or full
 */
export async function withTemporaryFolder<T>(
  action: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await writing(
    "a temporary folder",
    () => Deno.makeTempDir(),
    "name another folder for them with TMPDIR",
  );
  try {
    return await action(folder);
  } finally {
    await removeIfThere(folder);
  }
}

/** What a promise is fulfilled with; null where the system says such a code. */
export async function unless<T>(
  codes: readonly string[],
  promise: Promise<T>,
): Promise<T | null> {
  try {
    return await promise;
  } catch (error) {
    if (error instanceof FileError && codes.includes(error.code)) return null;
    throw error;
  }
}

/** A file, or a folder, that is open. */
export class OpenFile implements Disposable {
  /** where it was opened */
  readonly path: string;
  readonly #file: Deno.FsFile;
  #isOpen = true;

  private constructor(path: string, file: Deno.FsFile) {
    this.path = path;
    this.#file = file;
  }

  /** @throws {FileError} it cannot be opened to be read */
  static async toRead(path: string): Promise<OpenFile> {
    const file = await reading(path, async () => {
      requireFile(await Deno.stat(path));
      return await Deno.open(path);
    });
    return new OpenFile(path, file);
  }

  /**
   * Not through a link, nor into a pipe, which would be waited for.
   *
   * @throws {FileError} it cannot be opened to be written, or is no file
   */
  static async toWrite(
    path: string,
    options: Omit<Deno.OpenOptions, "write" | "read"> = {},
  ): Promise<OpenFile> {
    const file = await writing(path, async () => {
      const there = options.createNew ? null : await statOf(path);
      if (there !== null) requireFile(there);
      return await Deno.open(path, { write: true, ...options });
    });
    return new OpenFile(path, file);
  }

  #writing<T>(action: () => Promise<T>): Promise<T> {
    return writing(this.path, action);
  }

  /** Writes every byte: a single write may take only some. */
  async write(bytes: Uint8Array): Promise<void> {
    await this.#writing(async () => {
      for (let done = 0; done < bytes.length;) {
        done += await this.#file.write(bytes.subarray(done));
      }
    });
  }

  /** Makes what was written survive a power cut. */
  async sync(): Promise<void> {
    await this.#writing(() => this.#file.sync());
  }

  /** Cuts what is behind the first `length` bytes, and goes there. */
  async cut(length: number): Promise<void> {
    await this.#writing(async () => {
      await this.#file.truncate(length);
      await this.#file.seek(length, Deno.SeekMode.Start);
    });
  }

  /** Its size in bytes, and what tells it from other files. */
  async stat(): Promise<Deno.FileInfo> {
    return await reading(this.path, () => this.#file.stat());
  }

  /** Locks it; false: another process has. */
  async tryLock(): Promise<boolean> {
    return await this.#writing(() => this.#file.tryLock(true));
  }

  /** Bytes from `start` on, fewer at the file's end. */
  async readAt(start: number, length: number): Promise<Uint8Array> {
    return await reading(this.path, async () => {
      await this.#file.seek(start, Deno.SeekMode.Start);
      const bytes = new Uint8Array(length);
      let done = 0;
      while (done < length) {
        const count = await this.#file.read(bytes.subarray(done));
        if (count === null) break;
        done += count;
      }
      return bytes.subarray(0, done);
    });
  }

  /** whether it is not closed yet */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Again does nothing. */
  close(): void {
    if (this.#isOpen) this.#file.close();
    this.#isOpen = false;
  }

  /** Closes it. */
  [Symbol.dispose](): void {
    this.close();
  }
}

/** Makes a rename in a folder survive a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  if (Deno.build.os === "windows") return; // folders cannot be opened there
  await writing(folder, async () => {
    using opened = await Deno.open(folder);
    await opened.sync();
  });
}
