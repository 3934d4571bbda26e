/** Signals that end a command. */

/** Exit codes by signal, as shells have them. */
export const SIGNAL_EXITS = { SIGINT: 130, SIGTERM: 143 } as const;

/** Windows has no SIGTERM to listen for. */
const SIGNALS = Deno.build.os === "windows"
  ? ["SIGINT"] as const
  : ["SIGINT", "SIGTERM"] as const;

/** Aborts at the first signal; the second ends the program at once. */
export function listenForSignals(): {
  readonly signal: AbortSignal;
  readonly exitCode: () => number;
} {
  const controller = new AbortController();
  let code = 0;
  for (const name of SIGNALS) {
    Deno.addSignalListener(name, () => {
      if (controller.signal.aborted) Deno.exit(SIGNAL_EXITS[name]);
      code = SIGNAL_EXITS[name];
      controller.abort();
    });
  }
  return { signal: controller.signal, exitCode: () => code };
}
