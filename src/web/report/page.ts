/** The HTML file of a report. */

import { asset } from "../../assets.ts";
import { builtScript, pageHtml } from "../page.ts";
import type { Report } from "./record/record.ts";

/**
 * The text of the file.
 *
 * @param live whether it asks the server that it came from for more
 */
export async function reportPage(
  report: Report,
  { live = false }: { readonly live?: boolean } = {},
): Promise<string> {
  const style = await asset(new URL("./style.css", import.meta.url));
  return await pageHtml({
    title: report.title,
    lang: "en",
    script: await builtScript("report"),
    style: new TextDecoder().decode(style),
    data: { page: { live }, report },
    ...live && { asksServer: true },
  });
}
