/**
 * What notebooks show of a value. Deno's Jupyter kernel asks the value of a
 * cell for it by a symbol; PNGs in a `Uint8Array` it shows by itself.
 */

/** The method that the kernel calls. */
export const DISPLAY: unique symbol = Symbol.for("Jupyter.display");

/** Contents by MIME type, of which a notebook shows the best that it can. */
export type Shown = Readonly<Record<string, string>>;

/** A value with {@linkcode DISPLAY}. */
export interface Displayed {
  /** what is shown of it */
  [DISPLAY](): Shown | Promise<Shown>;
}

/**
 * The same value, which notebooks show. All else takes it as it was: the method
 * is no enumerable property, and no part of its JSON.
 */
export function displayed<T extends object>(
  value: T,
  show: () => Shown | Promise<Shown>,
): T & Displayed {
  Object.defineProperty(value, DISPLAY, { value: show });
  return value as T & Displayed;
}
