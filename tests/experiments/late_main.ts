/** {@linkcode ./bare.ts}, as a script that waits for data before main(). */

await new Promise((resolve) => setTimeout(resolve, 100));
await import("./bare.ts");
