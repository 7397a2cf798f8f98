import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Gives back to the system, for once, what a start leaves behind and V8 would keep until it needs the room: 5 of 70 MiB
 * of an idle process. It blocks for about 30 ms: call it before anybody waits.
 */
export function trimHeap(): void {
  // The one way to the collector without a flag on the command line: new contexts have it while this is set.
  setFlagsFromString('--expose-gc');
  const gc: NodeJS.GCFunction = runInNewContext('gc');
  setFlagsFromString('--no-expose-gc');
  gc({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}

/**
 * Lets the heap, and the buffers that hang on it, grow to twice what is in use before the garbage collector looks at
 * old objects, such as reports that left the cache; in a large container V8 would allow up to four times (measured in
 * docs/http-caching.md). V8 reads the flag anew at each collection; one that does not know it ignores it.
 */
export const growHeapSparingly = (): void => setFlagsFromString('--heap-growing-percent=100');
