import { assertEquals, assertThrows } from "@std/assert";
import { parse, stringify } from "@std/csv";

Deno.test("stringify() ends rows with CRLF and quotes cells with a comma, a quote or LF", () => {
  const rows = [["x,y", 'say "z"', "two\nlines"], [1, -0.5, " a\rb "], []];
  assertEquals(
    stringify(rows),
    '"x,y","say ""z""","two\nlines"\r\n1,-0.5, a\rb \r\n\r\n',
  );
  assertEquals(stringify([]), "");
});

Deno.test("parse() reads records of any lengths, and skips blank lines and a byte order mark", () => {
  assertEquals(parse("\ufeffa,b\r\n\r\n1\n\n,\n c,d"), [
    ["a", "b"],
    ["1"],
    ["", ""],
    [" c", "d"],
  ]);
  assertEquals(parse(""), []);
  assertEquals(parse("a\rb\r\r\nc\r"), [["a\rb\r"], ["c"]]);
});

Deno.test("parse() reads quoted fields over lines, CRLF as LF", () => {
  assertEquals(parse('"x,y",z,"say ""z"""\n"","two\r\n\nlines",""""\n'), [
    ["x,y", "z", 'say "z"'],
    ["", "two\n\nlines", '"'],
  ]);
});

Deno.test("parse() says where a quote is wrong", () => {
  const wrong = [
    ['a\n\nb🙂,c"', '3; parse error on line 3, column 5: bare "'],
    [
      'a,"b\nc"d',
      '1; parse error on line 2, column 2: extraneous or missing "',
    ],
    ['a\n"b\nc', '2; parse error on line 3, column 1: extraneous or missing "'],
    ['a,"', '1; parse error on line 1, column 4: extraneous or missing "'],
  ] as const;
  for (const [text, message] of wrong) {
    assertThrows(
      () => parse(text),
      SyntaxError,
      `Syntax error on line ${message}`,
    );
  }
});

Deno.test("parse() reads back what stringify() writes", () => {
  const rows = [['q"', "c,d"], ["\n", "1e-45"], ["", '"",\n\n"']];
  assertEquals(parse(stringify(rows)), rows);
});
