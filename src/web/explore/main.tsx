/// <reference lib="dom" />
/** The explorer: a trained model, in the reader's browser. */

import { render } from "preact";
import { embeddedBytes, embeddedJson } from "../embedded.ts";
import { DatapointSection } from "./datapoint.tsx";
import { EngineChoice } from "./engine_choice.tsx";
import type { Explored } from "./explored.ts";
import { Interpolation, Samples, Traversals } from "./grids.tsx";
import { LatentSection } from "./latent.tsx";
import { Model } from "./model.ts";
import { State } from "./state.ts";

function Page({ state }: { readonly state: State }) {
  const { explored } = state.model;
  return (
    <main>
      <header>
        <h1>{explored.run}</h1>
        <p>
          A trained VAE. Drag the point in the plane, or move the sliders: the
          decoder makes E[x|z] anew. Choose a test row or make one of your own,
          and see its q(z|x) and what its ELBO is made of.
        </p>
        <dl class="facts ui">
          {explored.facts.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
          <div>
            <dt>computed by</dt>
            <dd>
              <EngineChoice model={state.model} />
            </dd>
          </div>
        </dl>
      </header>
      <LatentSection state={state} />
      <DatapointSection state={state} />
      <Traversals state={state} />
      <Interpolation state={state} />
      <Samples state={state} />
    </main>
  );
}

/** What is said where the browser cannot run the model. */
function Failed({ error }: { readonly error: unknown }) {
  return (
    <main>
      <h1>This browser cannot run the model</h1>
      <p role="alert">
        {error instanceof Error ? error.message : String(error)}
      </p>
    </main>
  );
}

async function start(page: HTMLElement): Promise<void> {
  const explored = embeddedJson<Explored>("explored");
  const [parameters, rows, engine] = await Promise.all(
    ["parameters", "rows", "engine"].map(embeddedBytes),
  );
  const bytes = { parameters: parameters!, rows: rows!, engine: engine! };
  const state = new State(await Model.open(explored, bytes));
  render(<Page state={state} />, page);
}

const page = document.getElementById("page")!;
start(page).catch((error) => render(<Failed error={error} />, page));
