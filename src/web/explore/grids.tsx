/// <reference lib="dom" />
/** Many points of the latent space beside each other. */

import { type Signal, useSignal, useSignalEffect } from "@preact/signals";
import { ClassChoice } from "./latent.tsx";
import { nats, Numbers, Picture, rowsOf, Unit, unitName } from "./shown.tsx";
import type { State } from "./state.ts";

/** Dimensions, and values of each, of the traversals. */
const [UNITS, PLACES] = [10, [-3, -2, -1, 0, 1, 2, 3]] as const;

/** Points on the way between two rows, and samples. */
const [WAY, SAMPLES] = [9, 20] as const;

/** After the last change, before all these points are decoded. */
const PAUSE_MS = 120;

/** E[x|z] at points that follow the state; null: not yet. */
function useDecoded(
  state: State,
  points: () => Float32Array | null,
): Signal<Float32Array | null> {
  const decoded = useSignal<Float32Array | null>(null);
  useSignalEffect(() => {
    const [z, y] = [points(), state.condition.value];
    const engine = state.model.engine.value;
    if (z === null) return;
    let isCurrent = true;
    const timer = setTimeout(async () => {
      const values = await state.model.decode(z, y, engine);
      if (isCurrent) decoded.value = values;
    }, PAUSE_MS);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  });
  return decoded;
}

function joined(points: readonly Float32Array[]): Float32Array {
  return Float32Array.from(points.flatMap((point) => [...point]));
}

/** Each dimension moved by itself, from the point of the walk. */
export function Traversals({ state }: { readonly state: State }) {
  const { explored, order, dataDim } = state.model;
  const one = useSignal(order[0]!);
  const isImage = explored.data.image !== null;
  const units = isImage ? order.slice(0, UNITS) : [one.value];
  const decoded = useDecoded(state, () =>
    joined(
      units.flatMap((unit) =>
        PLACES.map((place) => state.z.value.with(unit, place))
      ),
    ));
  const values = decoded.value && rowsOf(decoded.value, dataDim);
  return (
    <section>
      <h2>One dimension at a time</h2>
      <p>
        {isImage ? "Each row moves" : "The columns move"}{" "}
        one latent dimension from −3 to 3; the others stay at the point z above.
        {isImage && order.length > UNITS &&
          ` The ${UNITS} dimensions of the largest KL, of ${order.length}.`}
      </p>
      {isImage
        ? <TraversalTable state={state} units={units} values={values} />
        : (
          <>
            <label class="ui">
              dimension{" "}
              <select
                value={one.value}
                onChange={(event) =>
                  one.value = Number(event.currentTarget.value)}
              >
                {order.map((unit) => (
                  <option key={unit} value={unit}>
                    {unitName(unit)}, KL {nats(explored.kl[unit]!)}
                  </option>
                ))}
              </select>
            </label>
            <Numbers
              explored={explored}
              sets={PLACES.map((place, i) => ({
                name: String(place).replace("-", "\u2212"),
                values: values?.[i] ?? null,
              }))}
            />
          </>
        )}
    </section>
  );
}

function TraversalTable(
  { state, units, values }: {
    readonly state: State;
    readonly units: readonly number[];
    readonly values: readonly Float32Array[] | null;
  },
) {
  const { explored } = state.model;
  return (
    <div class="wide" tabIndex={0} role="group" aria-label="Traversals">
      <table class="pictures">
        <thead>
          <tr>
            <th scope="col">dimension, KL</th>
            {PLACES.map((place) => (
              <th scope="col" key={place} class="number">
                {String(place).replace("-", "\u2212")}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {units.map((unit, i) => (
            <tr key={unit}>
              <th scope="row">
                <Unit unit={unit} />{" "}
                <span class="quiet">{nats(explored.kl[unit]!)}</span>
              </th>
              {PLACES.map((place, j) => (
                <td key={place}>
                  <Cell
                    state={state}
                    values={values?.[i * PLACES.length + j] ?? null}
                    label={`${unitName(unit)} at ${place}`}
                    onClick={() => state.move(unit, place)}
                  />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** A picture of a point, which a click goes to. */
function Cell(
  { state, values, label, onClick }: {
    readonly state: State;
    readonly values: Float32Array | null;
    readonly label: string;
    readonly onClick: () => void;
  },
) {
  const { explored } = state.model;
  return (
    <button type="button" class="thumb" aria-label={label} onClick={onClick}>
      <Picture explored={explored} values={values} />
    </button>
  );
}

/** The way between the means of two test rows. */
export function Interpolation({ state }: { readonly state: State }) {
  const { explored, latentDim, dataDim } = state.model;
  const { count } = explored.rows;
  const rows = useSignal<readonly [number, number]>([
    0,
    Math.min(1, count - 1),
  ]);
  const means = () => {
    const all = state.means.value;
    return all &&
      rows.value.map((row) =>
        all.subarray(row * latentDim, (row + 1) * latentDim)
      ) as [Float32Array, Float32Array];
  };
  const pointsOf = ([a, b]: [Float32Array, Float32Array]) =>
    Array.from({ length: WAY }, (_, i) => {
      const t = i / (WAY - 1);
      return a.map((value, j) => (1 - t) * value + t * b[j]!);
    });
  const decoded = useDecoded(state, () => {
    const ends = means();
    return ends && joined(pointsOf(ends));
  });
  const values = decoded.value && rowsOf(decoded.value, dataDim);
  const input = (side: 0 | 1) => (
    <label>
      {side === 0 ? "from test row" : "to test row"}{" "}
      <input
        type="number"
        min="0"
        max={count - 1}
        value={rows.value[side]}
        onInput={(event) => {
          const row = event.currentTarget.valueAsNumber;
          if (!(row >= 0 && row < count && Number.isInteger(row))) return;
          rows.value = side === 0 ? [row, rows.value[1]] : [rows.value[0], row];
        }}
      />
    </label>
  );
  const isImage = explored.data.image !== null;
  return (
    <section>
      <h2>Between two datapoints</h2>
      <p>
        E[x|z] along the line between the means of q(z|x) of two test rows
        {isImage && ", which stand at its ends"}.
      </p>
      <div class="ui controls">
        {input(0)}
        {input(1)}
        <ClassChoice state={state} />
      </div>
      {isImage
        ? (
          <div class="way">
            {([0, 1] as const).map((side) => (
              <span key={side} class={`end end${side}`}>
                <Picture
                  explored={explored}
                  values={state.model.row(rows.value[side]).x}
                  label={`Test row ${rows.value[side]}`}
                />
              </span>
            ))}
            {Array.from({ length: WAY }, (_, i) => (
              <Cell
                key={i}
                state={state}
                values={values?.[i] ?? null}
                label={`Step ${i} of ${WAY - 1}`}
                onClick={() => state.z.value = pointsOf(means()!)[i]!}
              />
            ))}
          </div>
        )
        : (
          <Numbers
            explored={explored}
            sets={Array.from({ length: WAY }, (_, i) => ({
              name: `${i}/${WAY - 1}`,
              values: values?.[i] ?? null,
            }))}
          />
        )}
    </section>
  );
}

/** E[x|z] at draws of the prior. */
export function Samples({ state }: { readonly state: State }) {
  const { explored, latentDim, dataDim } = state.model;
  const seed = useSignal(explored.seed);
  const { classes } = explored;
  // The task takes y of train rows, which are not here.
  const isOfTask = explored.rows.condition === null || classes !== null;
  const draws = () => state.model.priorDraws(seed.value, SAMPLES);
  const decoded = useDecoded(state, draws);
  const values = decoded.value && rowsOf(decoded.value, dataDim);
  return (
    <section>
      <h2>Samples of the prior</h2>
      <p>
        E[x|z] at draws of z from N(0, I){isOfTask && (
          <>
            : those of{" "}
            <code>
              deno task sample RUN --seed {seed.value}
              {classes !== null &&
                ` --class ${classes.classes[state.classIndex.value]}`}
            </code>
          </>
        )}.
      </p>
      <div class="ui controls">
        <label>
          seed{" "}
          <input
            type="number"
            min="0"
            max={Number.MAX_SAFE_INTEGER}
            value={seed.value}
            onInput={(event) => {
              const next = event.currentTarget.valueAsNumber;
              if (Number.isSafeInteger(next) && next >= 0) seed.value = next;
            }}
          />
        </label>
        <button type="button" onClick={() => seed.value += 1}>
          Next seed
        </button>
        <ClassChoice state={state} />
      </div>
      {explored.data.image === null
        ? (
          <Numbers
            explored={explored}
            sets={Array.from({ length: SAMPLES }, (_, i) => ({
              name: `${i}`,
              values: values?.[i] ?? null,
            }))}
          />
        )
        : (
          <div class="samples">
            {Array.from({ length: SAMPLES }, (_, i) => (
              <Cell
                key={i}
                state={state}
                values={values?.[i] ?? null}
                label={`Sample ${i}`}
                onClick={() => {
                  const z = draws();
                  state.z.value = z.slice(i * latentDim, (i + 1) * latentDim);
                }}
              />
            ))}
          </div>
        )}
    </section>
  );
}
