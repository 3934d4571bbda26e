/**
 * Matrix products in registers, for software adapters: an invocation has a tile
 * of sums, and reads its operands straight from the buffers. There the memory of
 * a workgroup is ordinary memory and loads are slow, so that copying would cost
 * and many sums for each load pay.
 *
 * Each sum is that of its products one after the other, from the first value of
 * the inner dimension to the last. No tile changes that, so none changes a bit.
 */

import type { PlainTile } from "../tiles.ts";
import {
  each,
  FIND_JOB,
  type MainOptions,
  type ProductForm,
} from "./product_form.ts";

const COMPONENTS = ["x", "y", "z", "w"] as const;

/** A tile, and how many sources have sums of their own in it. */
interface Sums extends PlainTile {
  readonly sources: 1 | 2;
}

/** Code that adds the products over the inner dimension to the sums. */
const INNER: Record<ProductForm, (sums: Sums) => string> = {
  "affine": ({ rows, fours, sources }) => `
${each(rows, (i) => `var a${i} = (source.a + row${i} * source.aStride) >> 2u;`)}
for (var k = 0u; k < source.inner; k += 4u) {
  ${
    each(4, (q) => `
    // Beyond the last the input is 0, which any number may meet.
    ${
      each(sources, (of) =>
        `let line${q}_${of} = ${["source", "other"][of]}.b +
      min(k + ${q}u, source.inner - 1u) * source.bStride;`)
    }
    ${
      each(sources * fours, (j) => {
        const line = `line${q}_${Math.floor(j / fours)}`;
        return `let y${q}_${j} = weight(${line} + column${j % fours});`;
      })
    }`)
  }
  ${
    each(rows, (i) =>
      `{
    let x = matrices[a${i}]; a${i}++;
    ${
        each(sources * fours, (j) => {
          const sum = `s${i}_${j}`;
          return `${sum} = (((${sum} + x.x * y0_${j}) + x.y * y1_${j}) +
      x.z * y2_${j}) + x.w * y3_${j};`;
        })
      }
  }`)
  }
}`,
  "input-gradient": ({ rows, fours }) => `
${each(rows, (i) => `var a${i} = (source.a + row${i} * source.aStride) >> 2u;`)}
${
    each(4 * fours, (j) =>
      `var b${j} = source.b + min(column${j >> 2} + ${
        j & 3
      }u, job.columns - 1u) * source.bStride;`)
  }
for (var k = 0u; k < source.inner; k += 4u) {
  ${each(rows, (i) => `let x${i} = matrices[a${i}]; a${i}++;`)}
  ${
    each(4 * fours, (j) => {
      const column = `${j >> 2}.${COMPONENTS[j & 3]}`;
      return `{
    let y = weight(b${j}); b${j} += 4u;
    ${
        each(
          rows,
          (i) => `s${i}_${column} = plusDot(s${i}_${column}, x${i}, y);`,
        )
      }
  }`;
    })
  }
}`,
  "layer-gradient": ({ rows, fours }) => `
${
    each(
      rows / 4,
      (i) =>
        `var a${i} = (source.a + first + ${4 * i}u) >> 2u;
// The bias is the weight of an input that is always 1.
let isOne${i} = vec4u(first) + vec4u(0, 1, 2, 3) + ${4 * i}u ==
  vec4u(job.rows - 1u);`,
    )
  }
${each(fours, (j) => `var b${j} = (source.b + column${j}) >> 2u;`)}
for (var k = 0u; k < source.inner; k++) {
  ${
    each(
      fours,
      (j) => `let y${j} = matrices[b${j}]; b${j} += source.bStride >> 2u;`,
    )
  }
  ${
    each(rows / 4, (i) =>
      `{
    let x = select(matrices[a${i}], vec4f(1), isOne${i});
    a${i} += source.aStride >> 2u;
    ${
        each(4, (q) =>
          each(
            fours,
            (j) => `s${4 * i + q}_${j} += x.${COMPONENTS[q]} * y${j};`,
          ))
      }
  }`)
  }
}`,
};

/** The entry point, which needs what product.ts declares before it. */
export function plainMain(
  form: ProductForm,
  tile: PlainTile,
  { begin, finish, isPaired }: MainOptions,
): string {
  const { rows, fours, across, down } = tile;
  const sources = isPaired ? 2 : 1;
  const ofRow = sources * fours;
  const width = 4 * fours * across;
  return /* wgsl */ `
@compute @workgroup_size(${across}, ${down})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_id) lane: vec3u,
  @builtin(local_invocation_index) index: u32,
) {
  ${begin}
  ${FIND_JOB}
  if (tile >= job.tiles) { return; }
  let tilesAcross = (job.columns + ${width - 1}u) / ${width}u;
  let first = (tile / tilesAcross * ${down}u + lane.y) * ${rows}u;
  ${each(rows, (i) => `let row${i} = min(first + ${i}u, job.rows - 1u);`)}
  let left = tile % tilesAcross * ${width}u + lane.x * 4u;
  let last = (job.columns - 1u) & ~3u;
  ${
    each(fours, (j) =>
      `let column${j} = min(left + ${4 * across * j}u, last);`)
  }
  ${each(rows, (i) => each(ofRow, (j) => `var s${i}_${j} = vec4f(0);`))}
  for (var added = 0u; added < SOURCES; added++) {
    let source = job.sources[added];
    ${isPaired ? "let other = job.sources[1];" : ""}
    ${INNER[form]({ ...tile, sources })}
  }
  var tileSums = array<vec4f, ${rows * ofRow}>(${
    each(rows, (i) => each(ofRow, (j) => `s${i}_${j},`))
  });
  for (var i = 0u; i < ${rows}u; i++) {
    let row = first + i;
    for (var j = 0u; j < ${fours}u; j++) {
      let column = left + ${4 * across}u * j;
      if (row >= job.rows || column >= job.columns) { continue; }
      let sums = tileSums[i * ${ofRow}u + j];
      ${isPaired ? `let others = tileSums[i * ${ofRow}u + ${fours}u + j];` : ""}
      ${finish}
    }
  }
}
`;
}
