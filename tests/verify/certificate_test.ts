import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import {
  type Findings,
  readStatement,
  statementOf,
} from "../../src/verify/certificate.ts";
import {
  jsonText,
  NotGenuineError,
  open,
  readPrivateKey,
  readPublicKey,
  seal,
  toBeSigned,
} from "../../src/verify/envelope.ts";
import { UserError } from "../../src/errors.ts";
import { withFolder } from "../data/helpers.ts";

/** Of RFC 8410, section 10.3. */
const PRIVATE = `-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
-----END PRIVATE KEY-----
`;

/** Of the same, section 10.1. */
const PUBLIC = `-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
-----END PUBLIC KEY-----
`;

const FINDINGS: Findings = {
  lockSha256: "1".repeat(64),
  parts: ["", "one/run"],
  records: new Map([["one/run/run.json", "2".repeat(64)]]),
  revision: { commit: "3".repeat(40), dirty: false },
  packagesSha256: "4".repeat(64),
  machine: { arch: "aarch64", deno: "2.9.6" },
  rerun: {
    ...{ share: "5%", seed: 1, of: 60 },
    verdicts: new Map([
      ["one/a", "identical"],
      ["one/b", "within tolerance"],
      ["one/c", "within tolerance"],
    ]),
    failed: new Set(["one/c"]),
  },
};

async function withKeys(
  action: (path: (name: string, text: string) => string) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    await action((name, text) => {
      Deno.writeTextFileSync(`${folder}/${name}`, text);
      return `${folder}/${name}`;
    });
  });
}

Deno.test("toBeSigned() is the encoding of DSSE's protocol.md", () => {
  const body = new TextEncoder().encode("hello world");
  assertEquals(
    new TextDecoder().decode(
      toBeSigned("http://example.com/HelloWorld", body),
    ),
    "DSSEv1 29 http://example.com/HelloWorld 11 hello world",
  );
  const length = new TextDecoder().decode(toBeSigned("é", body).slice(0, 9));
  assertEquals(length, "DSSEv1 2 "); // in bytes
});

Deno.test("statementOf() says which runs passed, were within tolerance, and failed", () => {
  const { subject, predicate } = statementOf(FINDINGS);
  assertEquals(subject.map(({ name }) => name), [
    "results.lock",
    "one/run/run.json",
  ]);
  assertEquals(
    [predicate.result, predicate.warnedTests, predicate.failedTests],
    ["FAILED", ["rerun of one/b"], ["rerun of one/c"]],
  );
  assertEquals(predicate.passedTests, [
    "hashes of all files",
    "hashes of one/run",
    "rerun of one/a",
  ]);
  const result = (rerun: Findings["rerun"]) =>
    statementOf({ ...FINDINGS, rerun }).predicate.result;
  assertEquals(result({ ...FINDINGS.rerun!, failed: new Set() }), "WARNED");
  assertEquals(result(null), "PASSED");
});

Deno.test("a signed statement reads back by the signer's public key alone", () =>
  withKeys(async (path) => {
    const secret = await readPrivateKey(path("key.pem", PRIVATE));
    const key = await readPublicKey(path("public.pem", PUBLIC));
    assertEquals(secret.id, key.id);
    const statement = statementOf(FINDINGS);
    const text = await seal(jsonText(statement), secret);
    assertEquals(await seal(jsonText(statement), secret), text);
    const opened = await open(text, key);
    assertEquals(opened.signer, key.id);
    assertEquals(readStatement(opened.statement), statement);
    await assertRejects(() => open(text, null), UserError, "--key");

    const other = await crypto.subtle
      .generateKey("Ed25519", true, ["sign", "verify"]) as CryptoKeyPair;
    for (const id of ["other", key.id]) {
      await assertRejects(
        () => open(text, { key: other.publicKey, id }),
        NotGenuineError,
        "signature",
      );
    }
    const bare = jsonText(statement);
    await assertRejects(() => open(bare, key), NotGenuineError, "no signature");
  }));

Deno.test("a certificate with any bit flipped is refused, signed or not", () =>
  withKeys(async (path) => {
    const secret = await readPrivateKey(path("key.pem", PRIVATE));
    const key = await readPublicKey(path("public.pem", PUBLIC));
    const bare = jsonText(statementOf(FINDINGS));
    for (
      const [text, by] of [[bare, null], [
        await seal(bare, secret),
        key,
      ]] as const
    ) {
      const bytes = new TextEncoder().encode(text);
      for (let i = 0; i < bytes.length; i++) {
        const other = bytes.slice();
        other[i]! ^= 1 << (i % 8);
        await assertRejects(
          async () =>
            readStatement(
              (await open(new TextDecoder().decode(other), by)).statement,
            ),
          NotGenuineError,
          undefined,
          `bit ${i % 8} of byte ${i}`,
        );
      }
    }
  }));

Deno.test("keys that are none are refused in a line", () =>
  withKeys(async (path) => {
    const p256 = await crypto.subtle.generateKey(
      { name: "ECDSA", namedCurve: "P-256" },
      true,
      ["sign"],
    ) as CryptoKeyPair;
    const der = await crypto.subtle.exportKey("pkcs8", p256.privateKey);
    const pem = `-----BEGIN PRIVATE KEY-----\n${
      new Uint8Array(der).toBase64()
    }\n-----END PRIVATE KEY-----\n`;
    for (
      const [read, text] of [
        [readPrivateKey, PUBLIC],
        [readPublicKey, PRIVATE],
        [readPrivateKey, ""],
        [readPrivateKey, PRIVATE.replace("MC4C", "MC4")],
        [readPrivateKey, PRIVATE.replace("MC4C", "AAAA")],
        [readPrivateKey, pem],
        [readPublicKey, PUBLIC.replace("MCow", "AAAA")],
      ] as const
    ) {
      const file = path("key", text);
      const { message } = await assertRejects(() => read(file), UserError);
      assertStringIncludes(message, file);
      assert(!message.includes("\n"), message);
    }
  }));
