/** Where results come from: the source's commit and the versions in use. */

import { fileURLToPath } from "node:url";
import * as tf from "@tensorflow/tfjs";
import project from "../../deno.json" with { type: "json" };
import { readBytes, unless, withTemporaryFolder } from "../files.ts";
import { gitCommand } from "../git.ts";
import type { RunJson } from "./run_json.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

async function git(
  root: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Uint8Array<ArrayBuffer> | null> {
  try {
    const { success, stdout } = await gitCommand({
      args: [...args],
      cwd: root,
      env,
      stderr: "null",
    }).output();
    return success ? stdout : null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null; // no git here
    throw error;
  }
}

/** The source: where it is in git, and how it differs from there. */
export interface Source {
  /** for run.json */
  readonly git: RunJson["git"];
  /** the difference as a patch; null where there is none */
  readonly patch: Uint8Array<ArrayBuffer> | null;
  /** SHA-256 of all that a run loads, whatever the commit; null without git */
  readonly contentSha256: string | null;
}

/** What a run loads. Results, tests and documents change no number. */
const LOADED = ["src", "experiments", "mod.ts", "deno.json", "deno.lock"];
const PATHS = ["--", ...LOADED, ":(exclude)*.md"];

/**
 * The commit of the source and the patch that leads from it to the tree.
 *
 * @param root the project's folder
 */
export async function sourceState(root: string = ROOT): Promise<Source> {
  const head = await git(root, ["rev-parse", "HEAD"]);
  if (head === null) {
    return {
      git: { commit: null, dirty: null, patchSha256: null },
      patch: null,
      contentSha256: null,
    };
  }
  const commit = new TextDecoder().decode(head).trim();
  const committed = await committedFiles(root, commit);
  const status = await git(root, ["status", "--porcelain", ...PATHS]);
  const dirty = status?.length !== 0;
  const patch = dirty ? await patchFrom(root, commit) : null;
  const patchSha256 = patch === null ? null : await sha256(patch);
  const content = new Blob([committed, patchSha256 ?? ""]);
  return {
    git: { commit, dirty, patchSha256 },
    patch,
    contentSha256: await sha256(new Uint8Array(await content.arrayBuffer())),
  };
}

/** What a run loads of a commit: a line for each file, with its hash. */
async function committedFiles(
  root: string,
  commit: string,
): Promise<string> {
  // git ls-tree takes no pattern that excludes.
  const files = await git(root, ["ls-tree", "-r", commit, "--", ...LOADED]);
  return new TextDecoder().decode(files ?? undefined)
    .replaceAll(/^.*\.md\n/gm, "");
}

/** A patch that `git apply` takes, whatever the user's settings. */
const DIFF = [
  "diff",
  "--cached",
  "--binary",
  "--full-index",
  "--no-color",
  "--no-ext-diff",
  "--no-textconv",
  "--src-prefix=a/",
  "--dst-prefix=b/",
];

/** New files count too, so the patch is taken from an index of its own. */
async function patchFrom(
  root: string,
  commit: string,
): Promise<Uint8Array<ArrayBuffer> | null> {
  return await withTemporaryFolder(async (folder) => {
    const env = { GIT_INDEX_FILE: `${folder}/index` };
    await git(root, ["read-tree", commit], env);
    await git(root, ["add", "--all", ...PATHS], env);
    return await git(root, [...DIFF, commit, ...PATHS], env);
  });
}

/** SHA-256 (hex) of deno.lock; null where the project has none. */
export async function lockSha256(): Promise<string | null> {
  const lock = await unless(["ENOENT"], readBytes(`${ROOT}deno.lock`));
  return lock === null ? null : await sha256(lock);
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/** Versions of everything that computes. */
export function versions(): RunJson["versions"] {
  return {
    project: project.version,
    deno: Deno.version.deno,
    v8: Deno.version.v8,
    tfjs: tf.version.tfjs,
    target: Deno.build.target,
  };
}
