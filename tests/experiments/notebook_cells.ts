/** The cells of the lesson's notebook. */

import { ROOT } from "./command.ts";

/** Where it is. */
export const NOTEBOOK: string = `${ROOT}experiments/lesson.ipynb`;

/** What a cell gave. */
export interface Output {
  readonly output_type: string;
  readonly text?: string | readonly string[];
  readonly data?: Readonly<Record<string, string | readonly string[]>>;
}

/** A part of a notebook. */
export interface Cell {
  readonly cell_type: "code" | "markdown";
  readonly source: readonly string[];
  readonly outputs?: readonly Output[];
}

/** The cells with code. */
export async function codeCells(path: string): Promise<Cell[]> {
  const { cells }: { cells: Cell[] } = JSON.parse(
    await Deno.readTextFile(path),
  );
  return cells.filter(({ cell_type }) => cell_type === "code");
}

/** Texts are there whole, or by lines. */
export const whole = (text: string | readonly string[] = ""): string =>
  [text].flat().join("");

/** All cells as one script. */
export async function notebookScript(): Promise<string> {
  const cells = await codeCells(NOTEBOOK);
  return cells.map(({ source }) => whole(source)).join("\n");
}
