/** Signals that end a command. */

/** Exit codes by signal, as shells have them. */
export const SIGNAL_EXITS = { SIGINT: 130, SIGTERM: 143 } as const;

/** Windows has no SIGTERM to listen for. */
const SIGNALS = Deno.build.os === "windows"
  ? ["SIGINT"] as const
  : ["SIGINT", "SIGTERM"] as const;

/** Signals, as a command hears them. */
export interface Interrupt {
  /** aborts at the first signal; the second ends the program at once */
  readonly signal: AbortSignal;
  /** of a command that a signal has ended; 0: none has */
  exitCode(): number;
  /**
   * Until it is disposed of, again or not, the first signal ends the program at
   * once, too: for what takes long without a turn of the event loop, in which
   * alone signals are heard, and has nothing to save.
   */
  atOnce(): Disposable;
}

/** In place of {@linkcode Interrupt.atOnce}, where signals must not end it. */
export const notAtOnce = (): Disposable => ({ [Symbol.dispose]() {} });

/** Listens for the signals that end a command. */
export function listenForSignals(): Interrupt {
  const controller = new AbortController();
  let code = 0;
  const listeners = SIGNALS.map((name) => ({
    name,
    hear() {
      if (controller.signal.aborted) Deno.exit(SIGNAL_EXITS[name]);
      code = SIGNAL_EXITS[name];
      controller.abort();
    },
  }));
  const listen = () => {
    for (const { name, hear } of listeners) Deno.addSignalListener(name, hear);
  };
  listen();
  return {
    signal: controller.signal,
    exitCode: () => code,
    atOnce() {
      let isOver = false;
      for (const { name, hear } of listeners) {
        Deno.removeSignalListener(name, hear);
      }
      return {
        [Symbol.dispose]() {
          if (!isOver) listen();
          isOver = true;
        },
      };
    },
  };
}
