/** The settings, the run, and what is seen of it. */
/// <reference lib="dom" />

import type { TargetedEvent } from "preact";
import { useState } from "preact/hooks";
import { BoundBars, DimensionBars } from "./bars.tsx";
import { CurvePanel } from "./curves.tsx";
import { PicturePanel } from "./pictures.tsx";
import { Plane } from "./plane.tsx";
import { Ending, isAsCommitted } from "./ending.tsx";
import { say } from "./language.ts";
import { CHOICES, MOST_SEED, seedOf, type Settings } from "./settings.ts";
import {
  curves,
  isBusy,
  settings,
  startTraining,
  status,
  stopTraining,
} from "./store.ts";

/** All of it. */
export function Laboratory() {
  return (
    <div class="ui">
      <Controls />
      <Progress />
      <CurvePanel />
      <BoundBars />
      <div class="pair">
        <Plane />
        <div>
          <PicturePanel />
          <DimensionBars />
        </div>
      </div>
      <Ending />
    </div>
  );
}

function set(change: Partial<Settings>): void {
  settings.value = { ...settings.value, ...change };
}

function Controls() {
  const s = say();
  const busy = isBusy();
  return (
    <form
      class="controls"
      onSubmit={(event: Event) => {
        event.preventDefault();
        startTraining();
      }}
    >
      <fieldset disabled={busy}>
        <legend class="hidden-text">{s.settings}</legend>
        <Choice name="network" label={s.network} />
        <Choice name="latent" label={s.latent} />
        <Choice name="samples" label={s.samples} />
        <Choice name="beta" label={s.beta} />
        <Choice name="objective" label={s.objective} />
        <Choice name="steps" label={s.steps} />
        <Seed />
      </fieldset>
      {busy
        ? (
          <button type="button" class="train" onClick={stopTraining}>
            {s.stop}
          </button>
        )
        : <button type="submit" class="main train">{s.train}</button>}
    </form>
  );
}

function Choice<K extends keyof typeof CHOICES>(
  { name, label }: { readonly name: K; readonly label: string },
) {
  const values: readonly (string | number)[] = CHOICES[name];
  const sorted = typeof values[0] === "number"
    ? values.toSorted((a, b) => Number(a) - Number(b))
    : values;
  const change = ({ currentTarget }: TargetedEvent<HTMLSelectElement>) =>
    set({ [name]: values.find((v) => String(v) === currentTarget.value) });
  return (
    <label>
      <span>{label}</span>
      <select
        name={name}
        value={String(settings.value[name])}
        onChange={change}
      >
        {sorted.map((value) => (
          <option key={value} value={String(value)}>{value}</option>
        ))}
      </select>
    </label>
  );
}

function Seed() {
  const s = say();
  const [wrong, setWrong] = useState(false);
  return (
    <label>
      <span>{s.seed}</span>
      <input
        name="seed"
        type="text"
        inputMode="numeric"
        size={6}
        value={String(settings.value.seed)}
        aria-invalid={wrong}
        title={s.seedRange(MOST_SEED)}
        onInput={({ currentTarget }: TargetedEvent<HTMLInputElement>) => {
          const seed = seedOf(currentTarget.value);
          setWrong(seed === null);
          if (seed !== null) set({ seed });
        }}
      />
    </label>
  );
}

function Progress() {
  const s = say();
  const own = curves.value;
  const now = status.value;
  const step = own?.steps.step.at(-1) ?? 0;
  const all = own?.settings.steps ?? settings.value.steps;
  const text = now.kind === "idle"
    ? s.idle[settings.value.network]
    : now.kind === "data"
    ? s.making
    : now.kind === "training"
    ? s.training(step, all)
    : now.kind === "stopped"
    ? s.stopped(now.step)
    : now.kind === "failed"
    ? s.failed(now.message)
    : s.trained(
      now.trained.seconds,
      all / now.trained.seconds,
      now.trained.threads,
    );
  return (
    <div class="progress">
      <progress
        max={all}
        value={now.kind === "idle" ? 0 : step}
        aria-label={s.progress}
      />
      <div role="status" class={now.kind === "failed" ? "failed" : "quiet"}>
        {text}
        {now.kind === "trained" && isAsCommitted(now.trained) === true && (
          <>
            {" · "}
            <strong class="same">✓ {s.same}</strong>
          </>
        )}
      </div>
    </div>
  );
}
