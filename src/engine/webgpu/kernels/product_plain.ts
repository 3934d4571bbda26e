/**
 * Matrix products without the memory of workgroups: an invocation keeps a tile
 * of sums in registers, and every sum runs over the inner dimension from first to
 * last, whatever the tile, so that tiles change no bit.
 */

import type { PlainTile } from "../tiles.ts";
import type { ProductForm } from "./product_form.ts";

const COMPONENTS = ["x", "y", "z", "w"] as const;

/** Lines, one for each number below n. */
function each(n: number, line: (i: number) => string): string {
  return Array.from({ length: n }, (_, i) => line(i)).join("\n");
}

/** Code that adds the products over the inner dimension to the sums. */
const INNER: Record<ProductForm, (tile: PlainTile) => string> = {
  "affine": ({ rows, fours }) => `
${each(rows, (i) => `var a${i} = (source.a + row${i} * source.aStride) >> 2u;`)}
for (var k = 0u; k < source.inner; k += 4u) {
  ${
    each(4, (q) => `
    // Beyond the last the input is 0, which any number may meet.
    let line${q} = source.b + min(k + ${q}u, source.inner - 1u) * source.bStride;
    ${each(fours, (j) => `let y${q}_${j} = weight(line${q} + column${j});`)}`)
  }
  ${
    each(rows, (i) =>
      `{
    let x = matrices[a${i}]; a${i}++;
    ${
        each(fours, (j) => {
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

/**
 * The entry point, which needs what product.ts declares before it.
 *
 * @param begin what an invocation begins with
 * @param finish stores four sums from (row, column) on
 */
export function plainMain(
  form: ProductForm,
  tile: PlainTile,
  begin: string,
  finish: string,
): string {
  const { rows, fours, across, down } = tile;
  return /* wgsl */ `
@compute @workgroup_size(${across}, ${down})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_id) lane: vec3u,
  @builtin(local_invocation_index) index: u32,
) {
  ${begin}
  var number = 0u;
  while (number + 1u < JOBS && group.x >= jobOf(group.z, number + 1u).firstTile) {
    number++;
  }
  let job = jobOf(group.z, number);
  let tile = group.x - job.firstTile;
  if (tile >= job.tiles) { return; }
  let tilesAcross = (job.columns + ${4 * fours * across - 1}u) / ${
    4 * fours * across
  }u;
  let first = (tile / tilesAcross * ${down}u + lane.y) * ${rows}u;
  ${each(rows, (i) => `let row${i} = min(first + ${i}u, job.rows - 1u);`)}
  let left = tile % tilesAcross * ${4 * fours * across}u + lane.x * 4u;
  let last = (job.columns - 1u) & ~3u;
  ${
    each(fours, (j) =>
      `let column${j} = min(left + ${4 * across * j}u, last);`)
  }
  ${each(rows, (i) => each(fours, (j) => `var s${i}_${j} = vec4f(0);`))}
  for (var added = 0u; added < SOURCES; added++) {
    let source = job.sources[added];
    ${INNER[form](tile)}
  }
  var tileSums = array<vec4f, ${rows * fours}>(${
    each(rows, (i) => each(fours, (j) => `s${i}_${j},`))
  });
  for (var i = 0u; i < ${rows}u; i++) {
    let row = first + i;
    for (var j = 0u; j < ${fours}u; j++) {
      let column = left + ${4 * across}u * j;
      if (row >= job.rows || column >= job.columns) { continue; }
      let sums = tileSums[i * ${fours}u + j];
      ${finish}
    }
  }
}
`;
}
