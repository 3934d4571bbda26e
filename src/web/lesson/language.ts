/** The strings of the language that the page has now. */

import { language } from "./store.ts";
import { STRINGS, type Strings } from "./strings.ts";

/** The strings of the page. */
export function say(): Strings {
  return STRINGS[language.value];
}
