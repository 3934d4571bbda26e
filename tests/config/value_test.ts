import { assert, assertEquals } from "@std/assert";
import { fromText, once } from "../../src/config/texts.ts";
import {
  fraction,
  integer,
  list,
  nonNegative,
  orNull,
  orWord,
  positive,
  sampleCount,
  swept,
  text,
  type Value,
  valueOf,
  word,
} from "../../src/config/value.ts";

/** Asserts what texts say, what is no text of the kind, and what is expected. */
function assertReads<T>(
  value: Value<T>,
  read: readonly (readonly [string, T])[],
  refused: readonly string[],
  expected: string,
): void {
  for (const [typed, own] of read) {
    assertEquals(valueOf(value, typed), own, typed);
    const written = value.write(own);
    if (written !== null) assertEquals(valueOf(value, written), own);
    assertEquals(value.schema().parse(JSON.parse(JSON.stringify(own))), own);
  }
  for (const typed of refused) {
    assertEquals(valueOf(value, typed), undefined, typed);
    const { error } = fromText(value).safeParse(typed);
    assertEquals(error?.issues[0]?.message, `expected ${expected}`);
  }
}

const NO_NUMBERS = ["", " 1", "1 ", "x", "nan", "NaN", "0x1p3", "1,5", "1e999"];

Deno.test("integer() reads whole decimals within its bounds", () => {
  assertReads(
    integer(1),
    [["1", 1], ["+12", 12], ["007", 7], ["9007199254740991", 2 ** 53 - 1]],
    [...NO_NUMBERS, "0", "-1", "1.0", "1e3", "١", "1_000", "0b1"]
      .concat("9007199254740992"),
    "an integer from 1",
  );
  assertReads(
    integer(0, 9),
    [["0", 0], ["9", 9]],
    ["10", "-1"],
    "an integer in 0..9",
  );
});

Deno.test("positive(), nonNegative(), fraction() and sampleCount() read decimals within their bounds", () => {
  const halves = ["0.5", ".5", "5e-1", "+5E-1"]
    .map((typed): [string, number] => [typed, 0.5]);
  assertReads(
    positive(),
    [...halves, ["1", 1], ["1e-30", 1e-30]],
    [...NO_NUMBERS, "0", "-0", "-0.5", "1e-60", "1e39"],
    "a number above 0, within the range of float32",
  );
  assertReads(
    nonNegative(),
    [...halves, ["0", 0], ["1e-60", 1e-60], ["3.4e38", 3.4e38]],
    [...NO_NUMBERS, "-0.5", "1e39"],
    "a number from 0, within the range of float32",
  );
  assertReads(
    fraction(),
    [...halves, ["0", 0], ["0.999", 0.999]],
    [...NO_NUMBERS, "-0.1", "1", "0.99999999999"],
    "a number from 0 and below 1",
  );
  assertReads(
    sampleCount(10),
    [["10", 10], ["1e6", 1e6]],
    [...NO_NUMBERS, "0", "9", "10.5", "-30", "1e400"],
    "a number of samples from 10, such as 50000 or 1e6",
  );
});

Deno.test("word() and text() read what they are asked to", () => {
  assertReads(
    word(["a", "b"]),
    [["a", "a"], ["b", "b"]],
    ["c", "A", ""],
    "one of a, b",
  );
  assertReads(text(), [["x", "x"], [" ", " "]], [""], "a text");
});

Deno.test("a refusal says which word was meant, of lists too", () => {
  const optimizers = word(["sgd", "adagrad", "adam"]);
  const said = (value: Value<unknown>, typed: string) =>
    fromText(value).safeParse(typed).error?.issues[0]?.message.split("; ")[1];
  assertEquals(said(optimizers, "adma"), "did you mean adam?");
  assertEquals(said(swept(optimizers), "sgd,adagrd"), "did you mean adagrad?");
  assertEquals(
    said(list(integer(1), "integers"), "nnoe"),
    "did you mean none?",
  );
  assertEquals(said(optimizers, "momentum"), undefined);
});

Deno.test("orWord() reads a word or what its value reads, and orNull() writes no null", () => {
  const value = orWord(integer(1, 9), { none: null, many: "many" });
  assertReads<number | "many" | null>(
    value,
    [["1", 1], ["none", null], ["many", "many"]],
    ["0", "", "constructor"],
    "an integer in 1..9, or none, many",
  );
  assertReads(
    value,
    [],
    ["None", "non"],
    "an integer in 1..9, or none, many; did you mean none?",
  );
  assertEquals(value.write(null), "none");
  const maybe = orNull(integer(1));
  assertReads<number | null>(maybe, [["3", 3]], ["none"], "an integer from 1");
  assertEquals(maybe.write(null), null);
  assertEquals(maybe.schema().parse(null), null);
});

Deno.test("list() reads values of which some may be equal, or none", () => {
  assertReads<readonly number[]>(
    list(integer(1), "units"),
    [["none", []], ["8", [8]], ["500,500", [500, 500]]],
    ["", "0", "8,", ",8", "none,8", "8;8", "8, 8"],
    "units, or none",
  );
});

Deno.test("swept() reads different values, in the order typed", () => {
  assertReads<readonly number[]>(
    swept(integer(1)),
    [["5", [5]], ["5,2,9", [5, 2, 9]]],
    ["", "1,", "1,1", "1,01", "none", "1,x"],
    "values that differ, separated by commas, each an integer from 1",
  );
});

Deno.test("once() reads a flag that is given once, or not", () => {
  const schema = once(integer(1));
  assertEquals([schema.parse([]), schema.parse(["3"])], [undefined, 3]);
  assert(!schema.safeParse(["3", "4"]).success);
});
