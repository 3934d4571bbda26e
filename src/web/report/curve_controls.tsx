/** What readers choose of learning curves. */
/// <reference lib="dom" />

import { Choice, Toggle } from "./controls.tsx";
import { columns, offered } from "./drawn_curves.ts";
import type { NumberAxis } from "../scales.ts";
import * as state from "./state.ts";

/** What is drawn, and how runs are told apart. */
export function CurveControls() {
  const { settings, runs } = state.report.value;
  const hasSeeds = new Set(runs.map(({ group }) => group)).size < runs.length;
  const { x, y } = state.logAxes.value;
  return (
    <div class="controls">
      <Choice
        label="Split"
        value={state.splits.value}
        options={[
          ["test", "test"],
          ["train", "train minibatches"],
          ["both", "both"],
        ]}
        onChange={(value) =>
          state.chosenSplits.value = value as typeof state.splits.value}
      />
      <Choice
        label="Along"
        value={state.along.value}
        options={[["samples", "samples seen"], ["steps", "steps"]]}
        onChange={(value) => {
          state.zoom.value = null;
          state.along.value = value as typeof state.along.value;
        }}
      />
      <Choice
        label="Colour"
        value={`${state.colourBy.value}`}
        options={[
          ["usual", "as in the figures"],
          ...settings.flatMap(({ name, isOtherScale }, i) =>
            isOtherScale ? [] : [[`${i}`, name] as const]
          ),
        ]}
        onChange={(value) =>
          state.colourBy.value = value === "usual" ? value : Number(value)}
      />
      {hasSeeds && (
        <Choice
          label="Seeds"
          value={state.seeds.value}
          options={[["mean", "mean and band"], ["single", "single runs"]]}
          onChange={(value) =>
            state.seeds.value = value as typeof state.seeds.value}
        />
      )}
      <fieldset>
        <legend>Logarithmic</legend>
        <Toggle
          label="x axis"
          isOn={x}
          onChange={(x) => state.logAxes.value = { x, y }}
        />
        <Toggle
          label="y axis"
          isOn={y}
          onChange={(y) => state.logAxes.value = { x, y }}
        />
      </fieldset>
      <fieldset>
        <legend>Panels</legend>
        {offered.value.map((name) => (
          <Toggle
            key={name}
            label={name}
            isOn={columns.value.includes(name)}
            onChange={(isOn) =>
              columns.value = offered.value.filter((one) =>
                one === name ? isOn : columns.value.includes(one)
              )}
          />
        ))}
      </fieldset>
    </div>
  );
}

/** What the pointer does, for keys and fingers. */
export function Zoom({ x }: { readonly x: NumberAxis }) {
  const [low, high] = x.domain;
  const isLog = x.kind === "log";
  const into = (value: number) => isLog ? Math.log(value) : value;
  const from = (place: number) => isLog ? Math.exp(place) : place;
  const span = into(high) - into(low);
  const go = (begin: number, end: number) =>
    state.zoom.value = [
      from(into(low) + begin * span),
      from(into(low) + end * span),
    ];
  return (
    <div class="zoom" role="group" aria-label="Part of the x axis">
      <button type="button" onClick={() => go(0.25, 0.75)}>Zoom in</button>
      <button type="button" onClick={() => go(-0.5, 1.5)}>Zoom out</button>
      <button type="button" onClick={() => go(-0.25, 0.75)}>Earlier</button>
      <button type="button" onClick={() => go(0.25, 1.25)}>Later</button>
      <button
        type="button"
        disabled={state.zoom.value === null}
        onClick={() => state.zoom.value = null}
      >
        Whole
      </button>
      <span class="quiet hint">Draw over a part to see it closer.</span>
    </div>
  );
}
