/** The page of a report: it shows the record that it was given. */
/// <reference lib="dom" />

import { render } from "preact";
import { CurveSection } from "./curves.tsx";
import { RateSection, TradeOffSection } from "./finals.tsx";
import { HeatSection } from "./heat.tsx";
import { follow, LiveStatus } from "./live.tsx";
import { PictureSection } from "./pictures.tsx";
import * as state from "./state.ts";
import { TableSection } from "./table.tsx";
import {
  ComparisonSection,
  LeftOutSection,
  PublishedSection,
} from "./tables.tsx";

function Page() {
  const { title, runs } = state.report.value;
  return (
    <main>
      <header>
        <h1>{title}</h1>
        {state.isLive && <LiveStatus />}
      </header>
      {runs.length === 0 ? <p class="ui">There is no run yet.</p> : (
        <>
          <TableSection />
          <CurveSection />
          <ComparisonSection />
          <TradeOffSection />
          <RateSection />
          <HeatSection />
          <PictureSection />
        </>
      )}
      <PublishedSection />
      <LeftOutSection />
    </main>
  );
}

render(<Page />, document.getElementById("page")!);
if (state.isLive) follow();
