/**
 * Matrix products through the memory of workgroups, for GPUs: a workgroup walks
 * the inner dimension in chunks, which its invocations fetch together, the next
 * one while they sum the last. A batch has too few tiles for a GPU to hide
 * behind one what another waits for; so the inner dimension has four parts, and
 * lanes side by side may have one each.
 *
 * A part is whole fours of values, and is summed from its first to its last; the
 * four sums are added in their order, whether four lanes have them or one lane
 * has them in turn. No tile changes that, so none changes a bit; but the bits
 * are not those of product_plain.ts.
 */

import { WORKGROUP } from "../layout.ts";
import type { SharedTile } from "../tiles.ts";
import {
  each,
  FIND_JOB,
  type MainOptions,
  type ProductForm,
} from "./product_form.ts";

/** Parts of the inner dimension. */
const PARTS = 4;

/** Floats from one line of a chunk to the next: no two meet in a bank. */
const padded = (width: number) => width + 4;

/** Rows and columns of sums of a workgroup. */
function sizeOf({ across, down }: SharedTile) {
  return { rows: 4 * down, columns: 4 * across, lanes: across * down };
}

/** Bytes of a workgroup's memory, with what sums rows beside products. */
export function bytesOfWorkgroup(tile: SharedTile): number {
  const { rows, columns, lanes } = sizeOf(tile);
  const { parts, depth } = tile;
  const chunks = parts * depth * (padded(rows) + padded(columns));
  return 4 * (chunks + (parts - 1) * 16 * lanes + WORKGROUP);
}

/**
 * The entry point, which needs what product.ts declares before it. Where
 * products are paired, the lanes of a row have fours of both in turn, and
 * those of the first get what their neighbours have.
 */
export function sharedMain(
  form: ProductForm,
  ofEach: SharedTile,
  { begin, finish, isPaired }: MainOptions,
): string {
  const tile = isPaired ? { ...ofEach, across: 2 * ofEach.across } : ofEach;
  const { across, down, parts, depth } = tile;
  const { rows, columns, lanes } = sizeOf(tile);
  const { columns: width } = sizeOf(ofEach);
  const [aStride, bStride] = [padded(rows), padded(columns)];
  // fours of a chunk that an invocation fetches
  const aFours = rows * depth / 4 / lanes;
  const bFours = columns * depth / 4 / lanes;
  const number = (i: number) => `let four = id + ${i * lanes}u;`;
  /** a line of the matrix, and four values of the inner dimension */
  const alongInner = `let line = four / ${depth / 4}u;
      let k = base + four % ${depth / 4}u * 4u;`;
  /** a value of the inner dimension, and four of the lines */
  const acrossInner = (width: number) =>
    `let k = base + four / ${width / 4}u;
      let line = four % ${width / 4}u * 4u;`;
  const before = (value: string) =>
    `select(vec4f(0), ${value}, vec4u(k) + vec4u(0, 1, 2, 3) < vec4u(end))`;

  const fetchA = form === "layer-gradient"
    ? `${acrossInner(rows)}
      let row = top + line;
      let at = source.a + min(k, source.inner - 1u) * source.aStride +
        min(row, source.aStride - 4u);
      // The bias is the weight of an input that is always 1.
      let isOne = vec4u(row) + vec4u(0, 1, 2, 3) == vec4u(job.rows - 1u);
      let value = select(matrices[at >> 2u], vec4f(1), isOne);
      fetched = select(vec4f(0), value, k < end);`
    : `${alongInner}
      let at = source.a + min(top + line, job.rows - 1u) * source.aStride +
        min(k, source.aStride - 4u);
      fetched = ${before("matrices[at >> 2u]")};`;
  const fetchB = form === "input-gradient"
    ? `${alongInner}
      let at = source.b + min(left + line, job.columns - 1u) * source.bStride +
        min(k, source.inner - 1u);
      fetched = ${before("weight(at)")};`
    : `${acrossInner(columns)}
      ${
      isPaired
        ? `let operand = select(source.b, other.b, (line & 4u) == 4u);
      let column = left + line / 8u * 4u;`
        : "let operand = source.b; let column = left + line;"
    }
      let at = operand + min(k, source.inner - 1u) * source.bStride +
        min(column, (job.columns - 1u) & ~3u);
      let value = ${form === "affine" ? "weight(at)" : "matrices[at >> 2u]"};
      fetched = select(vec4f(0), value, k < end);`;
  const fetch = (base: string) =>
    `{
    let base = ${base};
    ${
      each(aFours, (i) =>
        `{ ${number(i)}
      ${fetchA.replaceAll("fetched", `a${i}`)} }`)
    }
    ${
      each(bFours, (i) =>
        `{ ${number(i)}
      ${fetchB.replaceAll("fetched", `b${i}`)} }`)
    }
  }`;

  /** Puts what was fetched where the workgroup sees it. */
  const put = (
    [memory, register, base]: [string, string, string],
    isAlong: boolean,
    width: number,
    stride: number,
  ) =>
    isAlong
      ? `let at = ${base} + four % ${depth / 4}u * 4u * ${stride}u +
        four / ${depth / 4}u;
      ${
        each(4, (q) =>
          `${memory}[(at + ${q * stride}u) >> 2u][(at + ${
            q * stride
          }u) & 3u] = ${register}[${q}];`)
      }`
      : `${memory}[(${base} + four / ${width / 4}u * ${stride}u +
        four % ${width / 4}u * 4u) >> 2u] = ${register};`;
  const putAll = `
    ${
    each(aFours, (i) =>
      `{ ${number(i)}
      ${
        put(
          ["chunkA", `a${i}`, "ownA"],
          form !== "layer-gradient",
          rows,
          aStride,
        )
      } }`)
  }
    ${
    each(bFours, (i) =>
      `{ ${number(i)}
      ${
        put(
          ["chunkB", `b${i}`, "ownB"],
          form === "input-gradient",
          columns,
          bStride,
        )
      } }`)
  }`;

  const inTurn = PARTS / parts;
  return /* wgsl */ `
var<workgroup> chunkA: array<vec4f, ${parts * depth * aStride / 4}>;
var<workgroup> chunkB: array<vec4f, ${parts * depth * bStride / 4}>;
${
    parts === 1
      ? ""
      : `var<workgroup> sumsOf: array<vec4f, ${(parts - 1) * 4 * lanes}>;`
  }

@compute @workgroup_size(${across}, ${down}, ${parts})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_id) lane: vec3u,
  @builtin(local_invocation_index) index: u32,
) {
  ${begin}
  ${FIND_JOB}
  let tilesAcross = (job.columns + ${width - 1}u) / ${width}u;
  let top = tile / tilesAcross * ${rows}u;
  let left = tile % tilesAcross * ${width}u;
  let id = lane.y * ${across}u + lane.x;
  let ownA = lane.z * ${depth * aStride}u;
  let ownB = lane.z * ${depth * bStride}u;
  ${each(4, (q) => `var total${q} = vec4f(0);`)}
  ${each(aFours, (i) => `var a${i} = vec4f(0);`)}
  ${each(bFours, (i) => `var b${i} = vec4f(0);`)}
  for (var turn = 0u; turn < ${inTurn}u; turn++) {
    ${each(4, (q) => `var s${q} = vec4f(0);`)}
    for (var added = 0u; added < SOURCES; added++) {
      let source = job.sources[added];
      ${isPaired ? "let other = job.sources[1];" : ""}
      let most = (source.inner + ${4 * PARTS - 1}u) / ${4 * PARTS}u * 4u;
      let start = min((lane.z * ${inTurn}u + turn) * most, source.inner);
      let end = min(start + most, source.inner);
      // All parts walk as many chunks, as all meet at the barriers.
      let chunks = (most + ${depth - 1}u) / ${depth}u;
      ${fetch("start")}
      for (var chunk = 0u; chunk < chunks; chunk++) {
        workgroupBarrier();
        ${putAll}
        workgroupBarrier();
        ${fetch(`start + (chunk + 1u) * ${depth}u`)}
        for (var k = 0u; k < ${depth}u; k++) {
          let x = chunkA[(ownA + k * ${aStride}u) / 4u + lane.y];
          let y = chunkB[(ownB + k * ${bStride}u) / 4u + lane.x];
          ${each(4, (q) => `s${q} += x[${q}] * y;`)}
        }
      }
    }
    ${
    each(4, (q) => `total${q} = select(total${q} + s${q}, s${q}, turn == 0u);`)
  }
  }
  ${
    parts === 1 ? "" : `
  if (lane.z > 0u) {
    let at = ((lane.z - 1u) * ${lanes}u + id) * 4u;
    ${each(4, (q) => `sumsOf[at + ${q}u] = total${q};`)}
  }
  workgroupBarrier();
  if (lane.z == 0u) {
    ${
      each(parts - 1, (p) =>
        each(
          4,
          (q) => `total${q} += sumsOf[(${p * lanes}u + id) * 4u + ${q}u];`,
        ))
    }
  }`
  }
  ${
    each(isPaired ? 4 : 0, (q) => `
  workgroupBarrier();
  if (lane.z == 0u) { chunkA[id] = total${q}; }
  workgroupBarrier();
  let other${q} = chunkA[id ^ 1u];`)
  }
  let column = left + ${isPaired ? "lane.x / 2u" : "lane.x"} * 4u;
  if (lane.z > 0u || tile >= job.tiles || column >= job.columns) { return; }
  ${isPaired ? "if ((lane.x & 1u) == 1u) { return; }" : ""}
  let tileSums = array<vec4f, 4>(total0, total1, total2, total3);
  ${
    isPaired
      ? "let tileOthers = array<vec4f, 4>(other0, other1, other2, other3);"
      : ""
  }
  for (var i = 0u; i < 4u; i++) {
    let row = top + lane.y * 4u + i;
    if (row >= job.rows) { return; }
    let sums = tileSums[i];
    ${isPaired ? "let others = tileOthers[i];" : ""}
    ${finish}
  }
}
`;
}
