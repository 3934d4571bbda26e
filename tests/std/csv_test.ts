import { assertEquals, assertThrows } from "@std/assert";
import { parse, stringify } from "@std/csv";

const columns = ["a", "b"];

Deno.test("stringify() writes a header and rows, each ended by CRLF", () => {
  const rows = [{ a: 1, b: "x" }, { a: 2.5, b: "", c: "left out" }];
  assertEquals(stringify(rows, { columns }), "a,b\r\n1,x\r\n2.5,\r\n");
  assertEquals(
    stringify(rows.slice(0, 1), { columns, headers: false }),
    "1,x\r\n",
  );
  assertEquals(stringify([], { columns }), "a,b\r\n");
  assertEquals(stringify([], { columns, headers: false }), "");
});

Deno.test("stringify() quotes fields that hold a comma, a quote or a newline", () => {
  const rows = [{ a: "x,y", b: 'say "z"' }, { a: "two\nlines", b: "plain" }];
  assertEquals(
    stringify(rows, { columns, headers: false }),
    '"x,y","say ""z"""\r\n"two\nlines",plain\r\n',
  );
});

Deno.test("parse() reads rows, with either line end, quoted or not", () => {
  const rows = [["a", "b"], ["x,y", 'say "z"'], ["", "two\nlines"]];
  const text = 'a,b\n"x,y","say ""z"""\n,"two\nlines"\n';
  assertEquals(parse(text), rows);
  assertEquals(parse('a,b\r\n1,"2"\r\n'), [["a", "b"], ["1", "2"]]);
  assertEquals(parse("\ufeffa,b"), [["a", "b"]]);
  assertEquals(parse(""), []);
});

Deno.test("parse() names fields by the first row with skipFirstRow", () => {
  const options = { skipFirstRow: true } as const;
  assertEquals(parse("a,b\n1,\n3,x\n", options), [
    { a: "1", b: "" },
    { a: "3", b: "x" },
  ]);
  assertEquals(parse("a,b\n", options), []);
  assertThrows(() => parse("", options), TypeError);
  assertThrows(() => parse("a,b\n1\n", options), Error);
});

Deno.test("parse() reads back what stringify() writes", () => {
  const rows = [{ a: 'q"', b: "c,d" }, { a: "\n", b: "1e-45" }];
  const options = { skipFirstRow: true } as const;
  assertEquals(parse(stringify(rows, { columns }), options), rows);
});

Deno.test("parse() refuses rows of another length and torn quotes", () => {
  const options = { fieldsPerRecord: 0 };
  assertThrows(() => parse("a,b\n1,2,3\n", options), SyntaxError, "line 2");
  assertThrows(() => parse("a,b\n1\n", options), SyntaxError, "line 2");
  assertThrows(() => parse('a,b\n1,"2\n', options), SyntaxError);
});
