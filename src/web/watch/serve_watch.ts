/** The live page of a folder's runs, on loopback. */

import { UserError } from "../../errors.ts";
import { reportPage } from "../report/page.ts";
import { type Answer, type Served, serveOnLoopback } from "../serve.ts";
import { Follower } from "./follower.ts";
import { LiveRuns } from "./live.ts";

/** Milliseconds between two looks at the folder. */
export const LOOK_EVERY_MS = 500;

/** Options of the server. */
export interface WatchOptions {
  /** 0: any that is free */
  readonly port?: number;
  /** ends it */
  readonly signal: AbortSignal;
}

/**
 * Serves the page of a folder's runs until the signal, also of a folder that
 * is not there yet.
 *
 * @throws {UserError} the folder cannot be read, or the port is taken
 */
export async function serveWatch(
  folder: string,
  { port = 0, signal }: WatchOptions,
): Promise<Pick<Served, "url" | "ended">> {
  const runs = new LiveRuns(folder);
  await runs.look();
  const followers = new Set<Follower>();
  const { runs: _, ...empty } = runs.report();
  const body = await reportPage({ ...empty, runs: [], pictures: {} }, {
    live: true,
  });
  const answer = (path: string): Answer | null => {
    if (path === "/") return { type: "text/html; charset=utf-8", body };
    if (path !== "/events") return null;
    const follower = new Follower(() => followers.delete(follower));
    followers.add(follower);
    follower.tell(runs.report());
    return { type: "text/event-stream", body: follower.stream };
  };
  const { url, ended } = served(
    (path) => Promise.resolve(answer(path)),
    { port, signal },
  );
  const looking = lookAgain(runs, followers, signal);
  return { url, ended: Promise.all([ended, looking]).then(() => {}) };
}

function served(
  answer: (path: string) => Promise<Answer | null>,
  options: Required<WatchOptions>,
): Served {
  try {
    return serveOnLoopback(answer, options);
  } catch (error) {
    const why = error instanceof Deno.errors.AddrInUse
      ? "another program has it"
      : error instanceof Deno.errors.PermissionDenied
      ? "the system lets you have none below 1024"
      : undefined;
    if (why === undefined) throw error;
    throw new UserError(`--port ${options.port}: ${why}; use another one`);
  }
}

async function lookAgain(
  runs: LiveRuns,
  followers: ReadonlySet<Follower>,
  signal: AbortSignal,
): Promise<void> {
  while (await pause(LOOK_EVERY_MS, signal)) {
    const hasChanged = await couldLook(runs);
    const report = runs.report();
    for (const follower of followers) {
      if (hasChanged || follower.isBehind) follower.tell(report);
    }
  }
  for (const follower of followers) follower.end();
}

/** What cannot be read now, may be the next time. */
async function couldLook(runs: LiveRuns): Promise<boolean> {
  try {
    return await runs.look();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return false;
  }
}

/** Waits. @returns false: the signal came */
function pause(milliseconds: number, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return Promise.resolve(false);
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const over = () => {
    clearTimeout(timer);
    signal.removeEventListener("abort", over);
    resolve(!signal.aborted);
  };
  const timer = setTimeout(over, milliseconds);
  signal.addEventListener("abort", over);
  return promise;
}
