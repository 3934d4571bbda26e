/** A likelihood as expressions of one pixel, and the gradients of its sums. */

import { derivative } from "./derivative.ts";
import { type Node, output, output2, reads } from "./expression.ts";

/** p(x|z) of one pixel: `logProb` or `spread` gives its density. */
export type Pixelwise =
  & Common
  & (
    // log p(x|z) of the pixel, where no parameter is shared, in nats
    | { readonly logProb: Node; readonly spread?: never }
    | { readonly logProb?: never; readonly spread: Spread }
  );

/**
 * log p(x|z) of one pixel where all pixels share a parameter s, in nats:
 *
 *     log p(x|z) = -share (distance e^-s + s + constant)
 *
 * The distance does not read s: engines sum the distances first and apply s to
 * the sums, since the best s of a batch depends on all of its distances.
 */
export interface Spread {
  /** from x and the decoder's output */
  readonly distance: Node;
  /** of e^-s times the distance in -log p(x|z) */
  readonly share: number;
  /** beside s, of the normalising constant */
  readonly constant: number;
}

interface Common {
  /** E[x|z] */
  readonly mean: Node;
  /** a draw of x */
  readonly draw: Node;
  /**
   * The gradient of -log p(x|z) by the second output, where one that is written
   * by hand has fewer operations than the derived one.
   */
  readonly bySecond?: Node;
  /**
   * Whether tfjs, too, takes the gradients that are derived here, and not those
   * of its own operators.
   */
  readonly givesGradient?: boolean;
}

/** What is summed over the pixels of a row, and its gradients. */
export interface Term {
  readonly term: Node;
  /**
   * By each output of the decoder: of -log p(x|z), or, where a parameter is
   * shared, of share times the distance.
   */
  readonly gradients: readonly Node[];
}

const terms = new WeakMap<Pixelwise, Term>();

/** What is summed over pixels; derived at the first call only. */
export function termOf(pixelwise: Pixelwise): Term {
  let found = terms.get(pixelwise);
  if (found === undefined) {
    found = derive(pixelwise);
    terms.set(pixelwise, found);
  }
  return found;
}

function derive({ logProb, spread, bySecond }: Pixelwise): Term {
  const [term, factor] = spread
    ? [spread.distance, spread.share]
    : [logProb!, -1];
  return {
    term,
    gradients: [
      derivative(term, output, factor),
      ...(reads(term, output2)
        ? [bySecond ?? derivative(term, output2, factor)]
        : []),
    ],
  };
}
