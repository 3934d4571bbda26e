import { assert, assertEquals, assertRejects } from "@std/assert";
import { pageHtml } from "../../src/web/page.ts";
import { plainPath, serveOnLoopback } from "../../src/web/serve.ts";
import { BROWSERS, inFile, testInBrowsers } from "./browsers.ts";

const HOSTILE = [
  "</script><script>document.title = 'taken'</script>",
  "<!-- <script>",
  "\u2028 & < > \"'",
];

/** Shows its data, compiles WebAssembly, starts a worker. */
const SCRIPT = `
const text = document.getElementById("data-said").textContent;
document.getElementById("page").textContent = JSON.parse(text).join("|");
const worker = new Worker(
  URL.createObjectURL(new Blob(["postMessage(self.name)"])), { name: "hand" });
worker.onmessage = async ({ data }) => {
  await WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));
  document.body.dataset.done = data + ", isolated: " + crossOriginIsolated;
};
`;

const page = (script: string) =>
  pageHtml({
    title: HOSTILE[0]!,
    lang: 'en"><script>document.title = "taken"</script>',
    script,
    data: { said: HOSTILE },
  });

/** What the page says once its worker has answered. */
const DONE = "document.body.dataset.done";

testInBrowsers(
  "a page from disk keeps strings as text, and has workers and WebAssembly",
  async (open) => {
    await inFile(await page(SCRIPT), async (url) => {
      const shown = await open(url);
      await shown.waitForSelector("body[data-done]", {
        state: "attached",
      });
      assertEquals(await shown.evaluate(DONE), "hand, isolated: false");
      assertEquals(await shown.title(), HOSTILE[0]);
      assertEquals(
        await shown.evaluate("document.getElementById('page').textContent"),
        HOSTILE.join("|"),
      );
    });
  },
  BROWSERS,
);

testInBrowsers(
  "a page from the server is isolated from others, and may have threads",
  async (open) => {
    const body = await page(SCRIPT);
    await using server = serveOnLoopback((path) =>
      Promise.resolve(path === "/" ? { type: "text/html", body } : null)
    );
    const shown = await open(server.url);
    await shown.waitForSelector("body[data-done]", {
      state: "attached",
    });
    assertEquals(await shown.evaluate(DONE), "hand, isolated: true");
  },
);

testInBrowsers(
  "a page's policy lets nothing out and runs no other script",
  async (open) => {
    let asked = 0;
    await using other = serveOnLoopback(() => {
      asked += 1;
      return Promise.resolve({ type: "text/plain", body: "" });
    });
    const script = `
    const refused = new Set();
    addEventListener("securitypolicyviolation", (event) => {
      refused.add(event.effectiveDirective);
      document.body.dataset.done = [...refused].sort().join();
    });
    const at = "${other.url}";
    fetch(at).catch(() => {});
    new Image().src = at;
    document.body.insertAdjacentHTML("beforeend",
      '<p onclick="">, <p style="color: red">');
    try { eval("0"); } catch {}
  `;
    await inFile(await page(script), async (url) => {
      const shown = await open(url, {
        expected: /policy|blocked|violates|^request/i,
      });
      const refused = "connect-src,img-src,script-src,script-src-attr," +
        "style-src-attr";
      await shown.waitForSelector(`body[data-done="${refused}"]`);
    });
    assertEquals(asked, 0);
  },
  ["chromium"],
);

testInBrowsers(
  "a message, an error or a request of a page fails its test",
  async (open) => {
    const script = `
    console.log("said");
    setTimeout(() => { document.body.dataset.done = "yes"; throw new Error("wrong"); });
  `;
    await inFile(await page(script), async (url) => {
      const seen: string[] = [];
      const expected = { test: (fault: string) => !!seen.push(fault) };
      const shown = await open(url, { expected });
      await shown.waitForSelector("body[data-done]", {
        state: "attached",
      });
      await shown.waitForTimeout(50);
      assert(seen.includes("console log: said"));
      assert(seen.some((fault) => /^error: .*wrong/.test(fault)));
    });
  },
);

Deno.test("pageHtml() refuses what would end a script or is not JSON", async () => {
  await assertRejects(() => page("'</script>'"), TypeError, "the end");
  const made = { title: "", lang: "en", script: "" };
  for (const data of [{ said: undefined }, { "a b": 1 }]) {
    await assertRejects(() => pageHtml({ ...made, data }), TypeError, "data");
  }
});

Deno.test("serveOnLoopback() answers its own name, GET and plain paths alone", async () => {
  const paths: string[] = [];
  await using server = serveOnLoopback((path) => {
    paths.push(path);
    return Promise.resolve({ type: "text/plain", body: "x" });
  });
  const { port } = new URL(server.url);
  const ask = async (
    path: string,
    host = `127.0.0.1:${port}`,
    method = "GET",
  ) => {
    using connection = await Deno.connect({
      hostname: "127.0.0.1",
      port: Number(port),
    });
    const request =
      `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
    await connection.write(new TextEncoder().encode(request));
    const text = await new Response(connection.readable).text();
    return Number(/^HTTP\/1.1 (\d+)/.exec(text)![1]);
  };
  assertEquals(await ask("/a%20b"), 200);
  assertEquals(await ask("/"), 200);
  assertEquals(await ask("/", "evil.example"), 403);
  assertEquals(await ask("/", undefined, "POST"), 405);
  assertEquals(await ask("/%2e%2e/%2e%2e%2fetc/passwd"), 404);
  assertEquals(await ask("/..%5c..%5cetc"), 404);
  assertEquals(await ask("/%ff"), 404);
  assertEquals(paths, ["/a b", "/"]);
});

Deno.test("plainPath() has no way out of a folder", () => {
  const plain = ["/", "/a/b.csv", "/a..b", "/%20"];
  assertEquals(plain.map(plainPath), ["/", "/a/b.csv", "/a..b", "/ "]);
  for (const path of ["/..", "/a/../b", "/%2e%2e/a", "/a%5c..", "/a%00", "x"]) {
    assertEquals(plainPath(path), null, path);
  }
});
