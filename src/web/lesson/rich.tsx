/**
 * Text with formulas: `$p_θ(\x|\z)$`, in which single letters are italic, `\x`
 * is a bold letter and `_` begins an index, of one letter or in braces; and
 * with `*emphasis*` and `` `code` ``.
 */

import type { ComponentChildren } from "preact";

/** The text as elements. */
export function Rich({ text }: { readonly text: string }) {
  const parts = text.split(/(\$[^$]+\$|`[^`]+`|\*[^*]+\*)/);
  return (
    <>
      {parts.map((part, i) =>
        part.startsWith("$")
          ? <span key={i} class="maths">{maths(part.slice(1, -1))}</span>
          : part.startsWith("`")
          ? <code key={i}>{part.slice(1, -1)}</code>
          : part.startsWith("*")
          ? <em key={i}>{part.slice(1, -1)}</em>
          : part
      )}
    </>
  );
}

const TOKEN =
  /\\([a-z])|_\{([^}]*)\}|_(.)|\^\{([^}]*)\}|\^(.)|(?<![A-Za-z])([a-zA-Zφθβσμ])(?![a-zA-Z])/g;

function maths(text: string): ComponentChildren[] {
  const parts: ComponentChildren[] = [];
  let from = 0;
  for (const match of text.matchAll(TOKEN)) {
    parts.push(text.slice(from, match.index));
    const [whole, bold, below, index, above, power, letter] = match;
    parts.push(
      bold !== undefined
        ? <b>{bold}</b>
        : below !== undefined || index !== undefined
        ? <sub>{maths(below ?? index!)}</sub>
        : above !== undefined || power !== undefined
        ? <sup>{maths(above ?? power!)}</sup>
        : <i>{letter}</i>,
    );
    from = match.index + whole.length;
  }
  return [...parts, text.slice(from)];
}
