/** The script of the lesson: the page, its trainer, and threads of the engine. */
/// <reference lib="dom" />

import { serveAs } from "./trainer.ts";

if (typeof document === "undefined") {
  if (!serveAs(self.name)) throw new Error(`no worker is called ${self.name}`);
} else {
  // Workers are made of the same text.
  const script = (document.currentScript as HTMLScriptElement).text;
  // What a page needs is not evaluated in a worker.
  import("./page.tsx").then(({ showPage }) => showPage(script));
}
