/** What readers choose with. */
/// <reference lib="dom" />

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";

/** Parts of a section that are open at first; more would take long to draw. */
export const MOST_OPEN = 4;

/** A part of a section, which is made once it is opened. */
export function Fold({ label, startsOpen, children }: {
  /** "": it has no others beside it, and is always open */
  readonly label: string;
  readonly startsOpen: boolean;
  readonly children: ComponentChildren;
}) {
  const [isOpen, setOpen] = useState(startsOpen);
  if (label === "") return <>{children}</>;
  return (
    <details
      class="fold"
      open={isOpen}
      onToggle={({ currentTarget }) => setOpen(currentTarget.open)}
    >
      <summary>
        <h3>{label}</h3>
      </summary>
      {isOpen && children}
    </details>
  );
}

/** One of several. */
export function Choice({ label, value, options, onChange }: {
  readonly label: string;
  readonly value: string;
  readonly options: readonly (readonly [value: string, text: string])[];
  readonly onChange: (value: string) => void;
}) {
  return (
    <label class="choice">
      <span>{label}</span>
      <select
        value={value}
        onChange={({ currentTarget }) => onChange(currentTarget.value)}
      >
        {options.map(([value, text]) => (
          <option key={value} value={value}>{text}</option>
        ))}
      </select>
    </label>
  );
}

/** Yes or no. */
export function Toggle({ label, isOn, onChange }: {
  readonly label: string;
  readonly isOn: boolean;
  readonly onChange: (isOn: boolean) => void;
}) {
  return (
    <label class="toggle">
      <input
        type="checkbox"
        checked={isOn}
        onChange={({ currentTarget }) => onChange(currentTarget.checked)}
      />
      {label}
    </label>
  );
}
