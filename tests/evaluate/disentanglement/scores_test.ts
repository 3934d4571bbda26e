import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertThrows,
} from "@std/assert";
import { scoresOf } from "../../../src/evaluate/disentanglement/dci.ts";
import { disentanglement } from "../../../src/evaluate/disentanglement/scores.ts";
import { predictability } from "../../../src/evaluate/disentanglement/sap.ts";
import { classes, codesOf, mix, numbers, weyl } from "./codes.ts";

const N = 4000;
const [A, B] = [weyl(2, N), weyl(3, N)];
const PAIR = [numbers("a", A), numbers("b", B)];
const times = (factor: number, values: readonly number[]) =>
  values.map((value) => factor * value);

Deno.test("disentanglement() of a perfect code is 1, whatever its order, sign and scale", () => {
  const { scores, units } = disentanglement(
    codesOf(times(-3, B), times(0, A), times(2, A)),
    PAIR,
  );
  for (const [name, score] of Object.entries(scores)) {
    assert(score > 0.96 && score <= 1 + 1e-12, `${name} ${score}`);
  }
  const importance = units.flat()
    .map(({ importance }) => importance.toFixed(2));
  assertEquals(importance.join(), "0.00,1.00,0.00,0.00,1.00,0.00");
});

Deno.test("disentanglement() of a code turned by 45 degrees is 0, but nothing is lost", () => {
  const { scores } = disentanglement(
    codesOf(mix([2, A], [2, B]), mix([2, A], [-2, B])),
    PAIR,
  );
  const { dci_informativeness, ...others } = scores;
  assertAlmostEquals(dci_informativeness, 1, 1e-3);
  for (const [name, score] of Object.entries(others)) {
    assert(Math.abs(score) < 0.06, `${name} ${score}`);
  }
});

Deno.test("disentanglement() of noise: nothing is known of the factors", () => {
  const { scores } = disentanglement(codesOf(weyl(7, N), weyl(11, N)), PAIR);
  for (const name of ["mig", "sap", "dci_informativeness"] as const) {
    assert(scores[name] >= 0 && scores[name] < 0.02, `${name} ${scores[name]}`);
  }
});

Deno.test("disentanglement() counts inactive dimensions as unknowing", () => {
  // 0.05 A has a variance of 0.0002: of what it says nothing is used.
  const { scores } = disentanglement(codesOf(times(0.05, A), B), PAIR);
  const { scores: without } = disentanglement(codesOf(times(0, A), B), PAIR);
  for (const [name, score] of Object.entries(scores)) {
    assert(score === without[name as keyof typeof without], name);
  }
  // One of two factors is known, by a dimension that knows no other.
  assertAlmostEquals(scores.mig, 1 / 2, 0.03);
  assertAlmostEquals(scores.sap, 1 / 2, 0.01);
  assertAlmostEquals(scores.modularity, 1, 0.01);
});

Deno.test("disentanglement() has scikit-learn's and numpy's numbers for a mixed code", () => {
  const n = 1000;
  const [A, B] = [weyl(2, n), weyl(3, n)];
  const C = weyl(5, n).map((u) => Math.floor(3 * u));
  const { scores, units } = disentanglement(
    codesOf(
      mix([1, A], [0.3, B]),
      B.map((b, i) => 2 * b ** 3 + C[i]!),
      mix([1, C], [1, mix([-0.5, A], [1, weyl(7, n)])]),
    ),
    [numbers("a", A), numbers("b", B), classes("c", C)],
  );
  // tests/evaluate/disentanglement/scores.py prints these; scikit-learn 1.2.1,
  // numpy 1.24.2.
  const expected = {
    mig: 0.3175339939922896,
    sap: 0.38076207720056426,
    modularity: 0.8987457816298058,
    dci_disentanglement: 0.3257452798561441,
    dci_completeness: 0.24502232633297408,
    dci_informativeness: 0.699423014423099,
  };
  for (const [name, score] of Object.entries(expected)) {
    assertAlmostEquals(
      scores[name as keyof typeof expected],
      score,
      1e-7,
      name,
    );
  }
  const last = units.at(-1)!.at(-1)!;
  assertAlmostEquals(last.mutual_information, 0.9145885193338823);
  assertAlmostEquals(last.predictability, 0.9210557863252474);
  assertAlmostEquals(last.importance, 0.45323770453240336, 1e-7);
});

Deno.test("scoresOf() follows the entropies of the importances", () => {
  // Dimension 1 serves factor 1 alone; dimension 2 serves three alike.
  const { disentanglement, completeness } = scoresOf([[3, 0, 0], [1, 1, 1]]);
  assertAlmostEquals(disentanglement, (3 * 1 + 3 * 0) / 6);
  const shared = 1 + (0.75 * Math.log2(0.75) + 0.25 * Math.log2(0.25));
  assertAlmostEquals(completeness, (shared + 1 + 1) / 3);
});

Deno.test("disentanglement() refuses factors of other rows", () => {
  const codes = codesOf(A, B);
  const short = numbers("short", A.slice(1));
  assertThrows(
    () => disentanglement(codes, [PAIR[0]!, short]),
    RangeError,
    "short has 3999",
  );
  assertThrows(() => disentanglement(codes, [PAIR[0]!]), RangeError, "factors");
});

/** By trying all ways to give intervals a class: exponential in the rows. */
function mostBalanced(classes: readonly number[], most: number): number {
  const counts = classes.map((c) => classes.filter((d) => d === c).length);
  const from = (at: number, last: number, left: number): number =>
    at === classes.length ? 0 : Math.max(
      ...new Set(classes).values().filter((c) => c === last || left > 0)
        .map((c) =>
          (c === classes[at] ? 1 / counts[at]! : 0) +
          from(at + 1, c, c === last ? left : left - 1)
        ),
    );
  return from(0, NaN, most) / most;
}

Deno.test("predictability() of a class is the most that K intervals can have", () => {
  const words = [[0, 1, 2, 1, 0, 2, 1, 1, 0, 2], [
    3,
    0,
    0,
    3,
    0,
    3,
    0,
    0,
    3,
    3,
  ]];
  for (const word of words) {
    const line = word.map((_, i) => i);
    const [[found]] = predictability(
      codesOf(line),
      [classes("c", word), numbers("n", line)],
    ) as [[number]];
    assertAlmostEquals(found, mostBalanced(word, new Set(word).size), 1e-12);
  }
});

Deno.test("predictability() takes as many classes as rows, in n^2 steps", () => {
  // A step for each two classes of each row would be 3e10.
  const line = Array.from({ length: 3000 }, (_, i) => i);
  const factors = [classes("c", line), numbers("n", line)];
  const [[found]] = predictability(codesOf(line), factors) as [[number]];
  assertAlmostEquals(found, 1, 1e-12);
});
