/** The runs, to sort, to choose and to ask where they come from. */
/// <reference lib="dom" />

import { computed, signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { looks } from "./drawn_curves.ts";
import { TestMark, TestNote } from "./ended.tsx";
import { Swatch } from "./legend.tsx";
import { pauseText } from "./live.tsx";
import type { RunRecord } from "./record/record.ts";
import * as state from "./state.ts";
import { cellText, counted } from "./text.ts";

/** A column that the table can be sorted by. */
interface Column {
  readonly name: string;
  readonly title: string;
  readonly kind: "setting" | "quantity";
  /** what the cell says, and in full where it is shortened */
  readonly textOf: (run: RunRecord) => string;
  readonly fullOf: (run: RunRecord) => string;
  /** what it is sorted by; null: behind all others */
  readonly valueOf: (run: RunRecord) => number | null;
}

const columns = computed((): readonly Column[] => {
  const { settings, quantities } = state.report.value;
  return [
    ...settings.map(({ name, title, values }, i): Column => {
      const textOf = ({ settings }: RunRecord) => values[settings[i]!] ?? "";
      return {
        ...{ name, title, kind: "setting", textOf, fullOf: textOf },
        valueOf: ({ settings }) => settings[i]! < 0 ? null : settings[i]!,
      };
    }),
    ...quantities.map(({ name, title }, i): Column => ({
      ...{ name, title, kind: "quantity" },
      textOf: ({ finals }) => cellText(finals[i]!),
      fullOf: ({ finals }) => finals[i] === null ? "" : String(finals[i]),
      valueOf: ({ finals }) => finals[i]!,
    })),
  ];
});

/** The column's name and the direction; null: by the settings. */
const order = signal<{ name: string; isFalling: boolean } | null>(null);

const rows = computed(() => {
  const { value } = order;
  const column = columns.value.find(({ name }) => name === value?.name);
  if (value === null || column === undefined) return state.chosen.value;
  const sign = value.isFalling ? -1 : 1;
  return state.chosen.value.toSorted((a, b) => {
    const [x, y] = [column.valueOf(a), column.valueOf(b)];
    if (x === null || y === null) {
      return Number(x === null) - Number(y === null);
    }
    return sign * (x - y);
  });
});

/** The run whose record is open. */
const opened = signal<RunRecord | null>(null);

/** The whole section. */
export function TableSection() {
  const { runs } = state.report.value;
  const isRunning = runs.some(({ status }) => status === "running");
  return (
    <section id="runs" aria-labelledby="runs-title">
      <h2 id="runs-title">Runs</h2>
      <div class="controls">
        <label class="filter">
          <span>Filter</span>
          <input
            type="search"
            placeholder="text, or elbo>-100 seed=1"
            value={state.filter.value}
            onInput={({ currentTarget }) =>
              state.filter.value = currentTarget.value}
          />
        </label>
        <span class="buttons">
          <button
            type="button"
            onClick={() => state.show(state.chosen.value, true)}
          >
            Draw all
          </button>
          <button
            type="button"
            onClick={() => state.show(state.chosen.value, false)}
          >
            Draw none
          </button>
        </span>
        <span class="quiet" role="status" data-count>
          {state.chosen.value.length === runs.length
            ? counted(runs.length, "run")
            : `${state.chosen.value.length} of ${counted(runs.length, "run")}`}
          {state.drawn.value.length < state.chosen.value.length &&
            `, ${state.drawn.value.length} drawn`}
        </span>
      </div>
      <div class="wide tall" tabIndex={0} role="region" aria-label="Runs">
        <table class="runs">
          <thead>
            <tr>
              <th scope="col">run</th>
              {isRunning && <th scope="col">progress</th>}
              {columns.value.map((column) => (
                <Head key={column.name} column={column} />
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.value.map((run) => (
              <Row key={run.path} run={run} isRunning={isRunning} />
            ))}
          </tbody>
        </table>
      </div>
      <p class="quiet ui">
        Numbers are of the model on the test split: at its last evaluation, or
        at the step whose state was kept, in nats per datapoint where nothing
        else is said. A name opens what made its run.
        <TestNote runs={state.chosen.value} mark="†" />
      </p>
      <Provenance />
    </section>
  );
}

function Head({ column: { name, title, kind } }: { readonly column: Column }) {
  const { value } = order;
  const isSorted = value?.name === name;
  const sort = !isSorted
    ? "none"
    : value.isFalling
    ? "descending"
    : "ascending";
  const next = () => {
    // Of numbers the largest come first, of settings the smallest.
    const first = kind === "quantity";
    order.value = !isSorted
      ? { name, isFalling: first }
      : value.isFalling === first
      ? { name, isFalling: !first }
      : null;
  };
  return (
    <th scope="col" aria-sort={sort}>
      <button type="button" class="sort" title={title} onClick={next}>
        {name}
        <span aria-hidden="true">
          {{ none: "", ascending: " \u25b2", descending: " \u25bc" }[sort]}
        </span>
      </button>
    </th>
  );
}

function Row(
  { run, isRunning }: { readonly run: RunRecord; readonly isRunning: boolean },
) {
  const { colour, dash } = looks.value.get(run)!;
  const isDrawn = !state.hidden.value.has(run.path);
  return (
    <tr data-run={run.name}>
      <th scope="row">
        <span class="of-run">
          <input
            type="checkbox"
            aria-label={`draw ${run.name}`}
            checked={isDrawn}
            onChange={() => state.show([run], !isDrawn)}
          />
          <Swatch colour={colour} dash={dash} />
          <button type="button" class="link" onClick={() => opened.value = run}>
            {run.name}
          </button>
          <TestMark run={run} />
        </span>
      </th>
      {isRunning && (
        <td>
          <HowFar run={run} />
        </td>
      )}
      {columns.value.map((column) => (
        <td key={column.name} title={column.fullOf(run)}>
          {column.textOf(run)}
        </td>
      ))}
    </tr>
  );
}

function HowFar({ run: { name, progress } }: { readonly run: RunRecord }) {
  if (progress === null) return <>finished</>;
  const { step, steps } = progress;
  return (
    <span class="progress">
      {steps !== null && (
        <progress value={step} max={steps} aria-label={`progress of ${name}`} />
      )}
      {steps === null ? `step ${step}` : `${step}/${steps}`}
      {step === steps && ", being evaluated"}
      {pauseText(progress)}
    </span>
  );
}

/** What run.json says of a run, above the page. */
function Provenance() {
  const dialog = useRef<HTMLDialogElement>(null);
  const run = opened.value;
  useEffect(() => {
    if (run !== null && !dialog.current!.open) dialog.current!.showModal();
  }, [run]);
  return (
    <dialog
      ref={dialog}
      aria-labelledby="provenance-title"
      onClose={() => opened.value = null}
    >
      {run !== null && (
        <>
          <h3 id="provenance-title">{run.name}</h3>
          <p class="quiet">{run.path}</p>
          <div class="fields" tabIndex={0} role="region" aria-label="Record">
            {run.provenance.length === 0
              ? <p>It has no record yet: it is not finished.</p>
              : (
                <dl>
                  {run.provenance.map(([field, text]) => (
                    <div key={field}>
                      <dt>{field}</dt>
                      <dd>{text}</dd>
                    </div>
                  ))}
                </dl>
              )}
          </div>
          <button type="button" onClick={() => dialog.current!.close()}>
            Close
          </button>
        </>
      )}
    </dialog>
  );
}
