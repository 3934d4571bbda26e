/// <reference lib="dom" />
/** The walk: a point of the latent space, and E[x|z] there. */

import { useSignal } from "@preact/signals";
import { Plane } from "./plane.tsx";
import { inUnits, Numbers, Picture, unitName } from "./shown.tsx";
import { Sliders } from "./sliders.tsx";
import type { State } from "./state.ts";

export function LatentSection({ state }: { readonly state: State }) {
  const { model } = state;
  const { explored } = model;
  const decoded = state.decoded.value;
  return (
    <section class="walk">
      <div class="decoded">
        {explored.data.image === null
          ? (
            <Numbers
              explored={explored}
              sets={[{ name: "E[x|z]", values: decoded }]}
            />
          )
          : (
            <figure>
              <Picture
                explored={explored}
                values={decoded}
                class="large"
                label={`E[x|z] at ${pointName(state)}`}
              />
              <figcaption>E[x|z] at the point z</figcaption>
            </figure>
          )}
        <div class="ui controls">
          <button
            type="button"
            onClick={() => state.z.value = new Float32Array(model.latentDim)}
          >
            z = 0
          </button>
          <button
            type="button"
            disabled={state.looked.value === null}
            onClick={() => state.z.value = state.looked.value!.posterior.mean}
          >
            z of the datapoint
          </button>
          <ClassChoice state={state} />
        </div>
        <Text state={state} />
      </div>
      {model.latentDim > 1 && <Plane state={state} />}
      <Sliders state={state} />
    </section>
  );
}

/** The first dimensions in words, as much as one listens to. */
function pointName({ z, model }: State): string {
  const named = model.order.slice(0, 3).map((unit) =>
    `${unitName(unit)} ${z.value[unit]!.toFixed(2)}`
  );
  return named.join(", ") + (model.order.length > 3 ? ", ..." : "");
}

/** Which class z is decoded with, of a model that is conditioned on one. */
export function ClassChoice({ state }: { readonly state: State }) {
  const { classes } = state.model.explored;
  if (classes === null) return null;
  return (
    <label class="ui">
      {classes.name}{" "}
      <select
        value={state.classIndex.value}
        onChange={(event) => {
          state.classIndex.value = Number(event.currentTarget.value);
        }}
      >
        {classes.classes.map((name, index) => (
          <option key={index} value={index}>{name}</option>
        ))}
      </select>
    </label>
  );
}

/** z and E[x|z] as text, each number the shortest that reads back as it is. */
function Text({ state }: { readonly state: State }) {
  const isOpen = useSignal(false);
  const decoded = state.decoded.value;
  const { explored } = state.model;
  return (
    <details
      class="ui"
      onToggle={(event) => isOpen.value = event.currentTarget.open}
    >
      <summary>The numbers</summary>
      {isOpen.value && decoded !== null && (
        <>
          <label>
            z
            <textarea
              readOnly
              rows={2}
              value={listOf(state.z.value)}
            />
          </label>
          <label>
            E[x|z]
            <textarea
              readOnly
              rows={4}
              value={listOf(inUnits(explored, decoded))}
            />
          </label>
        </>
      )}
    </details>
  );
}

/** Of a float32, the shortest decimal that reads back as the same. */
function listOf(values: Float32Array): string {
  return Array.from(values, (value) => {
    for (let digits = 1; digits < 9; digits++) {
      const short = Number(value.toPrecision(digits));
      if (Math.fround(short) === value) return String(short);
    }
    return String(Number(value.toPrecision(9)));
  }).join(",");
}
