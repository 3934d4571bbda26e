/**
 * Signatures of certificates: DSSE envelopes by Ed25519, as in-toto has them.
 *
 * https://github.com/secure-systems-lab/dsse/blob/master/protocol.md
 */

import { z } from "zod";
import { UserError } from "../errors.ts";
import { readText } from "../files.ts";
import { sha256 } from "../results/loaded.ts";

/** What a certificate says is not so, or it is not what was written. */
export class NotGenuineError extends Error {
  /** tells it from other errors */
  override readonly name = "NotGenuineError";
}

/** The payload's type. */
const IN_TOTO = "application/vnd.in-toto+json";

/** A key, and the SHA-256 of its public half as SubjectPublicKeyInfo. */
export interface Key {
  readonly key: CryptoKey;
  readonly id: string;
}

const encoder = new TextEncoder();

/** The bytes that are signed: DSSE's pre-authentication encoding. */
export function toBeSigned(
  type: string,
  body: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const name = encoder.encode(type);
  const head = `DSSEv1 ${name.length} ${type} ${body.length} `;
  return Uint8Array.from([...encoder.encode(head), ...body]);
}

const envelopeSchema = z.strictObject({
  payload: z.base64(),
  payloadType: z.literal(IN_TOTO),
  signatures: z.tuple([
    z.strictObject({ keyid: z.string(), sig: z.base64() }),
  ]),
});

/** The envelope of a statement's text, signed. */
export async function seal(body: string, { key, id }: Key): Promise<string> {
  const bytes = encoder.encode(body);
  const signed = toBeSigned(IN_TOTO, bytes);
  const signature = await crypto.subtle.sign("Ed25519", key, signed);
  return jsonText({
    payload: bytes.toBase64(),
    payloadType: IN_TOTO,
    signatures: [{ keyid: id, sig: new Uint8Array(signature).toBase64() }],
  });
}

/** JSON as certificates have it. */
export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/**
 * The statement in a certificate, and the id of the key that signed it; null:
 * it is not signed.
 *
 * @param key the signer's public key
 * @throws {NotGenuineError} it was changed, or signed by another key
 * @throws {UserError} it is signed, and no key is given
 */
export async function open(
  text: string,
  key: Key | null,
): Promise<{ statement: unknown; signer: string | null }> {
  const json = parsed(text);
  const isSigned = typeof json === "object" && json !== null &&
    "payload" in json;
  if (!isSigned) {
    if (key === null) return { statement: json, signer: null };
    throw new NotGenuineError("it has no signature");
  }
  const envelope = envelopeSchema.safeParse(json);
  if (!envelope.success) throw new NotGenuineError("it is no DSSE envelope");
  const { payload, payloadType, signatures: [{ keyid, sig }] } = envelope.data;
  if (key === null) {
    throw new UserError("it is signed; name the signer's public key by --key");
  }
  const [body, signature] = [payload, sig].map((text) =>
    Uint8Array.fromBase64(text)
  ) as [Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>];
  const isGenuine = keyid === key.id && body.toBase64() === payload &&
    signature.toBase64() === sig &&
    await crypto.subtle.verify(
      "Ed25519",
      key.key,
      signature,
      toBeSigned(payloadType, body),
    );
  if (!isGenuine) {
    throw new NotGenuineError(
      `its signature is not that of the key ${key.id.slice(0, 12)}...`,
    );
  }
  return { statement: parsed(new TextDecoder().decode(body)), signer: key.id };
}

/** Every byte counts, also of what JSON lets vary. */
function parsed(text: string): unknown {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new NotGenuineError("it is not JSON");
  }
  if (jsonText(json) === text) return json;
  throw new NotGenuineError("its JSON is not laid out as it was written");
}

/** @throws {UserError} the file holds no Ed25519 key in PKCS #8 */
export async function readPrivateKey(path: string): Promise<Key> {
  const bytes = await readPem(path, "PRIVATE KEY");
  return await importing(path, async () => {
    // Extractable, as the public half is derived from it.
    const key = await crypto.subtle
      .importKey("pkcs8", bytes, "Ed25519", true, ["sign"]);
    const { x } = await crypto.subtle.exportKey("jwk", key);
    const jwk = { kty: "OKP", crv: "Ed25519", x: x! };
    const half = await crypto.subtle
      .importKey("jwk", jwk, "Ed25519", true, ["verify"]);
    return { key, id: await idOf(half) };
  });
}

/** @throws {UserError} the file holds no public Ed25519 key */
export async function readPublicKey(path: string): Promise<Key> {
  const bytes = await readPem(path, "PUBLIC KEY");
  return await importing(path, async () => {
    const key = await crypto.subtle
      .importKey("spki", bytes, "Ed25519", true, ["verify"]);
    return { key, id: await idOf(key) };
  });
}

async function idOf(key: CryptoKey): Promise<string> {
  return sha256(new Uint8Array(await crypto.subtle.exportKey("spki", key)));
}

async function readPem(
  path: string,
  label: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const text = await readText(path, { most: 1e5, remedy: HOW });
  const pem = new RegExp(
    `^-----BEGIN ${label}-----\\s([A-Za-z0-9+/=\\s]+)-----END ${label}-----\\s*$`,
  ).exec(text);
  const what = `${path} is no ${label} in PEM`;
  if (pem === null) throw new UserError(`${what}; ${HOW}`);
  try {
    return Uint8Array.fromBase64(pem[1]!);
  } catch {
    throw new UserError(`${what}; ${HOW}`);
  }
}

const HOW = "results/README.md says how to make keys";

async function importing(
  path: string,
  action: () => Promise<Key>,
): Promise<Key> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    throw new UserError(`${path} is no Ed25519 key; ${HOW}`);
  }
}
