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

/** What a page of a report has, and no other file. */
const MARK = '<script type="application/json" id="data-report">';

/** Whether a file is a page that {@linkcode reportPage} wrote. */
export function isReportPage(html: string): boolean {
  return html.startsWith("<!doctype html>") && html.includes(MARK);
}
