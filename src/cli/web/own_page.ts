/** Pages that a command makes again: one of its own is replaced, nothing else. */

import { readText, statOf } from "../../files.ts";
import { writeAtomically } from "../../results/files.ts";
import { UserError } from "../../errors.ts";
import { isPageWith } from "../../web/page.ts";
import { checkPlace } from "../user_files.ts";

/** What pages are, by the data that no other has. */
const KINDS = { report: "report", lesson: "lesson", explored: "explorer" };

/**
 * Checks before any work that a page may be written.
 *
 * @param data what the command's pages have, and no others
 * @throws {UserError} its folder does not exist, or there is something else
 */
export async function checkOwnPage(
  out: string,
  data: keyof typeof KINDS,
): Promise<void> {
  await checkPlace("out", out);
  if (await statOf(out) === null) return;
  const remedy = "use another --out FILE";
  if (isPageWith(await readText(out, { remedy }), data)) return;
  throw new UserError(
    `--out ${out}: it exists, is no ${KINDS[data]}, and was not overwritten; ` +
      "remove it, or use another name",
  );
}

/** Writes the page. @throws {UserError} it cannot be written */
export async function writePage(out: string, html: string): Promise<void> {
  await writeAtomically(out, html, "use another --out FILE");
}
