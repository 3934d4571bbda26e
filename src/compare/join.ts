/** Rows of two tables that belong together. */

/** Which rows of A and B have the same key; rows by their numbers. */
export interface Join {
  /** rows of A that have a partner in B */
  readonly a: Uint32Array;
  /** their partners, in the same order */
  readonly b: Uint32Array;
  /** rows of B without a partner */
  readonly added: Uint32Array;
  /** rows of A without a partner */
  readonly removed: Uint32Array;
}

/**
 * Joins rows on their keys, wherever they stand. The pairs, and the rows
 * without a partner, are in the rising order of numeric keys; under keys that
 * are texts in the order of their table.
 *
 * @param keysA one per row, all distinct
 * @param keysB the same
 */
export function joinRows<Key extends string | number>(
  keysA: ArrayLike<Key>,
  keysB: ArrayLike<Key>,
): Join {
  const rowsA = ordered(keysA);
  const rowsB = ordered(keysB);
  // The usual case, two tables with the same keys in order, needs no map.
  if (
    rowsA.length === rowsB.length &&
    rowsA.every((row, i) => keysA[row] === keysB[rowsB[i]!])
  ) {
    const none = new Uint32Array(0);
    return { a: rowsA, b: rowsB, added: none, removed: none };
  }
  const places = new Map<Key, number>();
  for (const row of rowsB) places.set(keysB[row]!, row);
  const a: number[] = [];
  const b: number[] = [];
  const removed: number[] = [];
  const partners = new Uint8Array(keysB.length);
  for (const row of rowsA) {
    const partner = places.get(keysA[row]!);
    if (partner === undefined) {
      removed.push(row);
    } else {
      a.push(row);
      b.push(partner);
      partners[partner] = 1;
    }
  }
  return {
    a: Uint32Array.from(a),
    b: Uint32Array.from(b),
    added: rowsB.filter((row) => partners[row] === 0),
    removed: Uint32Array.from(removed),
  };
}

/** The row of the second of two equal keys; undefined where all differ. */
export function repeatedRow<Key extends string | number>(
  keys: ArrayLike<Key>,
): number | undefined {
  if (isRising(keys)) return undefined;
  const seen = new Set<Key>();
  for (let row = 0; row < keys.length; row++) {
    if (seen.has(keys[row]!)) return row;
    seen.add(keys[row]!);
  }
  return undefined;
}

function ordered<Key extends string | number>(
  keys: ArrayLike<Key>,
): Uint32Array {
  const rows = Uint32Array.from({ length: keys.length }, (_, row) => row);
  if (typeof keys[0] !== "number" || isRising(keys)) return rows;
  return rows.sort((a, b) => Number(keys[a]) - Number(keys[b]));
}

function isRising<Key extends string | number>(keys: ArrayLike<Key>): boolean {
  for (let row = 1; row < keys.length; row++) {
    const [before, key] = [keys[row - 1], keys[row]];
    if (typeof before !== "number" || typeof key !== "number") return false;
    if (!(before < key)) return false;
  }
  return true;
}
