/** The clock of code that looks at `performance.now`, in a test's hands. */

/** Shows what it is set to, 0 at first, until it is disposed of. */
export class TestClock implements Disposable {
  /** milliseconds */
  now = 0;

  constructor() {
    performance.now = () => this.now;
  }

  [Symbol.dispose](): void {
    Reflect.deleteProperty(performance, "now");
  }
}
