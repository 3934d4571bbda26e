/** What tells sources apart, whatever git says of them. */

import type { RunJson } from "./run_json.ts";

/** A source, as checkpoints and comparisons have it: texts by its parts. */
export interface SourceIdentity {
  /** SHA-256 of the toolkit, or its version */
  readonly toolkit: string;
  /** SHA-256 of the script, and of what it imports; or its address */
  readonly script: string;
}

/** The identity of a source that a record has. */
export function identityOf(
  { toolkit, script }: Required<Pick<RunJson, "toolkit" | "script">>,
): SourceIdentity {
  const { name, sha256, importsSha256 } = script;
  return {
    toolkit: toolkit.sha256 ?? `version ${toolkit.version}`,
    script: sha256 === null
      ? name
      : [sha256, importsSha256].filter((hash) => hash !== null).join("+"),
  };
}

/** The part of a source that differs from that of a record; null: none. */
export function otherPart(
  { toolkit, script }: Pick<RunJson, "toolkit" | "script">,
  here: SourceIdentity,
): keyof SourceIdentity | null {
  // Records of earlier versions do not say.
  if (toolkit === undefined || script === undefined) return "toolkit";
  const there = identityOf({ toolkit, script });
  const parts = ["script", "toolkit"] as const;
  return parts.find((part) => there[part] !== here[part]) ?? null;
}
