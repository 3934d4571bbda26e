/**
 * A server on loopback, for pages that want threads, which need isolation from
 * other pages, or live data.
 */

/** What the server answers a path with. */
export interface Answer {
  /** such as `text/html; charset=utf-8` */
  readonly type: string;
  readonly body: string | Uint8Array<ArrayBuffer> | ReadableStream;
}

/** A server that runs. */
export interface Served extends AsyncDisposable {
  /** of its first page */
  readonly url: string;
  /** when it has ended */
  readonly ended: Promise<void>;
}

const HEADERS = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "cross-origin-resource-policy": "same-origin",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cache-control": "no-store",
};

/**
 * Serves what `answer` gives for a path such as `/`, which is plain: it has
 * been decoded, and has no `..`, `\` or NUL. No file is read here.
 *
 * @param options.port 0: any that is free
 */
export function serveOnLoopback(
  answer: (path: string, query: URLSearchParams) => Promise<Answer | null>,
  { port = 0, signal }: { port?: number; signal?: AbortSignal } = {},
): Served {
  const server = Deno.serve({
    ...{ hostname: "127.0.0.1", port, onListen() {} },
    ...signal && { signal },
    handler: async (request) => {
      const { status, type = "text/plain", body } = await respond(
        request,
        server.addr.port,
        answer,
      );
      const headers = { ...HEADERS, "content-type": type };
      return new Response(body, { status, headers });
    },
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}/`,
    ended: server.finished,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

async function respond(
  { method, url, headers }: Request,
  port: number,
  answer: (path: string, query: URLSearchParams) => Promise<Answer | null>,
): Promise<Partial<Answer> & { status: number; body: Answer["body"] }> {
  // A name of others that leads here must not let their page read this one.
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  if (!hosts.includes(headers.get("host") ?? "")) {
    return { status: 403, body: "forbidden\n" };
  }
  if (method !== "GET" && method !== "HEAD") {
    return { status: 405, body: "only GET\n" };
  }
  const { pathname, searchParams } = new URL(url);
  const path = plainPath(pathname);
  const found = path === null ? null : await answer(path, searchParams);
  return found === null
    ? { status: 404, body: "not found\n" }
    : { status: 200, ...found };
}

/** A path of a URL, decoded; null: it could lead out of a folder. */
export function plainPath(path: string): string | null {
  try {
    const decoded = decodeURIComponent(path);
    const isPlain = decoded.startsWith("/") && !/[\\\0]/.test(decoded) &&
      !decoded.split("/").includes("..");
    return isPlain ? decoded : null;
  } catch {
    return null; // no UTF-8
  }
}
