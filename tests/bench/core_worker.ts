/**
 * A program: the other thread of tests/bench/core_distance.ts. Whenever trips
 * are wanted (word 0), it answers each odd number in word 1 by the next one.
 */

// Only the message handler's side of a worker's global scope is needed.
const scope = self as unknown as {
  onmessage: (event: MessageEvent<Int32Array<SharedArrayBuffer>>) => void;
  postMessage(ready: true): void;
};

scope.onmessage = ({ data: words }) => {
  scope.postMessage(true);
  while (true) {
    Atomics.wait(words, 0, 0);
    const trips = Atomics.exchange(words, 0, 0);
    for (let ball = 1; ball < 2 * trips; ball += 2) {
      while (Atomics.load(words, 1) !== ball);
      Atomics.store(words, 1, ball + 1);
    }
  }
};
