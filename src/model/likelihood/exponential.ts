/**
 * The exponential density of rate t >= 0, cut to [0, 1]:
 *
 *     p(u) = t e^(-t u) / (1 - e^-t),  log p(u) = log(t / (1 - e^-t)) - t u
 *
 * Written out, its normaliser and its mean cancel near t = 0, where p is
 * uniform. Each is a series below SERIES_BOUND and the formula above it; both
 * branches are given arguments of their own range, so that neither overflows.
 */

import {
  add,
  div,
  exp,
  less,
  log,
  max,
  min,
  mul,
  neg,
  type Node,
  polynomial,
  select,
  square,
  sub,
} from "../pixelwise/expression.ts";

/** Below it the series are used, whose error there is < 1e-7. */
const SERIES_BOUND = 1;

/** The same for the quantile: at it, both branches are good to about 1e-6. */
const QUANTILE_BOUND = 0.05;

/** `series` of t below the bound, `formula` above it. */
function piecewise(
  t: Node,
  series: (t: Node) => Node,
  formula: (t: Node) => Node,
  bound = SERIES_BOUND,
): Node {
  const [near, far] = [series(min(t, bound)), formula(max(t, bound))];
  return select(less(t, bound), near, far);
}

/** log(t / (1 - e^-t)) = t/2 - t^2/24 + t^4/2880 - ... */
export function logNormaliser(t: Node): Node {
  const even = [-1 / 24, 1 / 2880, -1 / 181440, 1 / 9676800];
  return piecewise(
    t,
    (t) => add(mul(t, 0.5), mul(square(t), polynomial(square(t), even))),
    (t) => sub(log(t), log(sub(1, exp(neg(t))))),
  );
}

/** E[u] = 1/t - 1/(e^t - 1), the derivative of {@linkcode logNormaliser}. */
export function exponentialMean(t: Node): Node {
  const odd = [-1 / 12, 1 / 720, -1 / 30240, 1 / 1209600];
  return piecewise(
    t,
    (t) => add(mul(t, polynomial(square(t), odd)), 0.5),
    (t) => {
      const tail = exp(neg(t));
      return sub(div(1, t), div(tail, sub(1, tail)));
    },
  );
}

/** The inverse distribution function, u = -log(1 - U + U e^-t) / t. */
export function exponentialQuantile(t: Node, uniform: Node): Node {
  const quantile = piecewise(
    t,
    (t) => {
      // U - t/2 U (1 - U) + t^2/6 U (1 - U) (1 - 2 U)
      const part = mul(mul(uniform, sub(1, uniform)), t);
      const skew = mul(t, sub(1, mul(uniform, 2)));
      return add(uniform, mul(part, sub(mul(skew, 1 / 6), 0.5)));
    },
    (t) => {
      const tail = mul(uniform, exp(neg(t)));
      return div(neg(log(add(sub(1, uniform), tail))), t);
    },
    QUANTILE_BOUND,
  );
  return min(quantile, 1);
}
