/** What comes of a run: its hash beside that of a committed run, and its files. */
/// <reference lib="dom" />

import type { Trained } from "./messages.ts";
import { say } from "./language.ts";
import { Rich } from "./rich.tsx";
import { csvName, runZip, save } from "./save.ts";
import { flagsOf } from "./settings.ts";
import { committedOf, EMBEDDED, status } from "./store.ts";

/** The end of the newest run; a place for it before. */
export function Ending() {
  const s = say();
  const now = status.value;
  if (now.kind !== "trained") {
    return (
      <section class="ending panel">
        <h3>{s.bytes}</h3>
        <p class="quiet">{s.bytesBefore}</p>
      </section>
    );
  }
  const { trained } = now;
  return (
    <section class="ending panel">
      <h3>{s.bytes}</h3>
      <Verdict trained={trained} />
      <p>
        {s.hashOf("train.csv")}
        <br />
        <code class="hash" id="train-sha256">{trained.trainSha256}</code>
        <br />
        {s.hashOf("eval.csv")}
        <br />
        <code class="hash" id="eval-sha256">{trained.evalSha256}</code>
      </p>
      <p class="buttons">
        <button
          type="button"
          onClick={() => save(csvName(trained), trained.trainCsv, "text/csv")}
        >
          {s.saveCsv}
        </button>{" "}
        <button
          type="button"
          onClick={async () => {
            const { name, bytes } = await runZip(trained, EMBEDDED.version);
            save(`${name}.zip`, bytes, "application/zip");
          }}
        >
          {s.saveRun}
        </button>
      </p>
      <p class="quiet">
        <Rich text={s.command} />
        <br />
        <code class="command">
          deno task exp:latent-sweep {flagsOf(trained.settings)} --out mine
        </code>
      </p>
    </section>
  );
}

/** Whether a run has the bytes in git; null: there are none to compare with. */
export function isAsCommitted(trained: Trained): boolean | null {
  const known = committedOf(trained)?.prefixes[trained.settings.steps];
  return known === undefined
    ? null
    : known.train === trained.trainSha256 && known.eval === trained.evalSha256;
}

function Verdict({ trained }: { readonly trained: Trained }) {
  const s = say();
  const run = committedOf(trained);
  if (run === undefined) {
    return <p id="verdict" data-verdict="none">{s.notCommitted}</p>;
  }
  const { steps } = trained.settings;
  const isSame = isAsCommitted(trained) === true;
  return (
    <p id="verdict" data-verdict={isSame ? "same" : "other"}>
      <strong class={isSame ? "same" : "other"}>
        {isSame ? `✓ ${s.same}` : `✗ ${s.other}`}
      </strong>{" "}
      <Rich text={s.compared(run.name, steps, run.settings.steps)} />
    </p>
  );
}
