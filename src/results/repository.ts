/** What git says of files: the commit that has them, and how they differ. */

import { createHash } from "node:crypto";
import { isAbsolute, join, posix } from "node:path";
import { withTemporaryFolder } from "../files.ts";
import { gitCommand } from "../git.ts";
import { type Files, nameIn } from "./loaded.ts";

/** A repository, at its newest commit. */
export interface Repository {
  /** the folder of its work tree */
  readonly top: string;
  readonly commit: string;
}

/** The repository around a folder; null: none, or one without a commit. */
export async function repositoryOf(folder: string): Promise<Repository | null> {
  const found = await git(folder, ["rev-parse", "--show-toplevel", "HEAD"]);
  const [, top, commit] = /^(.*)\n([0-9a-f]+)\n$/s.exec(textOf(found)) ?? [];
  return top === undefined ? null : { top, commit: commit! };
}

/** Where others find it: the address of `origin`, without user and password. */
export async function addressOf({ top }: Repository): Promise<string | null> {
  const asked = ["config", "--get", "remote.origin.url"];
  const url = textOf(await git(top, asked)).trim();
  const [, scheme, rest] = /^(\w+:\/\/)(?:[^/]*@)?(.+)$/.exec(url) ?? [];
  if (scheme !== undefined && scheme !== "file://") return scheme + rest!;
  return /^[\w.-]+@[\w.-]+:/.test(url) ? url : null; // such as git@HOST:PATH
}

/** How files differ from a commit. */
export interface Changes {
  /** whether the commit has any of the files */
  readonly isKnown: boolean;
  /** those that it does not have as they are */
  readonly changed: ReadonlySet<string>;
  /** a patch that leads to them; null: none differs */
  readonly patch: Uint8Array<ArrayBuffer> | null;
}

/**
 * Compares bytes of files with those of the commit. What the user or the
 * index says that git need not look at is looked at, too.
 */
export async function changesOf(
  { top, commit }: Repository,
  files: Files,
): Promise<Changes> {
  const within = (path: string) => !nameIn(top, path).startsWith("/");
  const names = [...files.keys()].filter(within)
    .map((path) => nameIn(top, path));
  const committed = await blobsOf({ top, commit }, names);
  const changed = [...files].filter(([path, bytes]) => {
    const id = committed.get(nameIn(top, path));
    return id !== blobId(bytes, commit) &&
      !(bytes.includes(13) && id === blobId(withLineFeeds(bytes), commit));
  }).map(([path]) => path);
  const isKnown = names.some((name) => committed.has(name));
  if (changed.length === 0) return { isKnown, changed: new Set(), patch: null };
  const patch = await patchOf(
    { top, commit },
    changed.filter(within).map((path) => nameIn(top, path)),
  );
  // A filter that the user gave git may hide how a file differs.
  return {
    isKnown,
    changed: new Set(changed),
    patch: patch.length === 0 ? null : patch,
  };
}

/** The content of regular files of a commit, by name. */
async function blobsOf(
  { top, commit }: Repository,
  names: readonly string[],
): Promise<Map<string, string>> {
  const places = names.map((name) => {
    const folder = posix.dirname(name);
    return folder === "." ? name : `${folder}/`;
  });
  const listed = await git(top, [
    ...["--literal-pathspecs", "ls-tree", "-z", "--full-tree", commit, "--"],
    ...new Set(places),
  ]);
  const blobs = textOf(listed).matchAll(/100\d+ blob (\w+)\t([^\0]*)\0/g);
  return new Map([...blobs].map(([, id, name]) => [name!, id!]));
}

/** Line ends that git may convert are no change. */
function withLineFeeds(bytes: Uint8Array<ArrayBuffer>): Uint8Array {
  return bytes.filter((byte, i) => byte !== 13 || bytes[i + 1] !== 10);
}

/** As git names content: SHA-1, or SHA-256 where commits have that. */
function blobId(bytes: Uint8Array, commit: string): string {
  return createHash(commit.length === 40 ? "sha1" : "sha256")
    .update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
}

/** A patch that `git apply` takes, whatever the user's settings. */
const DIFF = [
  ...["diff", "--cached", "--binary", "--full-index", "--no-color"],
  ...["--no-ext-diff", "--no-textconv", "--no-renames"],
  ...["--src-prefix=a/", "--dst-prefix=b/"],
];

/**
 * The difference of files from a commit. New files count too, so it is taken
 * from an index of its own; the objects that it needs lie beside it, so that
 * nothing is written to the repository.
 */
async function patchOf(
  { top, commit }: Repository,
  names: readonly string[],
): Promise<Uint8Array<ArrayBuffer>> {
  const objects = textOf(await git(top, ["rev-parse", "--git-path", "objects"]))
    .replace(/\n$/, "");
  return await withTemporaryFolder(async (folder) => {
    const env = {
      GIT_INDEX_FILE: join(folder, "index"),
      GIT_OBJECT_DIRECTORY: folder,
      // In quotes, since a path may have what separates several.
      GIT_ALTERNATE_OBJECT_DIRECTORIES: JSON.stringify(
        isAbsolute(objects) ? objects : join(top, objects),
      ),
    };
    await git(top, ["read-tree", commit], { env });
    await git(top, ["update-index", "--add", "-z", "--stdin"], {
      env,
      input: names.map((name) => `${name}\0`).join(""),
    });
    const patch = await git(top, [...DIFF, commit, "--"], { env });
    if (patch === null) throw new Error(`git made no patch of ${top}`);
    return patch;
  });
}

/** What a git command prints; null: it failed, or there is no git. */
async function git(
  folder: string,
  args: readonly string[],
  { env = {}, input = "" }: {
    readonly env?: Record<string, string>;
    readonly input?: string;
  } = {},
): Promise<Uint8Array<ArrayBuffer> | null> {
  try {
    const child = gitCommand({
      args: [...args],
      cwd: folder,
      env,
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const writer = child.stdin.getWriter();
    // Where git has ended, its exit code says so.
    await writer.write(new TextEncoder().encode(input)).catch(() => {});
    await writer.close().catch(() => {});
    const { success, stdout } = await child.output();
    return success ? stdout : null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null; // no git here
    throw error;
  }
}

function textOf(bytes: Uint8Array | null): string {
  return new TextDecoder().decode(bytes ?? undefined);
}
