import { assertEquals, assertStringIncludes } from "@std/assert";
import project from "../../deno.json" with { type: "json" };
import { inProject } from "../../src/cli/place.ts";
import { readRunJson } from "../../src/results/run_json.ts";
import { runNames } from "../../src/results/run_place.ts";
import { withFolder } from "../data/helpers.ts";
import { ended, ROOT, tiny } from "../experiments/command.ts";

/** A task, as somebody who stands in a folder starts it. */
async function task(folder: string, name: string, ...args: string[]) {
  const config = ["--quiet", "--config", `${ROOT}deno.json`];
  return await ended(
    new Deno.Command(Deno.execPath(), {
      args: ["task", ...config, name, ...args],
      cwd: folder,
      env: { INIT_CWD: folder, NO_COLOR: "1" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn(),
  );
}

Deno.test("paths are from where the user stands, and are said as typed", async () => {
  await withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/stand`);
    const stand = `${folder}/stand`;
    const rows = ["a,b", ...Array.from({ length: 600 }, (_, i) => `${i},1.5`)];
    await Deno.writeTextFile(`${folder}/rows.csv`, `${rows.join("\n")}\n`);
    const data = ["--data", "../rows.csv", "--engine", "reference"];
    const flags = tiny({
      out: "../mine",
      backend: "cpu",
      hidden: 8,
      latent: 2,
    });
    assertEquals(
      await task(stand, "exp:latent-sweep", ...flags, ...data, "--quiet"),
      { code: 0, stdout: "", stderr: "" },
    );
    assertEquals([...Deno.readDirSync(stand)], []);
    const [name] = await runNames(`${folder}/mine/latent-sweep`);
    const run = (await readRunJson(`${folder}/mine/latent-sweep/${name}`))!;
    assertEquals(run.data.path, "../../../rows.csv");
    // The recorded command is for the project's folder.
    const [, path] = / --data (\S+) /.exec(run.command)!;
    assertEquals(await Deno.realPath(`${ROOT}${path}`), `${folder}/rows.csv`);

    const evaluated = await task(
      ...[stand, "evaluate", `../mine/latent-sweep/${name}`] as const,
      ...["--k", "2", "--quiet"],
    );
    assertEquals([evaluated.code, evaluated.stderr], [0, ""]);
    assertStringIncludes(evaluated.stdout, `../mine/latent-sweep/${name}: `);

    const missing = await task(stand, "diff", "../none", "../mine");
    assertEquals(missing.code, 2);
    assertStringIncludes(missing.stderr, "error: ../none is not a commit");
  });
});

Deno.test("every task of a command may read where the user stands", () => {
  const commands = Object.values(project.tasks).map(({ command }) => command)
    .filter((command) => / (experiments|src\/cli)\//.test(command));
  assertEquals(commands.length > 12, true);
  assertEquals(commands.filter((line) => !/-env=INIT_CWD\b/.test(line)), []);
});

Deno.test("what is not typed is in the project, wherever the user stands", async () => {
  const stand = `${ROOT}experiments`;
  const args = ["HEAD", "--experiment", "elbo-gap", "--results", "../results"];
  const [typed, left] = await Promise.all([
    task(stand, "diff", ...args),
    task(stand, "diff", ...args.slice(0, 3)),
  ]);
  assertEquals([typed.stderr, left.stderr], ["", ""]);
  assertEquals(left, typed);
  assertEquals(inProject("results"), "results");
});

Deno.test("what another project's task handed on does not say where the user stands", () =>
  withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/other`);
    await Deno.mkdir(`${folder}/project`);
    await Deno.writeTextFile(`${folder}/project/deno.json`, "{}");
    const place = new URL("../../src/cli/place.ts", import.meta.url).href;
    const stoodIn = async (cwd: string, stands: string) => {
      const { stdout } = await new Deno.Command(Deno.execPath(), {
        args: [
          ...["eval", "--no-config"],
          `import { standWithUser } from "${place}"; await standWithUser(); ` +
          "console.log(Deno.cwd());",
        ],
        cwd,
        env: { INIT_CWD: stands },
      }).output();
      return new TextDecoder().decode(stdout).trim();
    };
    const [project, other] = [`${folder}/project`, `${folder}/other`];
    await Deno.mkdir(`${project}/below`);
    assertEquals(await stoodIn(project, other), project);
    assertEquals(
      await stoodIn(project, `${project}/below`),
      `${project}/below`,
    );
    assertEquals(await stoodIn(other, project), other);
  }));
