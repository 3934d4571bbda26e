/** Where results come from: the source's commit and the versions in use. */

import { fileURLToPath } from "node:url";
import * as tf from "@tensorflow/tfjs";
import project from "../../deno.json" with { type: "json" };
import type { RunJson } from "./run_json.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

async function git(...args: string[]): Promise<string | null> {
  try {
    const { success, stdout } = await new Deno.Command("git", {
      args: ["-C", ROOT, ...args],
      stderr: "null",
    }).output();
    return success ? new TextDecoder().decode(stdout).trim() : null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null; // no git here
    throw error;
  }
}

/** The commit of the source, and whether the source differs from it. */
export async function gitState(): Promise<RunJson["git"]> {
  const commit = await git("rev-parse", "HEAD");
  if (commit === null) return { commit: null, dirty: null };
  // A run's own output is no change of the source.
  const status = await git("status", "--porcelain", "--", ".", ":!results");
  return { commit, dirty: status === null ? null : status !== "" };
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
