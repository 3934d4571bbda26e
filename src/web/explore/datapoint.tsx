/// <reference lib="dom" />
/** The datapoint that is looked at: a test row, or what the reader makes. */

import { useSignal } from "@preact/signals";
import { DrawingPad } from "./drawing_pad.tsx";
import { columnsOf, inUnits, Numbers, Picture, short } from "./shown.tsx";
import { ClassChoice } from "./latent.tsx";
import type { State } from "./state.ts";
import { Terms } from "./terms_view.tsx";

/** Test rows that are offered at a time. */
const OFFERED = 12;

export function DatapointSection({ state }: { readonly state: State }) {
  const { explored } = state.model;
  const { image } = explored.data;
  const looked = state.looked.value;
  const chosen = state.chosen.value;
  const name = chosen.kind === "row"
    ? rowName(state, chosen.row)
    : image === null
    ? "Your row"
    : "Your drawing";
  return (
    <section>
      <h2>A datapoint, its posterior and its ELBO</h2>
      <RowChoice state={state} />
      <div class="datapoint">
        <div>
          {image === null
            ? (
              <>
                <h3>{name}</h3>
                <OwnRow state={state} />
              </>
            )
            : (
              <>
                <h3>{name}</h3>
                <div class="pair">
                  <figure>
                    <Picture
                      explored={explored}
                      values={state.point.value.x}
                      label={`${name}: x`}
                    />
                    <figcaption>x</figcaption>
                  </figure>
                  <figure>
                    <Picture
                      explored={explored}
                      values={looked?.reconstruction ?? null}
                      label={`${name}: reconstruction`}
                    />
                    <figcaption>E[x|z] at the mean of q(z|x)</figcaption>
                  </figure>
                </div>
                <DrawingPad state={state} />
              </>
            )}
        </div>
        <Terms state={state} />
      </div>
    </section>
  );
}

/** Such as `Test row 3, class 7`. */
function rowName({ model }: State, row: number): string {
  const [label] = model.explored.rows.labels;
  const value = label?.values[row];
  if (label === undefined || value == null) return `Test row ${row}`;
  const word = label.classes === undefined
    ? value.toPrecision(3)
    : label.classes[value];
  return `Test row ${row}, ${label.name} ${word}`;
}

function RowChoice({ state }: { readonly state: State }) {
  const { explored } = state.model;
  const { count } = explored.rows;
  const first = useSignal(0);
  const isImage = explored.data.image !== null;
  const rows = Array.from(
    { length: Math.min(OFFERED, count - first.value) },
    (_, i) => first.value + i,
  );
  const go = (to: number) => {
    first.value = Math.max(0, Math.min(to, count - 1));
  };
  const chosen = state.chosen.value;
  return (
    <div class="rows ui">
      {rows.map((row) => (
        <button
          key={row}
          type="button"
          class="thumb"
          aria-label={rowName(state, row)}
          aria-pressed={chosen.kind === "row" && chosen.row === row}
          onClick={() => state.choose({ kind: "row", row })}
        >
          {isImage
            ? <Picture explored={explored} values={state.model.row(row).x} />
            : row}
        </button>
      ))}
      <span class="turn">
        <button
          type="button"
          disabled={first.value === 0}
          onClick={() => go(first.value - OFFERED)}
          aria-label="Rows before"
        >
          ←
        </button>{" "}
        <button
          type="button"
          disabled={first.value + OFFERED >= count}
          onClick={() => go(first.value + OFFERED)}
          aria-label="Rows after"
        >
          →
        </button>
      </span>
    </div>
  );
}

/** The most columns that can be changed by hand. */
const MOST_FIELDS = 40;

/** A row of a table, whose values may be changed. */
function OwnRow({ state }: { readonly state: State }) {
  const { explored } = state.model;
  const { x } = state.point.value;
  const looked = state.looked.value;
  const reconstruction = looked?.reconstruction ?? null;
  if (x.length > MOST_FIELDS) {
    const sets = [
      { name: "x", values: x },
      { name: "E[x|z]", values: reconstruction },
    ];
    return <Numbers explored={explored} sets={sets} />;
  }
  const shown = inUnits(explored, x);
  const { offset = [0], factor = [1] } = explored.data.units ?? {};
  const change = (i: number, text: string) => {
    const value = Number(text);
    if (text.trim() === "" || !Number.isFinite(value)) return;
    const at = (values: readonly number[]) => values[i % values.length]!;
    const own = (value - at(offset)) / at(factor);
    state.choose({ kind: "own", x: x.with(i, own) });
  };
  const back = reconstruction && inUnits(explored, reconstruction);
  return (
    <div class="wide tall">
      <table>
        <thead>
          <tr>
            <th scope="col">value</th>
            <th scope="col">x</th>
            <th scope="col">E[x|z]</th>
          </tr>
        </thead>
        <tbody>
          {columnsOf(explored).map((column, i) => (
            <tr key={i}>
              <th scope="row">{column}</th>
              <td>
                <input
                  type="number"
                  step="any"
                  aria-label={column}
                  value={Number(shown[i]!.toPrecision(6))}
                  onChange={(event) => change(i, event.currentTarget.value)}
                />
              </td>
              <td class="number">
                {back === null ? "" : short(back[i]!)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <ClassChoice state={state} />
    </div>
  );
}
