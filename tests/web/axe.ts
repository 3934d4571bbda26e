/** Faults of pages for people who see, hear or move otherwise: axe-core. */

import axe from "axe-core";
import type { Page } from "./browsers.ts";

/** What axe-core says of a rule that is broken. */
interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string }[];
}

/** The serious and critical faults of a page, a line each. */
export async function seriousFaults(page: Page): Promise<string[]> {
  // The page's policy runs no other script but what the browser is told.
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate("axe.run()") as {
    violations: Violation[];
  };
  return violations
    .filter(({ impact }) => ["serious", "critical"].includes(impact))
    .map(({ id, nodes }) => `${id}: ${nodes[0]!.html.slice(0, 200)}`);
}
