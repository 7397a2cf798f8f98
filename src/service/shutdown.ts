/** Something hung while closing, such as a disk or a mount that is gone, and was left behind. */
export class ShutdownError extends Error {
  override readonly name = 'ShutdownError';
  readonly code = 'shutdown_incomplete';

  constructor(limitMs: number) {
    super(`not everything was closed within ${limitMs} ms`);
  }
}

/** What closing may take beyond the grace of requests in flight: a last save. */
const LONGEST_FLUSH_MS = 2000;

/**
 * Lets requests finish for `graceMs` milliseconds, then cuts them off, and waits no longer than a last save takes:
 * whoever stops a process kills it when it does not end, and a killed one says nothing.
 * @param cut ends requests in flight at once; `closing`, which waits for them, can then finish
 * @throws {ShutdownError}; what `closing` rejects with
 */
export const closeWithin = async (
  graceMs: number,
  closing: Promise<void>,
  cut: () => void,
): Promise<void> => {
  const late = Promise.withResolvers<never>();
  const limitMs = graceMs + LONGEST_FLUSH_MS;
  const cutting = setTimeout(cut, graceMs);
  const giving = setTimeout(() => late.reject(new ShutdownError(limitMs)), limitMs);
  try {
    await Promise.race([closing, late.promise]);
  } finally {
    clearTimeout(cutting);
    clearTimeout(giving);
  }
};
