/** What is known of numbers that are off, and what was tried. */

import { fileURLToPath } from "node:url";
import { z } from "zod";
import { UserError } from "../errors.ts";
import { reading } from "../results/files.ts";
import type { PublishedNumber } from "./comparison.ts";

const notesSchema = z.strictObject({
  /** why numbers are off: the first that fits is given */
  reasons: z.array(z.strictObject({
    /** how the comparison's set-up begins */
    setup: z.string(),
    /** how its quantity begins */
    quantity: z.string(),
    reason: z.string(),
  })),
  /** controlled runs: what was changed, and what that gave */
  tried: z.array(z.strictObject({
    experiment: z.string(),
    change: z.string(),
    found: z.string(),
  })),
});

/** What data/reference/notes.json holds. */
export type Notes = z.infer<typeof notesSchema>;

/** Reads data/reference/notes.json. @throws {UserError} it is damaged */
export async function readNotes(): Promise<Notes> {
  const path = fileURLToPath(
    new URL("../../data/reference/notes.json", import.meta.url),
  );
  const text = await reading(path, () => Deno.readTextFile(path));
  try {
    return notesSchema.parse(JSON.parse(text));
  } catch (error) {
    const [issue] = error instanceof z.ZodError ? error.issues : [];
    throw new UserError(
      `${path} holds no notes: ${
        issue === undefined
          ? "it is not JSON"
          : `${issue.path.join(".")}: ${issue.message}`
      }; mend it`,
    );
  }
}

/** Why a number is off; undefined where nobody knows. */
export function reasonOf(
  { reasons }: Notes,
  { setup, quantity }: Pick<PublishedNumber, "setup" | "quantity">,
): string | undefined {
  return reasons.find((note) =>
    setup.startsWith(note.setup) && quantity.startsWith(note.quantity)
  )?.reason;
}
